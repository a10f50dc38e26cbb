"""The daily cap: who comes into force when, through everything that later runs say."""

from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from eir.lists.guarded import Guarded
from eir.lists.subjects import Kind
from eir.registry.applying.compared import Circumstances
from eir.registry.applying.comparing import compare
from eir.registry.applying.pacing import Pace, keep_days, put_off, tend
from eir.registry.bundle import Bundle, Does
from eir.registry.planning.chain import Way
from eir.store.journal import Record
from eir.store.layout import Truth
from eir.store.verify import verify
from tests.eir.registry.runs import (
    BLACK,
    NAME,
    NOW,
    bundle,
    configured,
    delivery,
    imei,
    listed,
    open_writer,
    part,
    there,
)

ZONE = ZoneInfo("Asia/Karachi")


def take(
    path: Path, run: Bundle, way: Way = Way.FULL, *, most: int | None = 2, days: int = 0
) -> int:
    """Apply a run some days from now; return how many were put off. None: there is no cap."""
    config, registry = configured(path, f'timezone = "{ZONE}"')
    now = NOW + timedelta(days=days)
    with open_writer(config) as writer:
        at = Circumstances(registry, _nothing(), now, lambda _n, _o: None)
        found = compare(writer, run, BLACK, way, at)
        keep_days(writer, found, now)
        late = 0
        if most is None:
            tend(writer, found, Pace(0, ZONE, now))
        else:
            late = put_off(writer, found, Pace(most, ZONE, now))
        for name, changes in found.changes.items():
            writer.note(name, changes)
        writer.commit(Record(version=0, at=now.isoformat(), author="test"))
    verify(config.store.path)
    return late


def _nothing() -> Guarded:
    return Guarded((), 0)


def days(path: Path) -> dict[int, int]:
    """Give by the number of an equipment on which day it comes into force: 0 is today."""
    found = {}
    for key, (_, effective) in there(configured(path)[0]).items():
        if effective is None:
            found[int(key[-6:])] = 0
        else:
            day = datetime.fromtimestamp(effective, ZONE)
            assert (day.hour, day.minute, day.second) == (0, 0, 0)
            found[int(key[-6:])] = (day.date() - NOW.astimezone(ZONE).date()).days
    return found


def test_what_is_beyond_the_cap_comes_on_later_days_in_the_order_of_identities(
    tmp_path: Path,
) -> None:
    assert take(tmp_path, bundle(1, delivery(BLACK, listed(5, 4, 3, 2, 1)))) == 3
    assert days(tmp_path) == {1: 0, 2: 0, 3: 1, 4: 1, 5: 2}


def test_who_was_blocked_first_by_the_registry_comes_first(tmp_path: Path) -> None:
    text = f"imei,block_date\n{imei(1)},20260103\n{imei(2)},20260101\n{imei(3)},20260102\n"
    take(tmp_path, bundle(1, delivery(BLACK, text)), most=1)
    found = days(tmp_path)
    assert found[2] < 0  # its own day, which is past
    assert (found[3], found[1]) == (1, 2)


def test_who_was_put_off_keeps_the_day_whatever_later_runs_say(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3, 4))))
    changed = f"imei,reason\n{imei(1)},a\n{imei(2)},a\n{imei(3)},b\n{imei(4)},\n"
    assert take(tmp_path, bundle(2, delivery(BLACK, changed))) == 0
    assert days(tmp_path) == {1: 0, 2: 0, 3: 1, 4: 1}
    assert there(configured(tmp_path)[0])[imei(3)][0] == "b"
    change = delivery(BLACK, None, part(changed.replace(",b", ",c"), Does.CHANGE), base=2)
    take(tmp_path, bundle(3, change), Way.DELTA)
    assert days(tmp_path) == {1: 0, 2: 0, 3: 1, 4: 1}
    assert there(configured(tmp_path)[0])[imei(3)][0] == "c"


def test_places_of_a_day_are_given_once(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3))))
    assert take(tmp_path, bundle(2, delivery(BLACK, listed(1, 2, 3, 4, 5)))) == 2
    assert days(tmp_path) == {1: 0, 2: 0, 3: 1, 4: 1, 5: 2}


def test_on_the_next_day_there_are_new_places(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3))))
    assert take(tmp_path, bundle(2, delivery(BLACK, listed(1, 2, 3, 4, 5))), days=1) == 1
    assert days(tmp_path) == {1: 0, 2: 0, 3: 0, 4: 0, 5: 2}  # 3 has come, and has a place of today


def test_who_is_unblocked_frees_a_place(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3, 4))))
    gone = delivery(BLACK, None, part(listed(3), Does.REMOVE), base=1)
    take(tmp_path, bundle(2, gone), Way.DELTA)
    take(tmp_path, bundle(3, delivery(BLACK, listed(1, 2, 4, 9))))
    assert days(tmp_path) == {1: 0, 2: 0, 4: 1, 9: 1}


def test_who_comes_back_waits_again(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3, 4))))
    take(tmp_path, bundle(2, delivery(BLACK, listed(1, 2))))
    take(tmp_path, bundle(3, delivery(BLACK, listed(1, 2, 3))))
    assert days(tmp_path) == {1: 0, 2: 0, 3: 1}


