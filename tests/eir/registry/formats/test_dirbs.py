"""Names, members and columns as such registries write them; every sample row is made up."""

import zipfile
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.registry.bundle import FIRST, Does
from eir.registry.formats.dirbs import FORMAT
from tests.eir.lists.reading import read
from tests.eir.registry.formats.deliveries import (
    NOW,
    Inbox,
    by_deed,
    delta_of,
    lines_of,
    registry,
    zipped,
)

BLACK, PAIRS, NOTES = ListName.PROHIBITED, ListName.EXCEPTION, ListName.NOTIFICATION
T = "20250102_000302"
HEADERS = {
    "blacklist": b"imei,block_date,reasons\r\n",
    "exceptions_op1": b"imei,imsi,msisdn\r\n",
    "notifications_op1": b"imei,imsi,msisdn,block_date,reasons\r\n",
}
EVENTS = {
    "blacklist": ("blocked", "changed", "unblocked"),
    "exceptions_op1": ("added", "removed"),
    "notifications_op1": ("new", "resolved", "blacklisted", "no_longer_seen", "changed"),
}
BLOCKED = (
    b"imei,block_date,reasons\r\n"
    b"00100199000001,20250101,IMEI found on local stolen list\r\n"
    b'00100199000002,20241230,"Duplicate IMEI, cloned|TAC not found in GSMA TAC database"\r\n'
    b"00100199A00003,20250102,Malformed IMEI\r\n"
)
ADDED = b"imei,imsi,msisdn\r\n00100199000002,001010000000001,1550000001\r\n"
NOTICE = (
    b"imei,imsi,msisdn,block_date,reasons,amnesty_granted\r\n"
    b"00100199000004,001010000000002,1550000002,20250301,"
    b"IMEI not found on local registration list,True\r\n"
)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path, "dirbs")


def members(
    kind: str,
    changed: Mapping[str, bytes] | None = None,
    *,
    base: int = 41,
    run: int = 47,
    full: bytes | None = b"",
    without: Iterable[str] = (),
) -> dict[str, bytes]:
    """Give what a zip of one list has; `full` empty: a header only, None: it is not there."""
    header, changed = HEADERS[kind], changed or {}
    found = {} if full is None else {f"{T}_{kind}.csv": full or header}
    for event in EVENTS[kind]:
        if event not in without:
            name = f"{T}_{kind}_delta_{base}_{run}_{event}.csv"
            found[name] = changed.get(event, header)
    return found


def single(kind: str, octets: bytes, *, full: bytes | None = b"") -> dict[str, bytes]:
    """Give what a zip of an older deployment has."""
    found = {} if full is None else {f"{T}_{kind}.csv": full or HEADERS[kind]}
    return found | {f"{T}_{kind}_delta_41_47.csv": octets}


def put_all(inbox: Inbox, **changed: dict[str, bytes]) -> None:
    for kind in HEADERS:
        inbox.zip(f"{T}_{kind}.zip", changed.get(kind) or members(kind))


def test_the_three_archives_of_a_run_are_one_bundle(inbox: Inbox) -> None:
    put_all(
        inbox,
        blacklist=members("blacklist", {"blocked": BLOCKED}),
        exceptions_op1=members("exceptions_op1", {"added": ADDED}),
    )

    bundle = inbox.bundle()

    assert (bundle.run, bundle.stamp, bundle.dated, bundle.missing) == (47, T, False, ())
    assert set(bundle.deliveries) == {BLACK, PAIRS, NOTES}
    assert len(bundle.files) == 3
    assert by_deed(bundle, BLACK) == {
        Does.PUT: [BLOCKED],
        Does.CHANGE: [HEADERS["blacklist"]],
        Does.REMOVE: [HEADERS["blacklist"]],
    }
    assert by_deed(bundle, PAIRS)[Does.PUT] == [ADDED]
    assert lines_of(bundle.deliveries[BLACK].full) == HEADERS["blacklist"]


def test_each_part_says_where_it_comes_from(inbox: Inbox) -> None:
    put_all(inbox, blacklist=members("blacklist", {"blocked": BLOCKED}))

    part = delta_of(inbox.bundle(), BLACK)[0]

    assert part.name == f"{T}_blacklist.zip: {T}_blacklist_delta_41_47_blocked.csv"
    assert part.octets == len(BLOCKED)
    assert not part.selects


