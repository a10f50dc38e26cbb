import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.framing import Framer, Head

MAX_OCTETS = 4096
HEAD = Head(octets=20, length=slice(1, 4), multiple=4)


def message(length: int, *, said: int | None = None) -> bytes:
    """Make octets that only a framer takes for a message; the length may be said wrong."""
    said = length if said is None else said
    return (b"\1" + said.to_bytes(3, "big")).ljust(length, b"\x5a")


MESSAGES = st.lists(st.integers(5, 40).map(lambda words: message(4 * words)), max_size=6)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """Cut a stream at some places, twice at the same one included."""
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:stop] for start, stop in itertools.pairwise(edges)]


@given(MESSAGES, st.lists(st.integers(0, 10_000), max_size=12))
def test_the_messages_are_the_same_however_the_stream_is_cut(
    messages: list[bytes], places: list[int]
) -> None:
    framer = Framer(HEAD, MAX_OCTETS)
    cuts = cut(b"".join(messages), places)
    assert [got for octets in cuts for got in framer.feed(octets)] == messages
    assert framer.error is None


def test_the_messages_are_the_same_octet_by_octet() -> None:
    messages = [message(20), message(24), message(MAX_OCTETS), message(20)]
    framer = Framer(HEAD, MAX_OCTETS)
    stream = b"".join(messages)
    given_back = [got for octet in stream for got in framer.feed(bytes([octet]))]
    assert given_back == messages


def test_a_message_is_given_as_soon_as_its_last_octet_is_here() -> None:
    framer = Framer(HEAD, MAX_OCTETS)
    assert framer.feed(message(24)[:-1]) == []
    assert framer.feed(message(24)[-1:]) == [message(24)]


def test_sixty_four_messages_in_one_segment_are_sixty_four_messages() -> None:
    assert Framer(HEAD, MAX_OCTETS).feed(message(24) * 64) == [message(24)] * 64


@pytest.mark.parametrize("length", [0, 1, 4, 16, 19, 21, 22, 23, MAX_OCTETS + 4, 0xFFFFFC])
def test_a_length_that_cannot_be_right_ends_the_stream(length: int) -> None:
    framer = Framer(HEAD, MAX_OCTETS)
    wrong = message(20, said=length)
    assert framer.feed(wrong) == []
    assert framer.error is not None
    assert framer.error.header == wrong
    assert (framer.error.reason, framer.error.offset) == (f"message length {length}", 1)


@pytest.mark.parametrize("length", [20, 24, MAX_OCTETS])
def test_the_least_and_the_greatest_length_are_right(length: int) -> None:
    framer = Framer(HEAD, MAX_OCTETS)
    assert framer.feed(message(length)) == [message(length)]
    assert framer.error is None


def test_a_length_is_not_judged_before_the_header_is_whole() -> None:
    framer = Framer(HEAD, MAX_OCTETS)
    assert framer.feed(message(20, said=3)[:19]) == []
    assert framer.error is None
    framer.feed(b"\x5a")
    assert framer.error is not None


@given(MESSAGES, st.binary(max_size=64), st.lists(st.integers(0, 10_000), max_size=12))
def test_messages_before_a_wrong_header_are_given_and_nothing_after_it(
    messages: list[bytes], after: bytes, places: list[int]
) -> None:
    framer = Framer(HEAD, MAX_OCTETS)
    stream = b"".join(messages) + message(20, said=5) + after
    cuts = cut(stream, places)
    assert [got for octets in cuts for got in framer.feed(octets)] == messages
    assert framer.error is not None
    assert framer.feed(message(20)) == []
    assert framer._pending == b""


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_any_octets_are_messages_or_the_end_of_the_stream(segments: list[bytes]) -> None:
    framer = Framer(HEAD, MAX_OCTETS)
    messages = [got for octets in segments for got in framer.feed(octets)]
    assert b"".join(segments).startswith(b"".join(messages))
    assert all(int.from_bytes(got[1:4], "big") == len(got) for got in messages)


def test_a_peer_cannot_make_us_keep_more_than_one_message() -> None:
    framer = Framer(HEAD, MAX_OCTETS)
    framer.feed(message(MAX_OCTETS)[:-1])
    framer.feed(b"\x5a")
    assert framer.feed(message(20)) == [message(20)]


@pytest.mark.parametrize(
    ("head", "octets"),
    [
        (Head(octets=4, length=slice(2, 4)), b"\1\0\0\5\0"),
        (Head(octets=8, length=slice(4, 8)), b"\1\0\1\1\0\0\0\x09\0"),
    ],
)
def test_the_length_is_read_where_the_head_says(head: Head, octets: bytes) -> None:
    framer = Framer(head, MAX_OCTETS)
    assert framer.feed(octets * 2) == [octets] * 2
    assert framer.error is None
