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


def test_columns_stand_in_any_order() -> None:
    columns = read_header(["expires", "reason", "imei", "effective"])
    assert columns.imei == 2
    assert columns.count == 4
    assert columns.beside_imei == ("expires", "reason", "effective")
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
