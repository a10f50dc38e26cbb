"""Names and columns as such registries write them; every sample row is made up."""

from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.registry.bundle import Does
from eir.registry.formats.dps import FORMAT
from tests.eir.lists.reading import read
from tests.eir.registry.formats.deliveries import Inbox, by_deed, lines_of, registry

PAIRS = ListName.EXCEPTION
T = "2025-01-02_00-03-02"
FULL, ADD, REMOVE = (
    f"Pair_List_Complete_{T}.csv",
    f"ADD_Pair_List_{T}.csv",
    f"REMOVE_Pair_List_{T}.csv",
)
PAIR = b"00100199000001,001010000000001"
HEADER = b"imei,imsi,change_type\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path, "dps")


def test_the_complete_list_is_handed_over_as_it_is(inbox: Inbox) -> None:
    inbox.put(FULL, b"imei,imsi\n%b\n" % PAIR)

    bundle = inbox.bundle()

    assert (bundle.run, bundle.stamp, bundle.dated) == (20250102000302, "20250102000302", True)
    assert lines_of(bundle.deliveries[PAIRS].full) == b"imei,imsi\n%b\n" % PAIR


def test_both_halves_of_what_changed_are_one_delta(inbox: Inbox) -> None:
    inbox.put(ADD, HEADER + b"%b,add\n" % PAIR)
    inbox.put(REMOVE, HEADER.upper() + b"%b,Remove \n" % PAIR)

    bundle = inbox.bundle()
    delta = bundle.deliveries[PAIRS].delta

    assert delta
    assert (delta.base, delta.unordered) == (None, False)
    assert by_deed(bundle, PAIRS) == {
        Does.PUT: [b"imei,imsi\n%b\n" % PAIR],
        Does.REMOVE: [b"imei,imsi\n%b\n" % PAIR],
    }
    assert len(bundle.files) == 2


def test_all_three_files_of_an_instant_are_one_run(inbox: Inbox) -> None:
    inbox.put(FULL, b"imei,imsi\n")
    inbox.put(ADD, HEADER)
    inbox.put(REMOVE, HEADER + b"\n")

    assert len(inbox.bundle().files) == 3


@pytest.mark.parametrize("name", [ADD, REMOVE])
def test_half_of_it_waits_for_the_other(inbox: Inbox, name: str) -> None:
    inbox.put(name, HEADER)
    inbox.put(FULL, b"imei,imsi\n")

    reading = inbox.read()

    assert reading.waiting == (name,)
    assert [[file.name for file in each.files] for each in reading.bundles] == [[FULL]]


def test_halves_of_two_instants_are_no_whole(inbox: Inbox) -> None:
    inbox.put(ADD, HEADER)
    inbox.put(REMOVE.replace("02.csv", "03.csv"), HEADER)

    assert len(inbox.read().waiting) == 2


@pytest.mark.parametrize("word", [b"remove", b"", b"update"])
def test_a_line_that_differs_from_the_name_of_its_file_is_wrong(inbox: Inbox, word: bytes) -> None:
    inbox.put(ADD, HEADER + b"%b,%b\n" % (PAIR, word))
    inbox.put(REMOVE, HEADER)

    (octets,) = by_deed(inbox.bundle(), PAIRS)[Does.PUT]

    assert [fault.line for fault in read(octets, PAIRS).faults] == [2]


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        (FULL, HEADER),
        (ADD, b"imei,imsi\n"),
        (FULL, b""),
        (FULL.replace("01-02", "13-02"), b"imei,imsi\n"),
    ],
)
def test_what_is_wrong_is_refused(inbox: Inbox, name: str, octets: bytes) -> None:
    inbox.put(name, octets)

    assert inbox.fault(name)


def test_a_file_of_another_name_is_refused_where_somebody_brought_it(inbox: Inbox) -> None:
    inbox.put("pairs.csv", b"")

    assert "is not how this registry names its files" in inbox.fault("pairs.csv")


@pytest.mark.parametrize(
    ("name", "is_wanted"),
    [
        (FULL, True),
        (ADD, True),
        (REMOVE, True),
        (f"Pair_List_{T}.csv", False),
        (f"UPDATE_Pair_List_{T}.csv", False),
        ("ADD_Pair_List_2025-01-02.csv", False),
    ],
)
def test_lists_of_pairs_are_wanted(name: str, is_wanted: bool) -> None:  # noqa: FBT001
    assert FORMAT.wants(name, registry("dps")) == is_wanted
