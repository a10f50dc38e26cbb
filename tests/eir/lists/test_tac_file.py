import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import ListFileError
from eir.lists.faults import Fault
from eir.lists.tac import TacInfo
from eir.lists.tac_file import TacFile, TacFormat

CLASSIC = (
    "TAC|Marketing Name|Internal Model Name|Manufacturer|Bands|Allocation Date|Country Code|"
    "Fixed Code|Manufacturer Code|Radio Interface|Brand Name|Model Name|Operating System|NFC|"
    "Bluetooth|WLAN|Device Type"
)
DEMO = (
    "00100199|Demo One|D1|Example Corp|GSM 900, LTE FDD BAND 3 |02-Jan-2024|826|EXMP|000001|LTE|"
    "Example|D1|Not Known|Not Known|Not Known|Not Known|Handheld"
)
DEMO_INFO = TacInfo(
    tac="00100199",
    manufacturer="Example Corp",
    model="D1",
    marketing_name="Demo One",
    brand="Example",
    device_type="Handheld",
    bands="GSM 900, LTE FDD BAND 3",
    allocated="2024-01-02",
)
LICENCE = '# CC-BY-SA: "TAC list", made up | for tests, with tac and name\n'
OSMOTAC = "tac,name,name,contributor,comment,gsmarena,gsmarena,aka\r\n"
SHORT = "TAC|Manufacturer|Allocation Date\n"


def opened(text: str | bytes, format_: TacFormat | None = None) -> TacFile:
    octets = text if isinstance(text, bytes) else text.encode()
    return TacFile(io.BytesIO(octets), format_=format_, read=lambda _: None)


def read(text: str | bytes) -> tuple[list[TacInfo], list[Fault]]:
    file = opened(text)
    return list(file.infos()), file.faults.shown


def test_the_classic_columns_are_read() -> None:
    assert read(f"{CLASSIC}\n{DEMO}\n") == ([DEMO_INFO], [])
    assert opened(CLASSIC).format is TacFormat.GSMA


def test_the_newer_columns_are_read() -> None:
    header = (
        "tac|manufacturer|modelName|marketingName|brandName|allocationDate|organisationId|"
        "deviceType|bluetooth|nfc|bandDetails"
    )
    line = (
        "00100199|Example Corp|D1|Demo One|Example|2024-01-02|77|Handheld|Y|N|"
        "GSM 900, LTE FDD BAND 3"
    )
    assert read(f"{header}\n{line}\n") == ([DEMO_INFO], [])


def test_columns_stand_in_any_order_and_are_written_in_many_ways() -> None:
    text = '\ufeffDEVICE_TYPE|"brand name"|Tac|manufacturer\r\nModem|"Example"|00100198|"X"\r\n'
    expected = TacInfo("00100198", manufacturer="X", brand="Example", device_type="Modem")
    assert read(text) == ([expected], [])


def test_osmotac_is_read() -> None:
    text = (
        f"{LICENCE}{OSMOTAC}"
        "00100199,Example,D1,someone,,,,\r\n"
        ' 00100198,Example,"D2, the second",,"a ""comment""",,,"D2, D2a"\r\n'
    )
    assert opened(text).format is TacFormat.OSMOTAC
    assert read(text) == (
        [
            TacInfo("00100199", brand="Example", model="D1"),
            TacInfo("00100198", brand="Example", model="D2, the second"),
        ],
        [],
    )


def test_osmotac_without_its_licence_is_read_too() -> None:
    assert read(f"{OSMOTAC}00100199,Example,D1,,,,,\r\n") == (
        [TacInfo("00100199", brand="Example", model="D1")],
        [],
    )


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("02-Jan-2024", "2024-01-02"),
        ("9-DEC-1999", "1999-12-09"),
        ("2024-01-02", "2024-01-02"),
        ("", ""),
        ("Not Known", ""),
        ("NOT KNOWN", ""),
    ],
)
def test_a_day_of_allocation_is_read(written: str, read_as: str) -> None:
    ((info,), _) = read(f"{SHORT}00100199|X|{written}\n")
    assert info.allocated == read_as


@pytest.mark.parametrize("day", ["30-Feb-2024", "02-Foo-2024", "2024-02-30", "02/01/2024", "2024"])
def test_a_day_that_is_none_is_a_bad_line(day: str) -> None:
    assert read(f"{SHORT}00100199|X|{day}\n") == (
        [],
        [Fault(2, "a day of allocation is written 02-Jan-2024 or 2024-01-02")],
    )


