import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.lane.digits import Digits, Packing, Part, part_of, possible, swapped

numbers = st.text("0123456789", min_size=1, max_size=20)


@given(numbers, st.sampled_from(Packing))
def test_what_is_written_is_read(text: str, packing: Packing) -> None:
    digits = Digits(packing, len(text))
    assert digits.read(digits.write(text)) == text
    assert digits in set(possible(digits.write(text)))


@given(st.binary(max_size=12), st.sampled_from(Packing), st.integers(1, 24))
def test_what_is_read_is_written_so(octets: bytes, packing: Packing, count: int) -> None:
    digits = Digits(packing, count)
    text = digits.read(octets)
    assert text is None or (len(text) == count and digits.write(text) == octets)


@given(st.sampled_from(Packing), st.integers(1, 16), st.binary(min_size=16, max_size=16) | numbers)
def test_what_reads_fast_reads_the_same(packing: Packing, count: int, value: bytes | str) -> None:
    digits = Digits(packing, count)
    size = len(digits.write("0" * count))
    octets = digits.write(f"{value:0<16}"[:count]) if isinstance(value, str) else value[:size]
    assert digits.reader(octets) == (digits.read(octets) or "")


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("1032f4", "01234"),
        ("103254", None),  # six
        ("1032", None),  # four
        ("1032f", None),
        ("10f2f4", None),  # the filler is at the end only
        ("1032a4", None),
        ("1032ff", None),
        ("", None),
    ],
)
def test_swapped_digits_have_one_filler_at_the_end_at_the_most(
    octets: str, expected: str | None
) -> None:
    value = bytes.fromhex(octets) if len(octets) % 2 == 0 else b"\x01"
    assert Digits(Packing.SWAPPED, 5).read(value) == expected


@pytest.mark.parametrize(
    "octets", ["1²3".encode("latin-1"), b"1 3", b"+13", b"12", b"1234", b"12f"]
)
def test_text_is_ascii_digits_and_so_many(octets: bytes) -> None:
    assert Digits(Packing.TEXT, 3).read(octets) is None


def test_octets_may_be_digits_in_both_ways() -> None:
    assert set(possible(b"12")) == {Digits(Packing.TEXT, 2), Digits(Packing.SWAPPED, 4)}
    assert list(possible(b"")) == []
    assert list(possible(b"\xff")) == []


def test_swapped_shows_filler_and_all() -> None:
    assert swapped(bytes.fromhex("1032f4")) == "01234f"


def test_a_part_is_what_comes_before_the_digits_of_a_version_or_these_or_all() -> None:
    digits = "3520990000001701"
    assert part_of(digits, digits) == Part()
    assert part_of(digits, digits[:14]) == Part(0, 14)
    assert part_of(digits, "01") == Part(14, 16)
    assert part_of(digits, digits[:8]) is None
    assert part_of(digits, None) is None
    assert Part(14, 16).of("9" * 14 + "42") == "42"
