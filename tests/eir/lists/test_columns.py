import pytest

from eir.errors import ListFileError
from eir.lists.columns import read_header


@pytest.mark.parametrize(
    "cell", ["imei", "IMEI", " Imei ", "device id", "Approved_IMEI", "golden_imei"]
)
def test_the_imei_column_has_several_names(cell: str) -> None:
    assert read_header([cell]).names == ("imei",)


@pytest.mark.parametrize("cell", ["op", "Operation", "change_type", "Change-Type"])
def test_the_op_column_has_several_names(cell: str) -> None:
    assert read_header(["imei", cell]).has_operations


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("imei_from", "imei"),
        ("To", "imei_to"),
        ("software version", "svn"),
        ("TAC", "tac"),
        ("IMSI", "imsi"),
        ("MSISDN", "msisdn"),
        ("block_date", "effective"),
        ("reasons", "reason"),
        ("device", "device"),
        ("then", "then"),
    ],
)
def test_other_columns_have_names_too(cell: str, name: str) -> None:
    assert name in read_header(["msisdn" if name != "msisdn" else "tac", cell]).names


def test_columns_stand_in_any_order() -> None:
    columns = read_header(["expires", "imsi", "reason", "imei", "effective"])
    assert columns.keys == ("imsi", "imei")
    assert columns.count == 5
    assert columns.beside == ("expires", "reason", "effective")
    assert not columns.has_operations


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["imei", "colour"], "column 2, 'colour'"),
        (["imei", ""], "column 2, ''"),
        (["imei", "x" * 99], "xxx"),
        (["reason"], "no column is called imei"),
        (["imei", "device_id"], "two columns mean imei: 1 and 2"),
        (["35209900176148"], "no header"),
        (["35209900176148", "stolen"], "no header"),
        (["'352099001761481"], "no header"),
    ],
)
def test_a_header_that_is_not_understood_refuses_the_file(cells: list[str], message: str) -> None:
    with pytest.raises(ListFileError, match=message):
        read_header(cells)