def test_every_event_of_a_notification_does_something(inbox: Inbox) -> None:
    put_all(inbox)

    deeds = [part.does for part in delta_of(inbox.bundle(), NOTES)]

    assert deeds == [Does.PUT, Does.REMOVE, Does.REMOVE, Does.REMOVE, Does.CHANGE]


def test_an_archive_without_the_whole_list_has_what_changed(inbox: Inbox) -> None:
    put_all(inbox, **{kind: members(kind, full=None) for kind in HEADERS})

    bundle = inbox.bundle()

    assert {each.full for each in bundle.deliveries.values()} == {None}
    assert {each.delta.base for each in bundle.deliveries.values() if each.delta} == {41}


def test_the_first_run_builds_on_nothing(inbox: Inbox) -> None:
    put_all(inbox, **{kind: members(kind, base=-1) for kind in HEADERS})

    assert {d.delta.base for d in inbox.bundle().deliveries.values() if d.delta} == {FIRST}


def test_notifications_need_not_be_there(inbox: Inbox) -> None:
    inbox.zip(f"{T}_blacklist.zip", members("blacklist"))
    inbox.zip(f"{T}_exceptions_op1.zip", members("exceptions_op1"))

    assert inbox.bundle().missing == ()


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("blacklist", (PAIRS,)),
        ("exceptions_op1", (BLACK,)),
        ("notifications_op1", (BLACK, PAIRS)),
    ],
)
def test_the_blacklist_and_exceptions_miss_each_other(
    inbox: Inbox, kind: str, missing: tuple[ListName, ...]
) -> None:
    inbox.zip(f"{T}_{kind}.zip", members(kind))

    assert inbox.bundle().missing == missing


def test_runs_of_several_nights_are_several_bundles(inbox: Inbox) -> None:
    put_all(inbox)
    later = members("blacklist", base=47, run=53)
    inbox.zip(
        "20250103_000302_blacklist.zip",
        {name.replace("20250102", "20250103"): octets for name, octets in later.items()},
    )

    assert [each.run for each in inbox.read().bundles] == [47, 53]


def test_an_older_delta_is_taken_apart_by_what_its_lines_do(inbox: Inbox) -> None:
    delta = (
        b"imei,block_date,reasons,change_type\r\n"
        b"00100199000001,20250101,a,blocked\r\n"
        b'00100199000002,20250101,"b, c",Unblocked\r\n'
        b"00100199000003,20250101,d, changed \r\n"
    )
    put_all(inbox, blacklist=single("blacklist", delta))

    bundle = inbox.bundle()

    assert by_deed(bundle, BLACK) == {
        Does.PUT: [b"imei,block_date,reasons\n00100199000001,20250101,a\n\n\n"],
        Does.REMOVE: [b'imei,block_date,reasons\n\n00100199000002,20250101,"b, c"\n\n'],
        Does.CHANGE: [b"imei,block_date,reasons\n\n\n00100199000003,20250101,d\n"],
    }
    assert all(part.selects for part in delta_of(bundle, BLACK))
    assert sum(part.octets for part in delta_of(bundle, BLACK)) <= len(delta)


@pytest.mark.parametrize("word", [b"", b"added", b"blockedd"])
def test_a_line_that_does_nothing_known_is_wrong(inbox: Inbox, word: bytes) -> None:
    delta = b"imei,block_date,reasons,change_type\r\n00100199000001,20250101,a,%b\r\n" % word
    put_all(inbox, blacklist=single("blacklist", delta))

    found = {part.does: read(lines_of(part)) for part in delta_of(inbox.bundle(), BLACK)}

    assert [fault.line for fault in found[Does.PUT].faults] == [2]
    assert {does for does, each in found.items() if each.total} == {Does.PUT}
    assert not any(each.rows for each in found.values())


def test_older_exceptions_have_two_columns(inbox: Inbox) -> None:
    delta = b"imei,imsi,change_type\r\n00100199000001,001010000000001,removed\r\n"
    put_all(inbox, exceptions_op1=single("exceptions_op1", delta, full=b"imei,imsi\r\n"))

    assert by_deed(inbox.bundle(), PAIRS)[Does.REMOVE] == [
        b"imei,imsi\n00100199000001,001010000000001\n"
    ]


