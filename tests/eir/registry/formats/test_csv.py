from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.registry.bundle import FIRST, Does
from eir.registry.formats.csv import FORMAT
from tests.eir.registry.formats.deliveries import Inbox, delta_of, lines_of, registry

BLACK, PAIRS, GREY = ListName.PROHIBITED, ListName.EXCEPTION, ListName.TRACKING
FULL = b"imei,reason\n00100199000001,stolen\n"
DELTA = b"imei,reason,op\n00100199000001,stolen,remove\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path, "csv")


def test_all_lists_of_a_run_are_one_bundle(inbox: Inbox) -> None:
    inbox.put("prohibited_full_47.csv", FULL)
    inbox.put("prohibited_delta_41_47.csv", DELTA)
    inbox.put("exceptions_delta_36_47.csv", b"imei,imsi\n00100199000001,001010000000001\n")

    bundle = inbox.bundle()

    assert (bundle.run, bundle.dated, bundle.missing) == (47, False, ())
    black, pairs = bundle.deliveries[BLACK], bundle.deliveries[PAIRS]
    assert lines_of(black.full) == FULL
    assert black.delta
    assert black.delta.base == 41
    assert (pairs.full, pairs.delta and pairs.delta.base) == (None, 36)
    assert [file.name for file in black.files] == [
        "prohibited_delta_41_47.csv",
        "prohibited_full_47.csv",
    ]


def test_each_line_says_what_it_does_or_is_new(inbox: Inbox) -> None:
    inbox.put("prohibited_delta_41_47.csv", DELTA)
    inbox.put("tracking_delta_41_47.csv", FULL)

    bundle = inbox.bundle()

    assert [part.does for part in delta_of(bundle, BLACK)] == [Does.SAID]
    assert [part.does for part in delta_of(bundle, GREY)] == [Does.PUT]
    assert lines_of(delta_of(bundle, BLACK)[0]) == DELTA


def test_a_delta_may_build_on_nothing(inbox: Inbox) -> None:
    inbox.put("prohibited_delta_-1_7.csv", DELTA)
    delta = inbox.bundle().deliveries[BLACK].delta

    assert delta
    assert delta.base == FIRST


def test_stamps_sort_as_runs_do(inbox: Inbox) -> None:
    for run in (9, 10, 100):
        inbox.put(f"prohibited_full_{run}.csv", FULL)

    stamps = [each.stamp for each in inbox.read().bundles]

    assert stamps == sorted(stamps)
    assert len(stamps) == 3


def test_an_archive_has_what_else_comes_one_by_one(inbox: Inbox) -> None:
    inbox.zip("lists_47.zip", {"prohibited_full_47.csv": FULL, "grey_delta_41_47.csv": DELTA})
    inbox.put("exceptions_full_47.csv", FULL)

    bundle = inbox.bundle()

    assert set(bundle.deliveries) == {BLACK, PAIRS, GREY}
    assert delta_of(bundle, GREY)[0].name == "lists_47.zip: grey_delta_41_47.csv"


@pytest.mark.parametrize(
    ("name", "octets", "said"),
    [
        ("prohibted_full_47.csv", FULL, "prohibted_full_47.csv: no list is called 'prohibted'"),
        ("prohibited_full_47.csv", b"", "the file is empty"),
        ("prohibited_full_47.csv", b"imei,colour\n", "column 2, 'colour', is not one we know"),
        ("prohibited_full_47.csv", b"00100199000001\n", "the file has no header"),
        ("prohibited_full_47.csv", DELTA, "is a whole list, and has a column of operations"),
        ("prohibited_full_47.csv", b"imei,source\n", "a registry speaks for itself only"),
        ("protected_full_47.csv", FULL, "a registry protects nobody"),
        ("Protected_delta_41_47.csv", DELTA, "a registry protects nobody"),
        ("prohibited_delta_47_47.csv", DELTA, "run 47 is said to build on run 47"),
        ("prohibited_delta_53_47.csv", DELTA, "run 47 is said to build on run 53"),
    ],
)
def test_what_is_wrong_is_said(inbox: Inbox, name: str, octets: bytes, said: str) -> None:
    inbox.put(name, octets)

    assert said in inbox.fault(name)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "lists_47.zip is empty"),
        ({"readme.txt": b""}, "lists_47.zip: readme.txt is not named as a list is"),
        ({"prohibited_full_53.csv": FULL}, "lists_47.zip has lists of run 53"),
        ({"prohibited_full_47.csv": b"x\n"}, "lists_47.zip: prohibited_full_47.csv: column 1"),
        (
            {"protected_full_47.csv": FULL},
            "lists_47.zip: protected_full_47.csv: a registry protects",
        ),
        ({"../prohibited_full_47.csv": FULL}, "is refused"),
    ],
)
def test_what_is_wrong_in_an_archive_is_said(
    inbox: Inbox, members: dict[str, bytes], said: str
) -> None:
    inbox.zip("lists_47.zip", members)

    assert said in inbox.fault("lists_47.zip")


def test_one_list_by_two_names_is_a_fault_of_the_run(inbox: Inbox) -> None:
    inbox.put("prohibited_full_47.csv", FULL)
    inbox.put("black_full_47.csv", FULL)

    (bundle,) = inbox.read().bundles

    assert "run 47 has the prohibited list twice" in str(bundle.fault)


@pytest.mark.parametrize(
    ("name", "is_wanted"),
    [
        ("prohibited_full_47.csv", True),
        ("Prohibited-List_FULL_47.CSV", True),
        ("tac-barred_delta_-1_47.csv", True),
        ("unknown_full_47.csv", True),
        ("lists_47.zip", True),
        ("a.b.c_47.zip", True),
        ("prohibited_47.csv", False),
        ("prohibited_full_-1.csv", False),
        ("prohibited_delta_47.csv", False),
        ("prohibited_full_47.csv.part", False),
        ("x/prohibited_full_47.csv", False),
        ("lists.zip", False),
        (f"prohibited_full_{'9' * 19}.csv", False),
    ],
)
def test_lists_and_archives_of_a_run_are_wanted(name: str, is_wanted: bool) -> None:  # noqa: FBT001
    assert FORMAT.wants(name, registry("csv")) == is_wanted
