"""The files of each kind of registry, octet by octet where that matters."""

import io
import itertools
import re
import zipfile
from collections.abc import Iterable

import pytest

from tests.tools.registry.delivered import Rows, applied, keyed, members, named, registry, rows
from tools.registry.parcel import Delivery, File
from tools.registry.variants import Variant, with_check_digit
from tools.registry.world import Pair

DAYS = 6
BLACK_EVENTS = {"blocked": "put", "changed": "change", "unblocked": "remove"}
PAIR_EVENTS = {"added": "put", "removed": "remove"}
NOTICE_EVENTS = {
    "new": "put",
    "changed": "change",
    "resolved": "remove",
    "blacklisted": "remove",
    "no_longer_seen": "remove",
}
OPERATIONS = {"put": "add", "change": "update", "remove": "remove"}
EVENTS = {
    "blacklist": (BLACK_EVENTS, ["imei"]),
    "exceptions_op1": (PAIR_EVENTS, ["imei", "imsi", "msisdn"]),
    "notifications_op1": (NOTICE_EVENTS, ["imei", "imsi", "msisdn"]),
}


def zips(delivery: Delivery) -> dict[str, zipfile.ZipFile]:
    return {
        parcel.name: zipfile.ZipFile(io.BytesIO(parcel.octets))
        for parcel in delivery.parcels
        if isinstance(parcel, File)
    }


def test_dirbs_writes_three_zips_with_exactly_their_members() -> None:
    simulated = registry()
    first, second = simulated.deliver(), simulated.deliver()
    base, run = first.run, second.run

    assert {name: archive.namelist() for name, archive in zips(second).items()} == {
        "20250102_000302_blacklist.zip": [
            "20250102_000302_blacklist.csv",
            f"20250102_000302_blacklist_delta_{base}_{run}_blocked.csv",
            f"20250102_000302_blacklist_delta_{base}_{run}_changed.csv",
            f"20250102_000302_blacklist_delta_{base}_{run}_unblocked.csv",
        ],
        "20250102_000302_exceptions_op1.zip": [
            "20250102_000302_exceptions_op1.csv",
            f"20250102_000302_exceptions_op1_delta_{base}_{run}_added.csv",
            f"20250102_000302_exceptions_op1_delta_{base}_{run}_removed.csv",
        ],
        "20250102_000302_notifications_op1.zip": [
            "20250102_000302_notifications_op1.csv",
            f"20250102_000302_notifications_op1_delta_{base}_{run}_new.csv",
            f"20250102_000302_notifications_op1_delta_{base}_{run}_resolved.csv",
            f"20250102_000302_notifications_op1_delta_{base}_{run}_blacklisted.csv",
            f"20250102_000302_notifications_op1_delta_{base}_{run}_no_longer_seen.csv",
            f"20250102_000302_notifications_op1_delta_{base}_{run}_changed.csv",
        ],
    }
    assert first.base == -1
    assert any("_delta_-1_" in name for name in members(first))


def test_dirbs_stores_its_members_uncompressed() -> None:
    for archive in zips(registry().deliver()).values():
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.testzip() is None


def test_dirbs_writes_what_python_writes_a_table_as() -> None:
    delivery = registry().deliver()

    for octets in members(delivery).values():
        assert octets.endswith(b"\r\n")
        assert octets.count(b"\n") == octets.count(b"\r\n")
        assert not octets.startswith(b"\xef\xbb\xbf")
    black = named(delivery, "blacklist.csv")
    assert black.startswith(b"imei,block_date,reasons\r\n")
    assert b',"Duplicate IMEI, cloned' in black
    assert named(delivery, "exceptions_op1.csv").startswith(b"imei,imsi,msisdn\r\n")
    header = b"imei,imsi,msisdn,block_date,reasons\r\n"
    assert named(delivery, "notifications_op1.csv").startswith(header)
    assert named(delivery, "notifications", "_new").startswith(header)
    for row in rows(black):
        assert re.fullmatch(r"20\d{6}", row["block_date"])
        assert row["reasons"].split("|") == sorted(row["reasons"].split("|"))


def test_dirbs_with_amnesty_says_so_in_its_notifications() -> None:
    octets = named(registry("dirbs", Variant.AMNESTY).deliver(), "notifications_op1.csv")

    assert {row["amnesty_granted"] for row in rows(octets)} == {"True"}


