import pytest

from eir.lists.lines import imei_of, may_hold, read_subject, refuse_cut, version_of
from eir.lists.names import ListName
from eir.lists.subjects import Kind, Opaque, Subject, equipment_subject

A, B = "00100199000001", "00100199000002"


def of(**cells: str) -> Subject:
    return read_subject(cells, ListName.PROHIBITED)


@pytest.mark.parametrize(
    ("cells", "kind", "columns"),
    [
        ({"imei": A}, Kind.EQUIPMENT, (100100199000001,)),
        ({"imei": A, "svn": "99"}, Kind.EQUIPMENT, (100100199000001,)),
        ({"imei": A, "svn": "01"}, Kind.SOFTWARE, (100100199000001, 101)),
        ({"imei": A, "imei_to": B}, Kind.RANGE, (100100199000001, 100100199000002, 0)),
        (
            {"imei": A, "imei_to": f"{B}12", "svn": "07"},
            Kind.RANGE,
            (100100199000001, 100100199000002, 107),
        ),
        ({"imei": A, "imei_to": f"{A}7"}, Kind.EQUIPMENT, (100100199000001,)),
        ({"imei": A, "imei_to": A, "svn": "07"}, Kind.SOFTWARE, (100100199000001, 107)),
        ({"tac": "00100199"}, Kind.TAC, (100100199,)),
        ({"imei": A, "imsi": "00101"}, Kind.PAIR, (100100199000001, 100101, 0)),
        ({"msisdn": "+155"}, Kind.PAIR, (0, 0, 1155)),
        ({"imsi": "00101", "msisdn": "155"}, Kind.PAIR, (0, 100101, 1155)),
    ],
)
def test_what_is_filled_says_what_a_line_is_about(
    cells: dict[str, str], kind: Kind, columns: tuple[int, ...]
) -> None:
    assert of(**cells) == Subject(kind, columns)


def test_an_identity_that_is_no_imei_is_opaque() -> None:
    assert of(imei="0010*#") == equipment_subject(Opaque("0010*#"))


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({}, "no IMEI, TAC or subscriber"),
        ({"imei": " ", "imsi": "'"}, "no IMEI, TAC or subscriber"),
        ({"svn": "01"}, "svn says nothing without imei"),
        ({"imei_to": A}, "imei_to says nothing without imei"),
        ({"imei": A, "tac": "00100199"}, "no line is about imei and tac at once"),
        (
            {"imei": A, "imei_to": B, "imsi": "00101"},
            "no line is about imei and imei_to and imsi at once",
        ),
        (
            {"imei": A, "imei_to": B, "tac": "00100199"},
            "no line is about imei and imei_to and tac at once",
        ),
        (
            {"imei": A, "svn": "01", "imsi": "00101"},
            "no line is about imei and svn and imsi at once",
        ),
        ({"tac": "00100199", "imsi": "00101"}, "no line is about tac and imsi at once"),
        ({"imei": B, "imei_to": A}, "ends before it begins"),
        ({"imei": "0010*#", "svn": "01"}, "14 to 16 digits is needed"),
        ({"imei": "0010*#", "imsi": "00101"}, "14 to 16 digits is needed"),
    ],
)
def test_what_does_not_go_together_is_refused(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        of(**cells)


@pytest.mark.parametrize("name", [ListName.TAC_BARRED, ListName.TAC_PERMITTED])
def test_lists_of_types_have_types_only(name: ListName) -> None:
    assert read_subject({"tac": "00100199"}, name).kind is Kind.TAC
    with pytest.raises(ValueError, match="a TAC is needed"):
        read_subject({"imei": A}, name)


def test_a_binding_needs_an_imei_and_a_subscriber() -> None:
    pair = {"imei": A, "msisdn": "155"}
    assert read_subject(pair, ListName.BINDING).kind is Kind.PAIR
    for cells in ({"imei": A}, {"imsi": "00101"}, {"tac": "00100199"}):
        with pytest.raises(ValueError, match="both are needed"):
            read_subject(cells, ListName.BINDING)
    assert not may_hold(ListName.BINDING, Kind.PAIR, with_imei=False)


def test_a_subject_names_one_imei_or_none() -> None:
    assert imei_of(of(imei=A, imsi="1")) == 100100199000001
    assert imei_of(of(imei=A, imei_to=B)) == 0
    assert imei_of(of(tac="00100199")) == 0


def test_a_subject_names_a_software_version_or_none() -> None:
    assert version_of(of(imei=A, svn="07")) == 107
    assert version_of(of(imei=A, imei_to=B, svn="07")) == 107
    assert version_of(of(imei=A)) == 0


def test_digits_at_the_end_of_a_cut_file_may_be_part_of_an_imei() -> None:
    refuse_cut(of(imei=A))
    refuse_cut(of(imei="0010*#"))
    with pytest.raises(ValueError, match="not 10"):
        refuse_cut(of(imei="0010019900"))
