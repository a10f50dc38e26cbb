from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from eir.decision.verdict import Check
from eir.lists.names import ListName
from eir.lists.notified import Notice, Shown, notices
from eir.store.past_view import open_past
from eir.store.reader import ListReader
from tests.eir.lists_loading import load_text

IMEI, OTHER = "00100199000001", "00100199000002"
AT = datetime(2026, 2, 1, tzinfo=UTC).timestamp()

ROWS = f"""imei,imei_to,svn,imsi,msisdn,effective,expires,reason
{IMEI},,,001010000000001,1550000001,20260301,,not registered
{IMEI},,,001010000000002,1550000002,20260301,,not registered
{IMEI},,,,,20260115,,duplicate
{IMEI},,01,,,20260202,,malformed
{IMEI},,,,1550000003,20260120,20260131,over
{IMEI},{OTHER},,,,20260601,,a range
{OTHER},,,,,,,
00100199A00003,,,,,20260302,,malformed
"""


@contextmanager
def serving(path: Path) -> Iterator[Shown]:
    with closing(ListReader(path)) as reader:
        view = reader.begin(0.0)
        yield view
        view.end()


@contextmanager
def as_past(path: Path) -> Iterator[Shown]:
    load_text(path, "imei\n", name=ListName.NOTIFICATION, source="national", allow_empty=True)
    with open_past(path, 2) as view:
        yield view


@pytest.fixture(params=[serving, as_past])
def view(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shown]:
    load_text(tmp_path, f"imei\n{IMEI}\n")
    load_text(tmp_path, ROWS, name=ListName.NOTIFICATION, source="national")
    with request.param(tmp_path) as found:
        yield found


def told(view: Shown, check: Check, at: float = AT) -> list[tuple[str, str]]:
    return [(str(found.on), found.reason) for found in notices(view, check, at, {})]


FIRST = ("2026-01-15", "duplicate")
NOT_REGISTERED = ("2026-03-01", "not registered")
SOFTWARE = ("2026-02-02", "malformed")


def test_everything_in_force_about_an_equipment_is_told_once_by_day(view: Shown) -> None:
    assert told(view, Check(IMEI)) == [FIRST, SOFTWARE, NOT_REGISTERED]
    assert told(view, Check(f"{IMEI}7")) == [FIRST, SOFTWARE, NOT_REGISTERED]
    assert told(view, Check("00100199000009")) == []


@pytest.mark.parametrize(
    ("check", "wanted"),
    [
        (Check(IMEI, imsi="001010000000002"), [FIRST, SOFTWARE, NOT_REGISTERED]),
        (Check(IMEI, imsi="001010000000009"), [FIRST, SOFTWARE]),
        (Check(IMEI, msisdn="1550000001"), [FIRST, SOFTWARE, NOT_REGISTERED]),
        (Check(IMEI, msisdn="1550000009"), [FIRST, SOFTWARE]),
        (Check(IMEI, imsi="001010000000001", msisdn="1550000002"), [FIRST, SOFTWARE]),
        (Check(IMEI, software_version="02"), [FIRST, NOT_REGISTERED]),
    ],
)
def test_a_subscriber_that_is_named_must_fit(
    view: Shown, check: Check, wanted: list[tuple[str, str]]
) -> None:
    assert told(view, check) == wanted


def test_what_has_ended_is_not_told(view: Shown) -> None:
    before = datetime(2026, 1, 30, tzinfo=UTC).timestamp()
    assert ("2026-01-20", "over") in told(view, Check(IMEI), before)
    assert ("2026-01-20", "over") not in told(view, Check(IMEI))


def test_one_without_a_day_is_told_without(view: Shown) -> None:
    assert notices(view, Check(OTHER), AT, {}) == [Notice(None, "national", "", is_due=False)]


def test_a_malformed_identity_may_be_announced_and_one_too_long_is_not(view: Shown) -> None:
    assert told(view, Check("00100199a00003")) == [("2026-03-02", "malformed")]
    assert told(view, Check("0" * 13)) == []
    assert told(view, Check("x" * 17)) == []


def test_a_day_is_counted_as_its_source_does_and_is_due_from_then_on(view: Shown) -> None:
    zones = {"national": ZoneInfo("America/Bogota")}
    day = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    check = Check("00100199A00003")
    (early,) = notices(view, check, day - 1, zones)
    assert (early.on, early.is_due) == (date(2026, 3, 1), False)
    (late,) = notices(view, check, day, zones)
    assert late.is_due