def test_dirbs_before_version_12_has_no_numbers_in_its_exceptions() -> None:
    simulated = registry("dirbs", Variant.TWO_COLUMNS, size=400)
    octets = named(simulated.deliver(), "exceptions_op1.csv")

    assert octets.startswith(b"imei,imsi\r\n")
    assert set(keyed(rows(octets), "imei", "imsi")) == {
        pair[:2] for pair in simulated.world.exceptions("op1")
    }


def test_dirbs_may_restrict_its_full_exceptions_and_not_its_deltas() -> None:
    simulated = registry("dirbs", Variant.RESTRICTED, size=400)
    delivery = simulated.deliver()
    full = rows(named(delivery, "exceptions_op1.csv"))
    delta = rows(named(delivery, "exceptions_op1_delta_", "_added"))

    assert 0 < len(full) < len(delta)
    assert {row["imei"] for row in full} <= set(simulated.world.blacklist)
    assert {Pair(**row) for row in delta} == set(simulated.world.exceptions("op1"))


def test_dirbs_without_full_lists_has_its_deltas_only() -> None:
    delivery = registry().deliver("no-full")

    assert [len(archive.namelist()) for archive in zips(delivery).values()] == [3, 2, 5]
    assert all("_delta_" in name for name in members(delivery))


def test_dirbs_unzipped_is_its_members() -> None:
    packed, loose = registry().deliver(), registry("dirbs", Variant.UNZIPPED).deliver()

    assert members(packed) == members(loose)
    assert {parcel.name for parcel in loose.parcels} == set(members(loose))


def test_dirbs_of_old_says_in_a_column_what_it_says_in_names_now() -> None:
    new, old = registry(), registry("dirbs", Variant.SINGLE_FILE)
    for _ in range(DAYS):
        new_delivery, old_delivery = new.deliver(), old.deliver()
        for listing, (events, _) in EVENTS.items():
            (name,) = (n for n in members(old_delivery) if f"{listing}_delta_" in n)
            told = sorted(tuple(row.values()) for row in rows(members(old_delivery)[name]))
            assert told == sorted(
                (*row.values(), event)
                for event in events
                for row in rows(named(new_delivery, f"{listing}_delta_", f"_{event}.csv"))
            )
            assert re.fullmatch(r"\d{8}_\d{6}_\w+_delta_(-1|\d+)_\d+\.csv", name)


def test_dirbs_writes_its_truth() -> None:
    simulated = registry()
    for _ in range(DAYS):
        delivery = simulated.deliver()
        blacklist = rows(named(delivery, "blacklist.csv"))
        exceptions = rows(named(delivery, "exceptions_op1.csv"))
        known = simulated.truth(delivery.run)

        assert {row["imei"] for row in blacklist} == set(known.blacklist)
        assert {Pair(**row) for row in exceptions} == set(known.exceptions("op1"))
        for row in blacklist:
            block = known.blacklist[row["imei"]]
            assert row["block_date"] == block.since.strftime("%Y%m%d")
            assert tuple(row["reasons"].split("|")) == block.reasons


def test_fifteen_digits_are_written_of_what_is_an_imei_only() -> None:
    delivery = registry("dirbs", Variant.CHECK_DIGIT, size=300).deliver()
    lengths = {len(row["imei"]) for row in rows(named(delivery, "blacklist.csv"))}

    assert 15 in lengths
    assert lengths - {15}
    assert {len(row["imei"]) for row in rows(named(delivery, "exceptions_op1.csv"))} == {15}


@pytest.mark.parametrize(
    ("imei", "whole"),
    [("49015420323751", "490154203237518"), ("00100199A00003", "00100199A00003"), ("12", "12")],
)
def test_the_check_digit_is_that_of_luhn(imei: str, whole: str) -> None:
    assert with_check_digit(imei) == whole


def dirbs_delta(delivery: Delivery, listing: str) -> Iterable[tuple[str, Rows]]:
    for event, operation in EVENTS[listing][0].items():
        yield operation, rows(named(delivery, f"{listing}_delta_", f"_{event}.csv"))


@pytest.mark.parametrize("listing", EVENTS)
def test_dirbs_deltas_lead_from_each_full_list_to_the_next(listing: str) -> None:
    simulated, columns = registry(), EVENTS[listing][1]
    fulls = [keyed(rows(named(simulated.deliver(), f"{listing}.csv")), *columns)]
    for _ in range(30):
        delivery = simulated.deliver()
        fulls.append(keyed(rows(named(delivery, f"{listing}.csv")), *columns))

        assert applied(fulls[-2], dirbs_delta(delivery, listing), *columns) == fulls[-1]
    assert len({frozenset(full) for full in fulls}) > 20


