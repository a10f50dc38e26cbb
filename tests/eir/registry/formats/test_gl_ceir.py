"""Names and texts as such registries write them; every sample row is made up."""

from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.registry.bundle import Does
from eir.registry.formats.gl_ceir import FORMAT
from tests.eir.lists.reading import read
from tests.eir.registry.formats.deliveries import Inbox, delta_of, lines_of, registry

BLACK, GREY = ListName.PROHIBITED, ListName.TRACKING
BLACK_FULL, BLACK_DELTA = "BlackList_Full_20250101.csv", "BlackList_Incremental_20250102.csv"
GREY_FULL, GREY_DELTA = "GreyList_Full_20250101.csv", "GreyList_Incremental_20250102.csv"
FULL = b"Device ID\n001001990000017\n001001990000025\n"
DELTA = b"Device Id,Operation\n001001990000033,Add\n001001990000017,Delete\n"
SENTINEL = b"Message\nNo data available in BlackList."


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path, "gl-ceir")


def test_both_lists_of_a_day_are_one_bundle(inbox: Inbox) -> None:
    inbox.put(BLACK_FULL, FULL)
    inbox.put(GREY_FULL, FULL)

    bundle = inbox.bundle()

    assert (bundle.run, bundle.stamp, bundle.dated) == (20250101, "20250101", True)
    assert set(bundle.deliveries) == {BLACK, GREY}
    assert lines_of(bundle.deliveries[BLACK].full) == FULL
    assert bundle.missing == ()


def test_one_list_of_a_day_is_enough(inbox: Inbox) -> None:
    inbox.put(GREY_DELTA, DELTA)

    assert inbox.bundle().missing == ()


def test_what_changed_is_in_no_order_and_on_no_base(inbox: Inbox) -> None:
    inbox.put(BLACK_DELTA, DELTA)

    bundle = inbox.bundle()
    delta = bundle.deliveries[BLACK].delta

    assert delta
    assert (delta.base, delta.unordered, delta.parts[0].does) == (None, True, Does.SAID)
    found = read(lines_of(delta.parts[0]))
    assert [entry is None for entry in found.entries] == [False, True]


@pytest.mark.parametrize(
    "header", [b"Device ID,Operation", b"DEVICE ID,OPERATION", b"operation,device id"]
)
def test_headers_differ_in_case(inbox: Inbox, header: bytes) -> None:
    inbox.put(GREY_DELTA, header + b"\n")

    assert delta_of(inbox.bundle(), GREY)


@pytest.mark.parametrize(
    "octets",
    [
        SENTINEL,
        SENTINEL + b"\n",
        SENTINEL.replace(b"\n", b"\r\n") + b"\r\n",
        b"\xef\xbb\xbfMESSAGE\nno data available in blacklist\n",
    ],
)
@pytest.mark.parametrize("name", [BLACK_FULL, BLACK_DELTA])
def test_a_list_without_entries_says_so_and_names_no_phone(
    inbox: Inbox, octets: bytes, name: str
) -> None:
    """docs/registry.md, cases 9 and 19."""
    inbox.put(name, octets)

    delivery = inbox.bundle().deliveries[BLACK]
    part = delivery.full or delta_of(inbox.bundle(), BLACK)[0]
    found = read(lines_of(part))

    assert (found.rows, found.total) == ([], 0)
    assert lines_of(part).endswith(b"\n")


@pytest.mark.parametrize(
    "text",
    [
        b"No data available in GreyList.",
        b"No data avail",
        b"",
        b"001001990000017",
        b"No data available in BlackList.\n001001990000017\n",
        b"No data available in BlackList." + b" " * 300,
    ],
)
def test_another_message_is_refused(inbox: Inbox, text: bytes) -> None:
    inbox.put(BLACK_FULL, b"Message\n" + text)

    assert "has a message, which is not that there are no data" in inbox.fault(BLACK_FULL)


@pytest.mark.parametrize("null", [b"null", b"NULL", b' "null" ', b"null,Add", b"null,"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_identity_that_the_database_lacks_is_nobodys(
    inbox: Inbox, null: bytes, end: bytes
) -> None:
    lines = [b"Device ID,Operation", null, b"001001990000033,Add", null, b""]
    inbox.put(GREY_DELTA, end.join(lines))

    part = delta_of(inbox.bundle(), GREY)[0]
    found = read(lines_of(part))

    assert (found.lines, found.total) == ([3], 0)
    assert part.selects


@pytest.mark.parametrize("text", [b"nullx", b"nulls,Add", b"n,ull"])
def test_what_only_begins_like_that_is_left_alone(inbox: Inbox, text: bytes) -> None:
    inbox.put(GREY_FULL, b"Device ID\n" + text + b"\n")

    assert text in lines_of(inbox.bundle().deliveries[GREY].full)


def test_a_file_that_ends_within_a_line_still_does(inbox: Inbox) -> None:
    """docs/registry.md, case 9."""
    inbox.put(GREY_FULL, FULL + b"null")

    octets = lines_of(inbox.bundle().deliveries[GREY].full)

    assert not octets.endswith(b"\n")
    assert read(octets).total == 1


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        (BLACK_FULL, DELTA),
        (BLACK_DELTA, FULL),
        (BLACK_FULL, b"imei,block_date,reasons\n"),
        (BLACK_FULL, b""),
    ],
)
def test_another_file_under_this_name_is_refused(inbox: Inbox, name: str, octets: bytes) -> None:
    inbox.put(name, octets)

    assert name in inbox.fault(name)


def test_a_day_that_there_is_not_is_refused(inbox: Inbox) -> None:
    inbox.put("BlackList_Full_20250230.csv", FULL)

    assert "is no day" in inbox.fault("BlackList_Full_20250230.csv")


@pytest.mark.parametrize(
    ("name", "is_wanted"),
    [
        (BLACK_FULL, True),
        (GREY_DELTA, True),
        ("blacklist_full_20250101.CSV", True),
        ("WhiteList_Full_20250101.csv", False),
        ("BlackList_Full_2025010.csv", False),
        ("BlackList_20250101.csv", False),
        ("BlackList_Full_20250101.csv.tmp", False),
    ],
)
def test_lists_of_a_day_are_wanted(name: str, is_wanted: bool) -> None:  # noqa: FBT001
    assert FORMAT.wants(name, registry("gl-ceir")) == is_wanted
