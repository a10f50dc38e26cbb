"""Names and columns as such registries write them; every sample row is made up."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.lists.names import ListName
from eir.registry.bundle import Does
from eir.registry.formats.lsds import FORMAT, _changes
from tests.eir.lists.reading import read
from tests.eir.registry.formats.deliveries import Inbox, delta_of, lines_of, registry

BLACK = ListName.PROHIBITED
FULL, DELTA = "StolenFullList01-31-2025T000302.csv", "StolenDeltaList02-01-2025T000302.csv"
HEADER = b"imei,reporting_date,status,change_type\n"
A, B = b"00100199000001", b"00100199000002"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path, "lsds")


def changed(inbox: Inbox, octets: bytes) -> bytes:
    inbox.put(DELTA, HEADER + octets)
    (part,) = delta_of(inbox.bundle(), BLACK)
    return lines_of(part)


def test_runs_sort_as_time_does_and_not_as_names_do(inbox: Inbox) -> None:
    for name in (
        FULL,
        "StolenFullList12-31-2024T235959.csv",
        "StolenFullList02-01-2025T000000.csv",
    ):
        inbox.put(name, b"imei,reporting_date,status\n")

    bundles = inbox.read().bundles

    assert [each.run for each in bundles] == [20241231235959, 20250131000302, 20250201000000]
    assert [each.stamp for each in bundles] == sorted(each.stamp for each in bundles)
    assert all(each.dated for each in bundles)


def test_only_what_is_blacklisted_is_blocked(inbox: Inbox) -> None:
    inbox.put(
        FULL,
        b"imei,reporting_date,status\n"
        b"00100199000001,20250101,blacklist\n"
        b"00100199000002,20250101,pending\n"
        b"00100199000003,20250101,\n"
        b"00100199000004,20250101,recovered\n"
        b"00100199000005,,Blacklist \n",
    )

    part = inbox.bundle().deliveries[BLACK].full

    assert lines_of(part) == (
        b"imei,effective,reason\n"
        b"00100199000001,20250101,stolen\n"
        b"\n"
        b"00100199000003,20250101,stolen\n"
        b"\n"
        b"00100199000005,,stolen\n"
    )
    assert part
    assert part.selects


def test_columns_may_be_in_any_order(inbox: Inbox) -> None:
    inbox.put(FULL, b"STATUS,imei,Reporting_Date\r\nblacklist,00100199000001,20250101\r\n")

    found = lines_of(inbox.bundle().deliveries[BLACK].full)

    assert found == b"imei,effective,reason\n00100199000001,20250101,stolen\n"


@pytest.mark.parametrize(
    ("status", "change", "op"),
    [
        (b"blacklist", b"add", b"add"),
        (b"blacklist", b"update", b"update"),
        (b"", b"Add", b"Add"),
        (b"pending", b"add", b"remove"),
        (b"pending", b"update", b"remove"),
        (b"recovered", b"remove", b"remove"),
        (b"blacklist", b"remove", b"remove"),
    ],
)
def test_a_line_puts_on_the_list_or_takes_off(
    inbox: Inbox, status: bytes, change: bytes, op: bytes
) -> None:
    octets = changed(inbox, b"%b,20250101,%b,%b\n" % (A, status, change))

    assert octets == b"imei,effective,reason,op\n%b,20250101,stolen,%b\n" % (A, op)


def test_what_changed_stands_on_no_base_and_tells_of_all(inbox: Inbox) -> None:
    inbox.put(DELTA, HEADER)
    delta = inbox.bundle().deliveries[BLACK].delta

    assert delta
    assert (delta.base, delta.unordered, delta.tells_all) == (None, False, True)
    assert delta.parts[0].does is Does.SAID


@pytest.mark.parametrize("line", [b"%b,20250101,pending,drop", b"%b,20250101,pending", b"x,,,add"])
def test_a_wrong_line_stays_wrong(inbox: Inbox, line: bytes) -> None:
    found = read(changed(inbox, line.replace(b"%b", A).replace(b"x", b"1" * 17) + b"\n"))

    assert [fault.line for fault in found.faults] == [2]


def test_of_several_lines_about_one_phone_the_last_counts(inbox: Inbox) -> None:
    octets = changed(
        inbox,
        b"00100199000001,20250101,pending,add\n"
        b"00100199000002,20250101,blacklist,add\n"
        b"001001990000019,20250101,blacklist,update\n"
        b"'00100199000001,20250101,recovered,remove\n"
        b"00100199A1,20250101,blacklist,add\n"
        b"00100199a1,20250101,recovered,remove\n",
    )

    found = read(octets)

    assert found.lines == [3, 5, 7]
    assert [entry is None for entry in found.entries] == [False, True, True]


def test_it_is_the_last_one_each_time_the_file_is_read(inbox: Inbox) -> None:
    inbox.put(DELTA, HEADER + b"%b,,pending,add\n%b,,blacklist,update\n" % (A, A))
    (part,) = delta_of(inbox.bundle(), BLACK)

    assert lines_of(part) == lines_of(part) != b""


def test_lines_without_an_identity_are_not_taken_for_each_other(inbox: Inbox) -> None:
    found = read(changed(inbox, b",,,\n,20250101,blacklist,add\n%b,,blacklist,add\n,,,\n" % A))

    assert [fault.line for fault in found.faults] == [3]
    assert found.lines == [4]


LINES = st.lists(
    st.tuples(
        st.sampled_from([A, B, A + b"0", b"00100199A1"]),
        st.sampled_from([b"blacklist", b"pending", b""]),
        st.sampled_from([b"add", b"update", b"remove"]),
    ),
    max_size=12,
)


@given(LINES)
def test_it_comes_to_the_same_as_line_after_line(lines: list[tuple[bytes, bytes, bytes]]) -> None:
    header = ("imei", "reporting_date", "status", "change_type")
    octets = HEADER + b"".join(b"%b,,%b,%b\n" % line for line in lines)
    wanted = {
        imei[:14]: change != b"remove" and status in (b"blacklist", b"")
        for imei, status, change in lines
    }

    with _changes(lambda: io.BytesIO(octets), header)() as source:
        found = read(source.read())

    assert len(found.rows) == len(wanted)
    assert sum(entry is not None for entry in found.entries) == sum(wanted.values())


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        (FULL, HEADER),
        (DELTA, b"imei,reporting_date,status\n"),
        ("StolenFullList02-30-2025T000000.csv", b"imei,reporting_date,status\n"),
        ("StolenFullList31-01-2025T000000.csv", b"imei,reporting_date,status\n"),
        (FULL, b""),
    ],
)
def test_what_is_wrong_is_refused(inbox: Inbox, name: str, octets: bytes) -> None:
    inbox.put(name, octets)

    assert inbox.fault(name)


@pytest.mark.parametrize(
    ("name", "is_wanted"),
    [
        (FULL, True),
        (DELTA, True),
        ("StolenFullList2025-01-31T000302.csv", False),
        ("StolenList01-31-2025T000302.csv", False),
        (f"{FULL}.part", False),
    ],
)
def test_lists_of_an_instant_are_wanted(name: str, is_wanted: bool) -> None:  # noqa: FBT001
    assert FORMAT.wants(name, registry("lsds")) == is_wanted