def test_dirbs_says_why_a_notice_is_gone() -> None:
    simulated, words = registry(), set()
    for _ in range(40):
        delivery = simulated.deliver()
        known = simulated.truth(delivery.run)
        for event in NOTICE_EVENTS:
            for row in rows(named(delivery, "notifications_op1_delta_", f"_{event}.csv")):
                pair = Pair(row["imei"], row["imsi"], row["msisdn"])
                words.add(event)
                assert (event == "blacklisted") == (pair.imei in known.blacklist)
                assert (event == "resolved") == (pair in known.pairs)
                assert (event in {"new", "changed"}) == (pair in known.notices)

    assert words == set(NOTICE_EVENTS)


@pytest.mark.parametrize("listing", EVENTS)
def test_dirbs_catch_up_deltas_lead_to_the_same_members(listing: str) -> None:
    """What was taken off and put on again may say something else: it folds to nothing."""
    columns = EVENTS[listing][1]
    simulated, stale = registry(), 0
    earlier = [simulated.deliver() for _ in range(4)]
    for _ in range(25):
        delivery = simulated.deliver("catch-up")
        base = keyed(rows(named(earlier[-3], f"{listing}.csv")), *columns)
        led_to = applied(base, dirbs_delta(delivery, listing), *columns)
        full = keyed(rows(named(delivery, f"{listing}.csv")), *columns)

        assert delivery.base == earlier[-3].run
        assert set(led_to) == set(full)
        stale += led_to != full
        earlier.append(delivery)
    assert listing != "blacklist" or stale


def said(delta: Rows, word: str) -> Rows:
    """Give the lines with an operation, without it."""
    return [
        {name: cell for name, cell in row.items() if name != "op"}
        for row in delta
        if row["op"] == word
    ]


@pytest.mark.parametrize("listing", ["prohibited", "exception", "tracking"])
def test_csv_deltas_lead_from_each_full_list_to_the_next(listing: str) -> None:
    simulated = registry("csv")
    columns = ["imei", "imsi", "msisdn"] if listing == "exception" else ["imei"]
    first = simulated.deliver()
    before = keyed(rows(named(first, f"{listing}_full_{first.run}.csv")), *columns)
    for last, delivery in itertools.pairwise([first, *(simulated.deliver() for _ in range(DAYS))]):
        delta = rows(named(delivery, f"{listing}_delta_{last.run}_{delivery.run}.csv"))
        parts = [(operation, said(delta, word)) for operation, word in OPERATIONS.items()]
        after = keyed(rows(named(delivery, f"{listing}_full_{delivery.run}.csv")), *columns)

        assert applied(before, parts, *columns) == after
        before = after


def test_csv_has_three_lists_with_full_and_delta() -> None:
    delivery = registry("csv").deliver()
    run = delivery.run

    assert set(members(delivery)) == {
        f"{listing}_{rest}.csv"
        for listing in ("prohibited", "exception", "tracking")
        for rest in (f"full_{run}", f"delta_-1_{run}")
    }
    assert named(delivery, "prohibited_full").startswith(b"imei,reason,effective\n")
    assert named(delivery, "prohibited_delta").startswith(b"imei,reason,effective,op\n")


def test_csv_zipped_is_one_file_named_after_its_run() -> None:
    delivery = registry("csv", Variant.ZIPPED).deliver()

    assert [parcel.name for parcel in delivery.parcels] == [f"lists_{delivery.run}.zip"]
    assert members(delivery) == members(registry("csv").deliver())


def test_gl_files_have_the_headers_and_names_of_gl() -> None:
    simulated = registry("gl-ceir")
    simulated.deliver()
    delivery = simulated.deliver()

    assert delivery.run == 20250101  # the first day of the window, not the day of the run
    assert {name: octets.split(b"\n")[0] for name, octets in members(delivery).items()} == {
        "BlackList_Full_20250101.csv": b"Device ID",
        "BlackList_Incremental_20250101.csv": b"Device Id,Operation",
        "GreyList_Full_20250101.csv": b"Device ID",
        "GreyList_Incremental_20250101.csv": b"Device ID,Operation",
    }
    assert all(b"\r" not in octets for octets in members(delivery).values())