@pytest.mark.parametrize(
    ("tac", "reason"),
    [
        ("100199", "a TAC has 8 digits, not 6; leading zeros may be lost"),
        ("0100199", "a TAC has 8 digits, not 7; leading zeros may be lost"),
        ("001001990", "a TAC has 8 digits"),
        ("0010019A", "a TAC has 8 digits"),
        ("٠٠١٠٠١٩٩", "a TAC has 8 digits"),
        ("", "a TAC has 8 digits"),
    ],
)
def test_a_tac_that_is_none_is_a_bad_line(tac: str, reason: str) -> None:
    assert read(f"{SHORT}00100199|X|\n{tac}|X|\n")[1] == [Fault(3, reason)]


def test_a_line_with_more_or_fewer_cells_is_bad_and_a_blank_one_is_not() -> None:
    text = f"{SHORT}\n00100199|X\n||\n00100198|X||\n00100197|X|\n \n"
    infos, faults = read(text)
    assert [info.tac for info in infos] == ["00100197"]
    assert faults == [
        Fault(3, "2 cells, and the header has 3"),
        Fault(5, "4 cells, and the header has 3"),
    ]


def test_a_line_of_blank_cells_is_no_type() -> None:
    assert read(f"{SHORT}||\n") == ([], [])


def test_an_identical_line_is_ignored_and_counted() -> None:
    file = opened(f"{CLASSIC}\n{DEMO}\n{DEMO}\n")
    assert list(file.infos()) == [DEMO_INFO]
    assert (file.duplicates, file.faults.total) == (1, 0)


def test_a_line_that_contradicts_an_earlier_one_is_bad() -> None:
    infos, faults = read(f"{SHORT}00100199|X|\n00100199|Y|\n")
    assert [info.manufacturer for info in infos] == ["X"]
    assert faults == [Fault(3, "an earlier line says something else of TAC 00100199")]


def test_line_numbers_are_those_of_an_editor() -> None:
    text = f'{LICENCE}{OSMOTAC}00100199,E,"two\r\nlines",,,,,\r\n1,E,D,,,,,\r\n'
    infos, faults = read(text)
    assert infos[0].model == "two lines"
    assert [fault.line for fault in faults] == [5]


def test_quotes_that_are_not_closed_are_a_bad_line() -> None:
    infos, faults = read(f'{OSMOTAC}00100199,E,D1,,,,,"a\r\n00100198,E,D,,,,,\r\n')
    assert (infos, [fault.line for fault in faults]) == ([], [3])


def test_a_file_that_ends_in_the_middle_of_a_line_is_said_to() -> None:
    _, faults = read(f"{SHORT}00100199|X|\n00100198|X")
    assert str(faults[0].reason).startswith("the file ends in the middle of this line")


def test_text_is_made_fit_for_a_terminal() -> None:
    ((info,), _) = read(f"{SHORT}00100199|\x1b[31mX\u200b \t Corp\x00|\n")
    assert info.manufacturer == "[31mX Corp"


def test_octets_that_are_not_utf8_are_a_bad_line() -> None:
    text = SHORT.encode() + b"00100199|M\xfcller|\n00100198|M\xc3\xbcller|\n"
    infos, faults = read(text)
    assert [info.manufacturer for info in infos] == ["Müller"]
    assert faults == [Fault(2, "not UTF-8")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "imei,reason\n1,2\n",
        "manufacturer|model\nX|Y\n",
        "tac,name\n1,2\n",
        "tac\n1\n",
        f"a\nb\n{SHORT}",
        SHORT.encode("utf-16"),
    ],
)
def test_a_file_without_such_a_header_is_refused(text: str | bytes) -> None:
    with pytest.raises(ListFileError, match="the header of a TAC database"):
        opened(text)


def test_two_columns_that_say_the_same_are_refused() -> None:
    with pytest.raises(ListFileError, match="two columns of the header say the bands"):
        opened("tac|manufacturer|Bands|bandDetails\n")


def test_a_named_format_is_not_guessed() -> None:
    with pytest.raises(ListFileError):
        opened(f"{CLASSIC}\n", TacFormat.OSMOTAC)
    assert opened(f"{CLASSIC}\n", TacFormat.GSMA).format is TacFormat.GSMA


def test_what_was_read_is_hashed_and_counted() -> None:
    told: list[int] = []
    octets = f"{CLASSIC}\n{DEMO}\n".encode()
    file = TacFile(io.BytesIO(octets), read=told.append)
    assert list(file.infos()) == [DEMO_INFO]
    assert file.hash == hashlib.sha256(octets).hexdigest()
    assert told[-1] == len(octets)


class Broken(io.BytesIO):
    def __next__(self) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_file_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ListFileError, match="cannot be read: Input/output error"):
        TacFile(Broken(), read=lambda _: None)


@given(st.binary(max_size=200), st.sampled_from((SHORT, OSMOTAC)))
def test_any_octets_are_types_or_bad_lines(octets: bytes, header: str) -> None:
    file = opened(header.encode() + octets)
    for info in file.infos():
        assert all(text.isprintable() for text in info.fields.values())
