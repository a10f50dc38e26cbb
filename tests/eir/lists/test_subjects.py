import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.lists.subjects import (
    ANY,
    Kind,
    Opaque,
    Subject,
    digits_of,
    equipment_subject,
    normalise,
    number_of,
    opaque_columns,
    opaque_of,
)
from protocols.identities import Imei

IMEI, LAST = "00100199000001", "00100199000009"
FIRST, END = number_of(IMEI), number_of(LAST)
IMSI, MSISDN = "001010000000001", "1550000001"

digits = st.text("0123456789", min_size=1, max_size=15)


@given(digits, digits)
def test_digits_survive_as_numbers_and_sort_alike_where_they_are_as_many(a: str, b: str) -> None:
    assert digits_of(number_of(a)) == a
    if len(a) == len(b):
        assert (number_of(a) < number_of(b)) == (a < b)


def test_no_digits_are_none() -> None:
    assert digits_of(ANY) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IMEI, Imei(IMEI)),
        (f"{IMEI}23", Imei(IMEI)),
        (f" {IMEI}and more", Imei(IMEI)),
        ("0010*#", Opaque("0010*#")),
        (" abc\n", Opaque("ABC")),
        ("x" * 16, Opaque("X" * 16)),
        ("x" * 17, None),
        ("", None),
        ("a\0b", None),
        ("\udcff", None),
    ],
)
def test_an_identity_is_compared_as_registries_write_it(
    text: str, expected: Imei | Opaque | None
) -> None:
    assert normalise(text) == expected


def test_what_16_octets_cannot_hold_is_no_opaque_identity() -> None:
    with pytest.raises(ValueError, match="1 to 16 octets"):
        Opaque("é" * 9)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4))
def test_an_opaque_identity_survives_as_numbers(text: str) -> None:
    assert opaque_of(opaque_columns(Opaque(text))) == Opaque(text)


@pytest.mark.parametrize(
    ("subject", "fields", "key", "extent"),
    [
        (Subject(Kind.EQUIPMENT, (FIRST,)), {"imei": IMEI}, IMEI, None),
        (
            Subject(Kind.SOFTWARE, (FIRST, number_of("07"))),
            {"imei": IMEI, "svn": "07"},
            f"{IMEI}/07",
            None,
        ),
        (
            Subject(Kind.RANGE, (FIRST, END, ANY)),
            {"imei": IMEI, "imei_to": LAST},
            f"{IMEI}-{LAST}",
            (FIRST, END),
        ),
        (
            Subject(Kind.RANGE, (FIRST, END, number_of("07"))),
            {"imei": IMEI, "imei_to": LAST, "svn": "07"},
            f"{IMEI}-{LAST}/07",
            (FIRST, END),
        ),
        (
            Subject(Kind.TAC, (number_of("00100199"),)),
            {"tac": "00100199"},
            "00100199",
            (number_of("00100199000000"), number_of("00100199999999")),
        ),
        (
            Subject(Kind.PAIR, (FIRST, number_of(IMSI), number_of(MSISDN))),
            {"imei": IMEI, "imsi": IMSI, "msisdn": MSISDN},
            f"{IMEI}+{IMSI}+{MSISDN}",
            None,
        ),
        (Subject(Kind.PAIR, (ANY, number_of(IMSI), ANY)), {"imsi": IMSI}, IMSI, None),
        (Subject(Kind.OPAQUE, opaque_columns(Opaque("A*"))), {"imei": "A*"}, "A*", None),
    ],
)
def test_a_subject_is_written_as_cells_and_as_one_key(
    subject: Subject, fields: dict[str, str], key: str, extent: tuple[int, int] | None
) -> None:
    assert subject.fields == fields
    assert subject.key == key
    assert subject.extent == extent
    assert len(subject.columns) == subject.kind.width
    assert set(fields) <= set(subject.kind.fields) | {"imei"}


def test_an_equipment_is_a_subject() -> None:
    assert equipment_subject(Imei(IMEI)) == Subject(Kind.EQUIPMENT, (FIRST,))
    assert equipment_subject(Opaque("A*")).kind is Kind.OPAQUE


def test_nobody_is_named_by_a_repr() -> None:
    shown = repr(Subject(Kind.EQUIPMENT, (FIRST,))) + repr(Opaque("A*"))
    assert "99000001" not in shown
    assert "A*" not in shown
