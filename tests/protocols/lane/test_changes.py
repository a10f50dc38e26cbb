"""Values changed in messages, and where they come out in answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.lane.changes import find_copies, put, twisted
from protocols.lane.syntax import Leaf


def test_values_are_put_where_others_stood() -> None:
    assert put(b"abcdef", {Leaf(0, 1): b"x", Leaf(3, 5): b"yz"}) == b"xbcyzf"


@given(st.binary(max_size=20))
def test_other_values_are_as_long_and_differ_in_their_last_octet(value: bytes) -> None:
    found = list(twisted(value))
    assert bool(found) == bool(value)
    for other in found:
        assert len(other) == len(value)
        assert other[-1] != value[-1]


@pytest.mark.parametrize(
    ("value", "others"),
    [
        (b"09", [b"08", b"18"]),
        (b"az", [b"ay", b"by"]),
        (b"\x21\x09", [b"\x21\x00", b"\x22\x00"]),
        (b"\x21\xf9", [b"\x21\xf0", b"\x22\xf0"]),
        (b"\xc0", [b"\xc1", b"\xc1"]),
    ],
    ids=["digits", "letters", "two digits an octet", "a filler", "any octet"],
)
def test_other_values_are_of_the_same_kind(value: bytes, others: list[bytes]) -> None:
    assert list(twisted(value)) == others


def test_a_copy_is_found_wherever_it_stands() -> None:
    assert find_copies(b"ab..ab", b"xb..xb", b"ab", b"xb") == (Leaf(0, 2), Leaf(4, 6))


def test_an_answer_that_stays_has_no_copy() -> None:
    assert find_copies(b"....", b"....", b"ab", b"xb") == ()


@pytest.mark.parametrize(
    "after", [b"xb...", b"xb.y", b"yb..", b"ab.x"], ids=["longer", "more", "other", "elsewhere"]
)
def test_what_is_no_copy_is_not_taken_for_one(after: bytes) -> None:
    assert find_copies(b"ab..", after, b"ab", b"xb") is None