def days_kept(path: Path) -> int:
    """Count the equipment whose day is remembered."""
    with open_writer(configured(path)[0]) as writer:
        return writer.entries(Truth(BLACK, NAME).paced(Kind.EQUIPMENT))


def test_who_comes_back_once_there_is_no_cap_is_blocked_at_once(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3, 4))))
    take(tmp_path, bundle(2, delivery(BLACK, listed(1, 2, 4))), most=None)
    assert days_kept(tmp_path) == 3
    take(tmp_path, bundle(3, delivery(BLACK, listed(1, 2, 3, 4))), most=None)
    changed = part(f"imei,reason\n{imei(3)},b\n", Does.CHANGE)
    take(tmp_path, bundle(4, delivery(BLACK, None, changed, base=3)), Way.DELTA, most=None)
    assert days(tmp_path) == {1: 0, 2: 0, 3: 0, 4: 1}


def test_who_was_put_off_keeps_the_day_although_there_is_no_cap_any_more(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3))))
    changed = part(f"imei,reason\n{imei(3)},b\n", Does.CHANGE)
    take(tmp_path, bundle(2, delivery(BLACK, None, changed, base=1)), Way.DELTA, most=None)
    assert days(tmp_path) == {1: 0, 2: 0, 3: 1}


def test_days_that_have_passed_are_forgotten_without_a_cap_too(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3))))
    take(tmp_path, bundle(2, delivery(BLACK, listed(1, 2, 3, 4))), most=None, days=2)
    assert days_kept(tmp_path) == 0
    assert days(tmp_path) == {1: 0, 2: 0, 3: 0, 4: 0}


def test_a_day_is_kept_only_where_the_entry_waits_for_it(tmp_path: Path) -> None:
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3))))
    config, registry = configured(tmp_path, f'timezone = "{ZONE}"')
    changed = delivery(BLACK, None, part(f"imei,reason\n{imei(3)},b\n", Does.CHANGE), base=1)
    with open_writer(config) as writer:  # as somebody without a cap, or by hand, may have it
        at = Circumstances(registry, _nothing(), NOW, lambda _n, _o: None)
        found = compare(writer, bundle(2, changed), BLACK, Way.DELTA, at)
        for name, changes in found.changes.items():
            writer.note(name, changes)
        writer.commit(Record(version=0, at=NOW.isoformat(), author="test"))
    changed = delivery(BLACK, None, part(f"imei,reason\n{imei(3)},c\n", Does.CHANGE), base=2)
    take(tmp_path, bundle(3, changed), Way.DELTA)
    assert days(tmp_path) == {1: 0, 2: 0, 3: 0}


def test_malformed_identities_count_like_others(tmp_path: Path) -> None:
    config = configured(tmp_path)[0]
    take(tmp_path, bundle(1, delivery(BLACK, "imei\n0010*#A\n0010*#B\n" + imei(1) + "\n")), most=1)
    effective = {key: when for key, (_, when) in there(config).items()}
    assert effective[imei(1)] is None
    assert effective["0010*#A"] is not None
    assert effective["0010*#B"] == effective["0010*#A"] + 86_400


@pytest.mark.parametrize(("most", "late"), [(1, 4), (5, 0), (1000, 0)])
def test_a_cap_may_be_small_or_large(tmp_path: Path, most: int, late: int) -> None:
    run = bundle(1, delivery(BLACK, listed(1, 2, 3, 4, 5)))
    assert take(tmp_path, run, most=most) == late


def test_days_are_those_of_the_zone() -> None:
    pace = Pace(1, ZONE, datetime.fromisoformat("2026-01-15T20:00:00+00:00"))
    assert pace.day(0) == datetime(2026, 1, 16, tzinfo=ZONE).timestamp()
    assert pace.day(3) == datetime(2026, 1, 19, tzinfo=ZONE).timestamp()


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Pacific/Kiritimati", "Asia/Karachi"])
def test_no_day_comes_after_the_last_one_that_can_be_written(zone: str) -> None:
    pace = Pace(1, ZoneInfo(zone), NOW)
    for number in (2_912_500, 3_000_000, 10**12):
        assert pace.day(number) == pace.last
    near_the_end = Pace(1, ZoneInfo(zone), datetime(9999, 12, 29, tzinfo=ZoneInfo(zone)))
    assert list(islice(near_the_end.days(), 3)) == [pace.last - 86_400, pace.last, pace.last]
    for shown in ("Etc/GMT+12", "Pacific/Kiritimati"):
        assert datetime.fromtimestamp(pace.last, ZoneInfo(shown)).year == 9999


def test_what_would_come_after_the_last_day_comes_on_it(tmp_path: Path) -> None:
    far = (date(9999, 12, 29) - NOW.date()).days
    take(tmp_path, bundle(1, delivery(BLACK, listed(1, 2, 3, 4, 5))), most=1, days=far)
    assert list(days(tmp_path).values()) == [0, *[far + 1] * 4]