@pytest.mark.parametrize("colour", ["BlackList", "GreyList"])
def test_gl_incrementals_lead_from_each_full_list_to_the_next(colour: str) -> None:
    simulated = registry("gl-ceir")
    before = {row["Device ID"] for row in rows(named(simulated.deliver(), f"{colour}_Full"))}
    for _ in range(DAYS):
        delivery = simulated.deliver()
        for line in named(delivery, f"{colour}_Incremental").decode().splitlines()[1:]:
            device, operation = line.split(",")
            assert (device in before) == (operation != "Add")
            before = before - {device} if operation == "Delete" else before | {device}

        assert before == {row["Device ID"] for row in rows(named(delivery, f"{colour}_Full"))}


def test_gl_tells_in_no_order_what_happened_to_a_device() -> None:
    simulated = registry("gl-ceir", size=400)
    for _ in range(10):
        simulated.deliver()
        delivery = simulated.deliver("catch-up")
        devices = [line.split(b",")[0] for line in named(delivery, "BlackList_Inc").splitlines()]
        if len(set(devices)) < len(devices):
            assert devices[1:] == sorted(devices[1:])
            return
    raise AssertionError("no device came twice")


def test_gl_says_of_an_empty_list_that_there_are_no_data() -> None:
    delivery = registry("gl-ceir").deliver("sentinel")

    assert named(delivery, "BlackList_Full") == b"Message\nNo data available in BlackList."
    assert named(delivery, "GreyList_Incr") == b"Message\nNo data available in GreyList."


def test_lsds_deltas_block_and_unblock_what_its_full_list_says() -> None:
    simulated = registry("lsds")
    stolen = dict.fromkeys(blocked(simulated.deliver()))
    words = set()
    for _ in range(DAYS):
        delivery = simulated.deliver()
        for row in rows(named(delivery, "StolenDeltaList")):
            words.add((row["status"], row["change_type"]))
            stolen.pop(row["imei"], None)
            if row["status"] == "blacklist" and row["change_type"] != "remove":
                stolen[row["imei"]] = None

        assert set(stolen) == blocked(delivery)
        assert set(stolen) == {
            imei
            for imei in simulated.truth(delivery.run).blacklist
            if len(imei) == 14 and imei.isdecimal()
        }
    assert words == {
        ("pending", "add"),
        ("pending", "update"),
        ("blacklist", "update"),
        ("recovered", "remove"),
    }


def blocked(delivery: Delivery) -> set[str]:
    return {
        row["imei"]
        for row in rows(named(delivery, "StolenFullList"))
        if row["status"] == "blacklist"
    }


def test_lsds_files_are_named_by_american_dates() -> None:
    delivery = registry("lsds").deliver()

    assert set(members(delivery)) == {
        "StolenFullList01-01-2025T000302.csv",
        "StolenDeltaList01-01-2025T000302.csv",
    }
    assert delivery.run == 20250101000302
    assert named(delivery, "Full").startswith(b"imei,reporting_date,status\n")
    assert named(delivery, "Delta").startswith(b"imei,reporting_date,status,change_type\n")


def test_dps_deltas_are_two_files_that_lead_from_each_list_to_the_next() -> None:
    simulated = registry("dps", size=300)
    before = {(row["imei"], row["imsi"]) for row in rows(named(simulated.deliver(), "Complete"))}
    for _ in range(DAYS):
        delivery = simulated.deliver()
        added, removed = (rows(named(delivery, f"{word}_Pair_List")) for word in ("ADD", "REMOVE"))
        before |= {(row["imei"], row["imsi"]) for row in added}
        before -= {(row["imei"], row["imsi"]) for row in removed}

        complete = rows(named(delivery, "Pair_List_Complete"))
        assert before == {(row["imei"], row["imsi"]) for row in complete}
        assert {row["change_type"] for row in added} <= {"add"}
        assert {row["change_type"] for row in removed} <= {"remove"}


def test_dps_files_are_named_by_their_time() -> None:
    assert set(members(registry("dps").deliver())) == {
        "Pair_List_Complete_2025-01-01_00-03-02.csv",
        "ADD_Pair_List_2025-01-01_00-03-02.csv",
        "REMOVE_Pair_List_2025-01-01_00-03-02.csv",
    }
