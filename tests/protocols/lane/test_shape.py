"""Shapes of the toy's requests: taken apart, read, answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.lane import shape as shapes
from protocols.lane.family import Family
from protocols.lane.shape import Shape
from protocols.lane.teacher import Inputs
from tests.protocols.lane.toy import (
    EQUIPMENT,
    HOST,
    IMEI,
    IMSI,
    PROXY,
    SESSION,
    SUBJECT,
    Rule,
    Toy,
    ask,
    copied,
    study,
    text,
    toy,
)


def shape_of(octets: bytes, teacher: Toy) -> Shape:
    form = study(octets, teacher)
    family = Family(form, SUBJECT, set())
    shape = Shape(form, family)
    fields = shape.fields(octets)
    assert fields is not None
    family.prefixes |= shape.prefixes_of(fields)
    return shape


def number(shape: Shape, octets: bytes) -> int:
    fields = shape.fields(octets)
    assert fields is not None
    return shape.number(fields)


def test_a_request_is_taken_apart() -> None:
    octets = ask((SESSION, b"i"), (HOST, b"mme1"), serial=3)
    shape = shape_of(octets, toy())
    fields = shape.fields(octets)
    assert fields is not None
    assert b"".join(fields) == octets
    length = octets[:2]
    assert fields == (length, b"Q", b"\3", b"i\1", b"i", b"h", b"\4mme1", b"e\x0e", EQUIPMENT)
    assert shape.literals == shape.fixed(fields) == fields[1::2]
    assert shape.opening == 3
    assert shape.example(fields) == b"\4mme1"


def test_a_request_of_other_literals_or_length_is_not_of_the_shape() -> None:
    shape = shape_of(ask((b"x", b"12"), (SESSION, b"i")), toy())
    assert shape.fields(ask((b"x", b"13"), (SESSION, b"i"))) is None
    assert shape.fields(ask((b"x", b"12"), (SESSION, b"ii"))) is None
    assert shape.fields(b"") is None


def test_an_answer_is_joined_for_each_outcome() -> None:
    octets = ask((SESSION, b"i;17"), serial=5)
    teacher = toy(silent=frozenset({"no"}))
    shape = shape_of(ask((SESSION, b"abcd")), teacher)
    question, fields = teacher.read(octets), shape.fields(octets)
    assert question is not None
    assert fields is not None
    for outcome in teacher.outcomes:
        joiner = shape.joiners.get(outcome)
        written = None if joiner is None else joiner.join(fields)
        assert written == teacher.write(question, outcome)


def test_an_answer_without_copies_is_joined_too() -> None:
    class Curt(Toy):
        """Answers with the same octets always."""

        def read(self, octets: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN202
            question = super().read(octets)
            return question and type(question)(0, question.inputs, question.values)

    teacher = Curt({IMEI: Rule(reads=text(SUBJECT))})
    shape = shape_of(ask(), teacher)
    fields = shape.fields(ask(imei=b"1" * 14))
    assert fields is not None
    assert shape.joiners["yes"].join(fields).octets == b"\0\x09A\0r\3yes"


@given(st.integers(0, 255))
def test_the_stream_follows_its_octet(value: int) -> None:
    rule = Rule(writes=copied(PROXY), moves_stream=True)
    shape = shape_of(ask((PROXY, b"\x14")), toy({PROXY: rule}))
    fields = shape.fields(ask((PROXY, bytes((value,)))))
    assert fields is not None
    assert shape.joiners["yes"].join(fields).stream == value


@pytest.mark.parametrize("count", [14, 15, 16])
def test_the_number_is_of_the_first_14_digits(count: int) -> None:
    digits = b"0" * 13 + b"123"
    shape = shape_of(ask(imei=EQUIPMENT + b"012"[: count - 14]), toy())
    assert number(shape, ask(imei=digits[:count])) == 10**14 + 1


@pytest.mark.parametrize("value", [b"3520990000001x", b" " * 14, b"\xb9" * 14, b"3520990000001\0"])
def test_text_that_is_no_digits_has_no_number(value: bytes) -> None:
    assert number(shape_of(ask(), toy()), ask(imei=value)) == 0


def test_all_text_must_be_digits() -> None:
    teacher = toy({IMSI: Rule(reads=text("imsi"))})
    shape = shape_of(ask((IMSI, b"001010000000001")), teacher)
    assert number(shape, ask((IMSI, b"00101000000000x"))) == 0
    assert number(shape, ask((IMSI, b"262010000000001"))) == int(b"1" + EQUIPMENT)


def swap(digits: str) -> bytes:
    """Write digits, the first in the low bits."""
    return bytes.fromhex("".join(b + a for a, b in zip(digits[::2], digits[1::2], strict=True)))


def unswap(value: bytes) -> str:
    return "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in value)


def fifteen(value: bytes) -> Inputs | None:
    digits = unswap(value)
    is_right = digits[:-1].isdigit() and digits[-1:] == "f"
    return {SUBJECT: digits[:-1]} if is_right else None


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("001001990000017f", 10**14 + 100199000001),
        ("0010019900000170", 0),
        ("001001990000f17f", 0),
        ("00100199000001af", 0),
        ("0010019900000ffa", 0),
    ],
)
def test_swapped_digits_have_a_number_if_they_are_so_many(digits: str, expected: int) -> None:
    shape = shape_of(ask(imei=swap("352099000000011f")), toy({IMEI: Rule(reads=fifteen)}))
    assert number(shape, ask(imei=swap(digits))) == expected


def imsi_of_the_test_network(value: bytes) -> Inputs:
    digits = unswap(value)
    return {"imsi": digits if digits.isdigit() and digits.startswith("00") else None}


def test_a_beginning_that_was_not_met_has_no_number() -> None:
    teacher = toy({IMSI: Rule(reads=imsi_of_the_test_network)})
    shape = shape_of(ask((IMSI, swap("00101000000001"))), teacher)
    assert number(shape, ask((IMSI, swap("00101999999999")))) == int(b"1" + EQUIPMENT)
    other = ask((IMSI, swap("00202000000001")))
    assert number(shape, other) == 0
    fields = shape.fields(other)
    assert fields is not None
    shape.family.prefixes |= shape.prefixes_of(fields)
    assert number(shape, other) == int(b"1" + EQUIPMENT)


def test_digits_that_are_none_have_no_beginning() -> None:
    teacher = toy({IMSI: Rule(reads=imsi_of_the_test_network)})
    shape = shape_of(ask((IMSI, swap("00101000000001"))), teacher)
    fields = shape.fields(ask((IMSI, swap("0010100000000a"))))
    assert fields is not None
    assert shape.prefixes_of(fields) == set()
    assert shape.inputs(fields, {}) is None


def test_inputs_are_what_the_slow_path_reads() -> None:
    teacher = toy({IMSI: Rule(reads=text("imsi"))})
    shape = shape_of(ask((HOST, b"mme1"), (IMSI, b"001010000000001")), teacher)
    octets = ask((HOST, b"mme2"), (IMSI, b"001010000000002"), imei=b"1" * 14)
    question, fields = teacher.read(octets), shape.fields(octets)
    assert question is not None
    assert fields is not None
    assert shape.inputs(fields, {"peer": "mme2"}) == question.inputs
    read = shape.digits_of("imsi")
    assert read is not None
    assert read(fields) == "001010000000002"
    assert shape.digits_of("peer") is None


def test_a_part_of_swapped_digits_is_read() -> None:
    def both(value: bytes) -> Inputs:
        return {SUBJECT: unswap(value), "version": unswap(value)[14:]}

    shape = shape_of(ask(imei=swap("3520990000000101")), toy({IMEI: Rule(reads=both)}))
    fields = shape.fields(ask(imei=swap("0010019900000142")))
    assert fields is not None
    read = shape.digits_of("version")
    assert read is not None
    assert read(fields) == "42"


# The middle


def test_what_is_in_the_middle_may_be_of_any_length() -> None:
    shape = shape_of(ask((SESSION, b"i"), (HOST, b"mme1")), toy())
    for name in (b"", b"m", b"mme200", bytes(255)):
        octets = ask((SESSION, b"j"), (HOST, name), imei=b"1" * 14, serial=7)
        fields = shape.fields(octets)
        assert fields is not None
        assert b"".join(fields) == octets
        assert shape.example(fields) == bytes((len(name),)) + name
    octets = ask((SESSION, b"i"), (HOST, b"mme1"))
    for other in (ask((SESSION, b"ij"), (HOST, b"mme1")), octets[:-1], octets + b"x", b""):
        assert shape.fields(other) is None


@pytest.mark.parametrize("most", [1, shapes.MAX_SIZES])
def test_a_run_is_of_one_size(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAX_SIZES", most)
    shape = shape_of(ask((SESSION, b"i"), (HOST, b"mme1")), toy())
    for name in (b"mme1", b"mme200", b"m", b"mme1"):
        octets = ask((SESSION, b"j"), (HOST, name))
        run = shape.of_size(len(octets))
        for fields in run.unpack_all(memoryview(octets * 3)):
            assert fields == shape.fields(octets)
            assert run.fixed(fields) == run.literals
        longer = b"\1" + octets[1:]  # it says that it is longer
        (fields,) = run.unpack_all(memoryview(longer))
        assert run.fixed(fields) != run.literals


def test_the_octets_that_tell_a_shape_from_others_are_those_that_are_the_same_in_all() -> None:
    shape = shape_of(ask((b"x", b"1"), (HOST, b"mme1")), toy())
    size = len(shape.form.octets)
    assert [place for place in range(size) if shape.tells(place)] == [2, *range(4, 8)]
    assert [place for place in range(-size, 0) if shape.tells(place)] == [-16, -15]
    plain = shape_of(ask((b"x", b"1")), toy())
    assert [n for n in range(-50, 50) if plain.tells(n)] == [0, 1, 2, 4, 5, 6, 7, 8]