def test_whether_amnesty_was_granted_is_left_out(inbox: Inbox) -> None:
    put_all(inbox, notifications_op1=members("notifications_op1", {"new": NOTICE}, full=NOTICE))

    bundle = inbox.bundle()

    assert lines_of(bundle.deliveries[NOTES].full) == (
        b"imei,imsi,msisdn,block_date,reasons\n"
        b"00100199000004,001010000000002,1550000002,20250301,"
        b"IMEI not found on local registration list\n"
    )
    assert lines_of(delta_of(bundle, NOTES)[0]).count(b"True") == 0


@pytest.mark.parametrize(
    "header",
    [
        b"\xef\xbb\xbfimei,block_date,reasons\r\n",
        b"IMEI,BLOCK_DATE,REASONS\n",
        b"reasons,imei ,block_date\r\n",
    ],
)
def test_a_header_may_be_written_in_many_ways(inbox: Inbox, header: bytes) -> None:
    put_all(inbox, blacklist=members("blacklist", full=header))

    assert lines_of(inbox.bundle().deliveries[BLACK].full) == header


def test_the_grey_list_under_the_name_of_the_black_one_is_refused(inbox: Inbox) -> None:
    """docs/registry.md, case 20."""
    put_all(inbox, blacklist=members("blacklist", full=HEADERS["notifications_op1"]))

    assert inbox.fault(f"{T}_blacklist.zip") == (
        f"{T}_blacklist.zip: {T}_blacklist.csv: its columns are imei, imsi, msisdn, block_date,"
        " reasons, and they should be imei, block_date, reasons"
    )


def test_what_is_wrong_with_one_archive_leaves_the_others(inbox: Inbox) -> None:
    put_all(inbox, exceptions_op1=members("exceptions_op1", full=b"x\r\n"))

    (bundle,) = inbox.read().bundles

    assert bundle.missing == (PAIRS,)
    assert set(bundle.deliveries) == {BLACK, NOTES}


@pytest.mark.parametrize(
    ("kind", "event"), [(kind, event) for kind in EVENTS for event in EVENTS[kind]]
)
@pytest.mark.parametrize("full", [b"", None])
def test_a_missing_member_is_named(inbox: Inbox, kind: str, event: str, full: bytes | None) -> None:
    """docs/registry.md, case 8."""
    put_all(inbox, **{kind: members(kind, full=full, without=[event])})

    said = inbox.fault(f"{T}_{kind}.zip")

    assert said == f"{T}_{kind}.zip lacks a member: {event}"


def test_an_archive_cut_short_is_refused(inbox: Inbox) -> None:
    """docs/registry.md, case 8."""
    whole = inbox.zip(f"{T}_blacklist.zip", members("blacklist")).path.read_bytes()
    inbox.files.clear()
    inbox.put(f"{T}_blacklist.zip", whole[:-60])

    assert "is damaged" in inbox.fault(f"{T}_blacklist.zip")


def test_members_of_another_operator_are_not_even_unpacked(inbox: Inbox) -> None:
    """DIRBS listgen packs the files of op10 with those of op1."""
    foreign = {
        name.replace("op1", "op10"): octets.replace(b"imei", b"IMEI")
        for name, octets in members("exceptions_op1").items()
    }
    inbox.zip(f"{T}_exceptions_op1.zip", members("exceptions_op1") | foreign)

    said = inbox.fault(f"{T}_exceptions_op1.zip")

    assert said == f"{T}_exceptions_op1.zip has lists of other operators (op10); none is opened"
    assert [path for path in inbox.directory.rglob("*.csv") if path.is_file()] == []


def test_the_empty_archive_of_an_operator_is_explained(inbox: Inbox) -> None:
    inbox.zip(f"{T}_exceptions_op10.zip", {})

    assert inbox.fault(f"{T}_exceptions_op10.zip", operator="op10").endswith("is empty")


@pytest.mark.parametrize(
    "name",
    [
        "20250103_000302_blacklist.csv",
        f"{T}_exceptions_op1.csv",
        f"{T}_blacklist.zip",
        "readme.txt",
        f"{T}_blacklist.csv.bak",
    ],
)
def test_a_member_that_does_not_belong_there_is_refused(inbox: Inbox, name: str) -> None:
    inbox.zip(f"{T}_blacklist.zip", members("blacklist", full=None) | {name: b""})

    assert inbox.fault(f"{T}_blacklist.zip") == f"{T}_blacklist.zip: {name} does not belong there"


