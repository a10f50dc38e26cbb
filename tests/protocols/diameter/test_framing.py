import pytest

from protocols.diameter.framing import HEAD
from protocols.framing import Framer
from tests.protocols.diameter.messages import cer, ecr


def test_messages_are_cut_by_the_length_in_their_header() -> None:
    assert Framer(HEAD, 4096).feed(cer() + ecr()) == [cer(), ecr()]


@pytest.mark.spec("RFC 6733", "3")
@pytest.mark.parametrize("length", [0, 19, 21, 22, 23])
def test_a_length_without_the_header_or_that_is_no_multiple_of_four_ends_the_stream(
    length: int,
) -> None:
    framer = Framer(HEAD, 4096)
    wrong = b"\1" + length.to_bytes(3, "big") + bytes(16)
    assert framer.feed(wrong) == []
    assert framer.error is not None
