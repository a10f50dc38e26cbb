"""M3UA over TCP: whole messages, however the stream is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.framing import Framer
from protocols.m3ua.framing import HEAD
from tests.protocols.m3ua.wire import asp_active, asp_up, data

MESSAGES = [asp_up(1), asp_active(100), data(100), data(100, user_data=b"x" * 200)]


@pytest.mark.spec("RFC 4666", "3.1.4")
@given(st.lists(st.sampled_from(MESSAGES), max_size=6), st.lists(st.integers(1, 50)))
def test_messages_are_found_however_the_stream_is_cut(
    messages: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(messages)
    framer = Framer(HEAD, 4096)
    found = []
    for cut in (*cuts, len(stream)):
        found += framer.feed(stream[:cut])
        stream = stream[cut:]
    assert found == messages


def test_a_message_shorter_than_its_header_ends_the_stream() -> None:
    framer = Framer(HEAD, 4096)
    assert framer.feed(bytes.fromhex("0100030100000007")) == []
    assert framer.error is not None
    assert framer.error.offset == 4