@pytest.mark.parametrize(
    "name",
    [
        f"{T}_blacklist_delta_36_47_blocked.csv",
        f"{T}_blacklist_delta_41_53_blocked.csv",
        f"{T}_blacklist_delta_41_47_added.csv",
    ],
)
def test_members_that_contradict_each_other_are_refused(inbox: Inbox, name: str) -> None:
    inbox.zip(f"{T}_blacklist.zip", members("blacklist") | {name: HEADERS["blacklist"]})

    assert "contradict each other" in inbox.fault(f"{T}_blacklist.zip")


def test_members_of_two_runs_are_refused(inbox: Inbox) -> None:
    other = {f"{T}_blacklist_delta_41_53_blocked.csv": HEADERS["blacklist"]}
    inbox.zip(f"{T}_blacklist.zip", members("blacklist", without=["blocked"]) | other)

    assert "are not those of one run" in inbox.fault(f"{T}_blacklist.zip")


def test_what_changed_comes_in_one_way_only(inbox: Inbox) -> None:
    both = members("blacklist") | single("blacklist", HEADERS["blacklist"])
    inbox.zip(f"{T}_blacklist.zip", both)

    assert "has what changed twice" in inbox.fault(f"{T}_blacklist.zip")


def test_archives_of_one_instant_are_of_one_run(inbox: Inbox) -> None:
    put_all(inbox, exceptions_op1=members("exceptions_op1", base=36))

    for kind in HEADERS:
        assert inbox.fault(f"{T}_{kind}.zip") == (
            f"the files of {T} say that they are of several runs: 47 on 36, 47 on 41"
        )


def test_a_run_on_a_later_one_is_refused(inbox: Inbox) -> None:
    inbox.zip(f"{T}_blacklist.zip", members("blacklist", base=48))

    assert "build on run 48" in inbox.fault(f"{T}_blacklist.zip")


def test_a_whole_list_has_the_run_of_its_siblings(inbox: Inbox) -> None:
    put_all(inbox, blacklist={f"{T}_blacklist.csv": BLOCKED})

    bundle = inbox.bundle()

    assert bundle.run == 47
    assert bundle.deliveries[BLACK].delta is None


def test_whole_lists_alone_have_no_run(inbox: Inbox) -> None:
    inbox.zip(f"{T}_blacklist.zip", {f"{T}_blacklist.csv": BLOCKED})

    assert inbox.fault(f"{T}_blacklist.zip") == (
        f"nothing says which run {T} is: there are whole lists, and not what changed"
    )


def loose(inbox: Inbox, kind: str, found: dict[str, bytes] | None = None) -> None:
    for name, octets in (found or members(kind)).items():
        inbox.put(name, octets)


def test_files_without_an_archive_are_read_as_its_members_are(inbox: Inbox) -> None:
    for kind in HEADERS:
        loose(inbox, kind)

    bundle = inbox.bundle()

    assert (bundle.run, bundle.missing) == (47, ())
    assert len(bundle.files) == 4 + 3 + 6
    assert delta_of(bundle, BLACK)[0].name == f"{T}_blacklist_delta_41_47_blocked.csv"


def test_files_without_an_archive_wait_for_each_other(inbox: Inbox) -> None:
    loose(inbox, "blacklist", members("blacklist", without=["changed"]))
    loose(inbox, "exceptions_op1", {f"{T}_exceptions_op1.csv": ADDED})

    reading = inbox.read()

    assert reading.bundles == ()
    assert len(reading.waiting) == 4
    assert reading.faults == {}


def test_an_archive_counts_before_the_files_that_somebody_unpacked(inbox: Inbox) -> None:
    put_all(inbox)
    loose(inbox, "blacklist")

    reading = inbox.read()

    assert len(reading.replaced) == 4
    assert len(reading.bundles[0].files) == 3


def test_a_damaged_file_without_an_archive_is_named(inbox: Inbox) -> None:
    loose(inbox, "blacklist", members("blacklist", {"blocked": b""}))

    said = inbox.fault(f"{T}_blacklist_delta_41_47_blocked.csv")

    assert said == f"{T}_blacklist_delta_41_47_blocked.csv is empty: not even a header"


