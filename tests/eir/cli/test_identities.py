import io

import pytest

from eir.cli.identities import Asker, asker_of, check_of, checks_of
from eir.decision.verdict import Check, Interface
from eir.errors import ListFileError, UsageError

NOBODY = Asker(Interface.PROMPT)


def read(text: str) -> list[Check]:
    return list(checks_of(NOBODY, io.StringIO(text)))


def test_over_map_a_point_code_and_calling_digits_ask() -> None:
    assert asker_of(Interface.MAP, "2-10-4/9945") == Asker(
        Interface.MAP, "2-10-4/9945", point_code=4180, calling="9945"
    )
    assert asker_of(Interface.MAP, "7") == Asker(Interface.MAP, "7", point_code=7)
    assert asker_of(Interface.MAP, "") == Asker(Interface.MAP)
    with pytest.raises(UsageError, match="no point code"):
        asker_of(Interface.MAP, "mme1.example.net")
    with pytest.raises(UsageError, match="digits only"):
        asker_of(Interface.MAP, "2-10-4/+9945")


@pytest.mark.parametrize("interface", [Interface.S13, Interface.PROMPT])
def test_elsewhere_a_host_asks(interface: Interface) -> None:
    assert asker_of(interface, "mme1.example.net") == Asker(interface, "mme1.example.net")


def test_a_check_is_made_of_options() -> None:
    asker = Asker(Interface.MAP, "7/99", point_code=7, calling="99")
    assert check_of(asker, "x", imsi="00101", msisdn="99450", svn="01") == Check(
        equipment="x",
        software_version="01",
        imsi="00101",
        peer="7/99",
        interface=Interface.MAP,
        msisdn="99450",
        point_code=7,
        calling="99",
    )
    assert check_of(NOBODY, "") == Check("")


@pytest.mark.parametrize(
    "wrong", [{"imsi": "12a"}, {"msisdn": "+99450"}, {"svn": "1"}, {"svn": "\u0660\u0661"}]
)
def test_what_is_no_number_is_refused_and_not_repeated(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="digits") as caught:
        check_of(NOBODY, "1", **wrong)
    assert not any(value in str(caught.value) for value in wrong.values() if len(value) > 1)


def test_a_plain_file_has_an_identity_a_line() -> None:
    assert read("35209900176148\r\n\n  *#,x\n") == [Check("35209900176148"), Check("  *#,x")]
    assert read("") == []


def test_a_header_names_the_columns() -> None:
    assert read("\ufeffIMSI, imei ,svn,msisdn\n00101,1,02,\n\n,null,,9\n") == [
        Check("1", software_version="02", imsi="00101"),
        Check("null", msisdn="9"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("imei,colour\n1,red\n", "line 1: no column is called 'colour'"),
        ("imei,imsi\n1,00101\n1\n", "line 3: the header names 2 cells, and here are 1"),
        ("imei,imsi\n1,00101,9\n", "line 2: the header names 2 cells, and here are 3"),
        ("imei,imsi,imei\n1,00101,2\n", "line 1: two columns are called 'imei'"),
        ("imsi,msisdn\n00101,1\n", "line 1: no column is called imei"),
        ("imei,imsi\n1,x\n", "line 2: an IMSI has"),
    ],
)
def test_a_wrong_line_is_named(text: str, message: str) -> None:
    with pytest.raises(ListFileError, match=message):
        read(text)


@pytest.mark.parametrize("octets", [b"imei\n352\xe9\n", b"\xe9\n1\n", b"1\n\xe9\n"])
def test_a_file_that_is_not_utf_8_is_refused(octets: bytes) -> None:
    with pytest.raises(ListFileError, match="not UTF-8"):
        list(checks_of(NOBODY, io.TextIOWrapper(io.BytesIO(octets), encoding="utf-8")))
