"""Faults in lines do what they say, and nothing else."""

import pytest

from tests.tools.registry.delivered import changed, lines, members, named, rows, struck
from tools.registry.days import FORMATS
from tools.registry.parcel import Delivery
from tools.registry.world import PROTECTED


@pytest.mark.parametrize("form", FORMATS)
def test_duplicate_lines(form: str) -> None:
    case = struck("duplicate-lines", form)

    assert changed(case)
    for name in changed(case):
        right, wrong = lines(members(case.right)[name]), lines(members(case.wrong)[name])
        assert len(wrong) == len(right) + min(3, len(right) - 1)
        assert list(dict.fromkeys(wrong)) == right


def test_conflicting_lines() -> None:
    case = struck("conflicting-lines")

    for part in ("blacklist.csv", "_blocked.csv"):
        *rest, last = rows(named(case.wrong, part))
        (same,) = (row for row in rest if row["imei"] == last["imei"][:14])
        assert len(last["imei"]) == 15
        assert last["block_date"] != same["block_date"]
        assert rest == rows(named(case.right, part))


@pytest.mark.parametrize("form", ["dirbs", "csv", "gl-ceir"])
def test_blocked_and_unblocked(form: str) -> None:
    case = struck("blocked-and-unblocked", form)
    text = "".join(members(case.wrong)[name].decode() for name in changed(case))
    extra = set(text.splitlines()) - set(
        "".join(members(case.right)[name].decode() for name in changed(case)).splitlines()
    )
    (line,) = extra
    imei = line.split(",")[0]
    delta = b"".join(octets for name, octets in members(case.wrong).items() if "Full" not in name)

    assert len(changed(case)) == 1
    assert delta.count(imei.encode()) >= 2


@pytest.mark.parametrize(("fault", "count"), [("unknown-removal", 1), ("unknown-removals", 50)])
@pytest.mark.parametrize("form", FORMATS)
def test_unknown_removals(fault: str, count: int, form: str) -> None:
    case = struck(fault, form, size=400)
    (name,) = changed(case)
    right, wrong = lines(members(case.right)[name]), lines(members(case.wrong)[name])
    extra = wrong[len(right) :]

    assert wrong[: len(right)] == right
    assert len({line[:14] for line in extra}) == count
    assert all(line.startswith(b"00101799") for line in extra)
    words = (b"remove", b"Delete", b"unblocked")
    assert "unblocked" in name or all(line.endswith(words) for line in extra)


@pytest.mark.parametrize("form", ["dirbs", "csv", "gl-ceir", "lsds"])
def test_known_additions(form: str) -> None:
    case = struck("known-additions", form)
    (name,) = changed(case)
    right, wrong = lines(members(case.right)[name]), lines(members(case.wrong)[name])
    imei = wrong[-1][:14]

    assert wrong[:-1] == right
    assert any(octets.count(imei) for octets in members(case.earlier[-1]).values())


def test_changed_absent() -> None:
    case = struck("changed-absent")
    moved = lines(named(case.right, "_blocked.csv"))[1]

    assert len(changed(case)) == 2
    assert moved not in named(case.wrong, "_blocked.csv")
    assert lines(named(case.wrong, "blacklist_delta", "_changed.csv"))[-1] == moved


def test_drift() -> None:
    case = struck("drift")
    (name,) = changed(case)

    assert name.endswith("_blocked.csv")
    assert len(lines(members(case.right)[name])) - len(lines(members(case.wrong)[name])) == 1


def test_replay_altered() -> None:
    case = struck("replay-altered")
    before, again = members(case.earlier[-1]), members(case.wrong)

    assert before.keys() == again.keys()
    assert sum(before[name] != again[name] for name in before) == 1
    assert case.wrong.run == case.earlier[-1].run


@pytest.mark.parametrize("form", ["dirbs", "csv", "gl-ceir", "lsds"])
def test_protected_in_list(form: str) -> None:
    case = struck("protected-in-list", form)

    assert len(changed(case)) == 2  # the full list and the delta
    for name in changed(case):
        assert lines(members(case.wrong)[name])[-1].startswith(PROTECTED.encode())


def test_future_block_date() -> None:
    case = struck("future-block-date")

    assert len(changed(case)) == 2
    assert rows(named(case.wrong, "_blocked.csv"))[0]["block_date"] == "20991231"


@pytest.mark.parametrize("form", FORMATS)
def test_shrunken_full(form: str) -> None:
    case = struck("shrunken-full", form)

    assert no_delta_builds_on(case.earlier, case.wrong)
    for name, octets in members(case.wrong).items():
        if name in members(case.right) and changed(case) & {name}:
            right = len(lines(members(case.right)[name])) - 1
            assert len(lines(octets)) - 1 == (right + 1) // 2


@pytest.mark.parametrize("form", FORMATS)
def test_empty_full(form: str) -> None:
    case = struck("empty-full", form)

    assert no_delta_builds_on(case.earlier, case.wrong)
    empty = [members(case.wrong)[name] for name in changed(case) if name in members(case.wrong)]
    empty = [octets for octets in empty if octets.count(b"\n") <= 1]
    assert empty
    if form == "gl-ceir":
        assert empty == [b"Message\nNo data available in BlackList."]


def no_delta_builds_on(earlier: list[Delivery], delivery: Delivery) -> bool:
    """Tell whether no delta of a delivery builds on a run there was."""
    runs = {each.run for each in earlier}
    deltas = [name for name in members(delivery) if "elta" in name or "Incr" in name]
    return all(f"_delta_{run}_" not in name for name in deltas for run in runs)


def test_sentinel() -> None:
    case = struck("sentinel", "gl-ceir")

    assert {octets[:25] for octets in members(case.wrong).values()} == {
        b"Message\nNo data available"
    }


@pytest.mark.parametrize(
    ("form", "black", "grey"),
    [
        ("dirbs", "blacklist.csv", "notifications_op1.csv"),
        ("csv", "prohibited_full", "tracking_full"),
        ("gl-ceir", "BlackList_Full", "GreyList_Full"),
    ],
)
def test_grey_as_black(form: str, black: str, grey: str) -> None:
    case = struck("grey-as-black", form)

    assert named(case.wrong, black) == named(case.right, grey)


def test_foreign_imsis() -> None:
    case = struck("foreign-imsis")

    assert all("_exceptions_" in name for name in changed(case))
    for row in rows(named(case.wrong, "exceptions_op1.csv")):
        assert row["imsi"].startswith("99999")


def test_wrong_header() -> None:
    case = struck("wrong-header")

    assert named(case.wrong, "blacklist.csv").startswith(b"serial,block_date,reasons\r\n")
    assert named(case.wrong, "exceptions_op1.csv").startswith(b"serial,imsi,msisdn\r\n")


@pytest.mark.parametrize("form", FORMATS)
def test_truncated_csv(form: str) -> None:
    case = struck("truncated-csv", form)

    assert changed(case)
    for name in changed(case):
        right, wrong = members(case.right)[name], members(case.wrong)[name]
        assert right.startswith(wrong)
        assert len(lines(right)[-1]) - len(lines(wrong)[-1]) < 10 or not wrong.endswith(b"\n")
        assert len(lines(right)) == len(lines(wrong))