def test_a_file_that_came_again_replaces_the_one_before(inbox: Inbox) -> None:
    inbox.put(f"{T}_blacklist.zip", b"damaged")
    whole = inbox.zip(f"{T}_blacklist.zip", members("blacklist"))
    inbox.files[-1] = type(whole)(
        whole.name, whole.path, whole.sha256, whole.octets, NOW + timedelta(hours=1)
    )

    bundle = inbox.bundle()

    assert bundle.files == (inbox.files[-1],)


@pytest.mark.parametrize(
    ("name", "is_wanted"),
    [
        (f"{T}_blacklist.zip", True),
        (f"{T}_BLACKLIST.ZIP", True),
        (f"{T}_exceptions_op1.zip", True),
        (f"{T}_exceptions_OP1.zip", True),
        (f"{T}_notifications_op1.zip", True),
        (f"{T}_blacklist.csv", True),
        (f"{T}_exceptions_op1_delta_-1_47_added.csv", True),
        (f"{T}_blacklist_delta_41_47.csv", True),
        (f"{T}_exceptions_op10.zip", False),
        (f"{T}_exceptions_op.zip", False),
        (f"{T}_exceptions_op1_.zip", False),
        (f"{T}_exceptions.zip", False),
        (f"{T}_exceptions_op10_delta_41_47_added.csv", False),
        (f"{T}_blacklist_op1.zip", False),
        (f"{T}_blacklist.zip.part", False),
        (f"../{T}_blacklist.zip", False),
        (f"{T}_blacklist.zip\n", False),
        ("2025010_000302_blacklist.zip", False),
        ("٢٠٢٥٠١٠٢_000302_blacklist.zip", False),
        (f"{T}_blacklist_delta_41_{'9' * 30}.csv", False),
    ],
)
def test_only_our_own_files_are_wanted(name: str, is_wanted: bool) -> None:  # noqa: FBT001
    assert FORMAT.wants(name, registry("dirbs")) == is_wanted


def test_a_foreign_file_is_refused_where_somebody_brought_it(inbox: Inbox) -> None:
    inbox.zip(f"{T}_exceptions_op10.zip", {})

    assert inbox.fault(f"{T}_exceptions_op10.zip").endswith("is no list of the operator op1")


def test_a_day_that_there_is_not_is_refused(inbox: Inbox) -> None:
    inbox.zip("20250230_000302_blacklist.zip", members("blacklist"))

    assert "is no day and time" in inbox.fault("20250230_000302_blacklist.zip")


def sha256_of(inbox: Inbox) -> str:
    return inbox.bundle().deliveries[BLACK].sha256


def test_a_list_that_is_packed_anew_has_the_same_hash(inbox: Inbox, tmp_path: Path) -> None:
    said = members("blacklist", {"blocked": BLOCKED})
    inbox.zip(f"{T}_blacklist.zip", said)
    again, loose = (Inbox(tmp_path / name, "dirbs") for name in ("again", "loose"))
    for each in (again, loose):
        each.directory.mkdir()
    again.put(
        f"{T}_blacklist.zip", zipped(dict(reversed(said.items())), method=zipfile.ZIP_DEFLATED)
    )
    for name, octets in said.items():
        loose.put(name, octets)
    assert sha256_of(inbox) == sha256_of(again) == sha256_of(loose)
    assert inbox.bundle().sha256 != again.bundle().sha256


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(members("blacklist", {"blocked": BLOCKED + b"\r\n"}), id="another line"),
        pytest.param(members("blacklist", {"changed": BLOCKED}), id="another file"),
        pytest.param(members("blacklist", {"blocked": BLOCKED}, full=None), id="one fewer"),
    ],
)
def test_a_list_that_says_something_else_has_another_hash(
    inbox: Inbox, tmp_path: Path, other: dict[str, bytes]
) -> None:
    inbox.zip(f"{T}_blacklist.zip", members("blacklist", {"blocked": BLOCKED}))
    changed = Inbox(tmp_path / "changed", "dirbs")
    changed.directory.mkdir()
    changed.zip(f"{T}_blacklist.zip", other)
    assert sha256_of(inbox) != sha256_of(changed)
