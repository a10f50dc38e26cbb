"""Files that lack another one are kept, until that comes or nobody needs them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.registry.bundle import Delivered
from eir.registry.inbox.lacking import looked_for, made_up_for, overdue, whole
from eir.registry.outcome import Outcome
from eir.registry.report import Drift, ListReport, RunReport
from tests.eir.registry.runs import BLACK, PAIRED, bundle, configured, delivery

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def came(name: str, before: timedelta) -> Delivered:
    return Delivered(name, Path("-"), "0" * 64, 1, NOW - before)


def test_a_file_waits_so_long_and_the_newest_of_its_name_counts() -> None:
    files = [
        came("early.csv", HOUR),
        came("late.csv", HOUR - timedelta(seconds=1)),
        came("again.csv", timedelta(0)),
        came("again.csv", 2 * HOUR),
    ]
    assert list(overdue(files, HOUR, NOW)) == ["early.csv"]


def test_a_list_is_whole_by_its_full_list_or_by_a_delta_that_leads_to_it() -> None:
    lists = (
        ListReport("prohibited", "full"),
        ListReport("exception", "delta", drift=Drift()),
        ListReport("tracking", "delta", drift=Drift(missing=1)),
        ListReport("notification", "delta"),
    )
    assert whole(lists) == {BLACK, PAIRED}


@pytest.mark.parametrize(
    ("since", "names"),
    [
        pytest.param({BLACK: HOUR, PAIRED: HOUR}, ["old.csv"], id="both later"),
        pytest.param({BLACK: HOUR, PAIRED: 3 * HOUR}, [], id="one earlier"),
        pytest.param({BLACK: HOUR, PAIRED: 2 * HOUR}, [], id="together"),
        pytest.param({BLACK: HOUR}, [], id="only one"),
        pytest.param({}, [], id="none"),
    ],
)
def test_full_lists_of_everything_that_came_later_make_up_for_a_file(
    since: dict[ListName, timedelta], names: list[str]
) -> None:
    files = [came("old.csv", 2 * HOUR), came("new.csv", HOUR), came("other.csv", 2 * HOUR)]
    asked = ("prohibited", "exception", "notification")
    whole_since = {name: NOW - before for name, before in since.items()}
    found = made_up_for({"old.csv", "new.csv"}, files, asked, whole_since)
    assert [name for each in found for name in each.files] == names


def test_where_the_registry_has_no_lists_nothing_makes_up_for_a_file() -> None:
    assert made_up_for({"old.csv"}, [came("old.csv", HOUR)], (), {}) == ()


@pytest.mark.parametrize(
    ("held", "waiting", "warns"),
    [(("why",), (), True), ((), ("prohibited.zip",), True), ((), (), False)],
)
def test_who_waits_for_exceptions_is_told_whose_they_would_be(
    tmp_path: Path, held: tuple[str, ...], waiting: tuple[str, ...], *, warns: bool
) -> None:
    _, registry = configured(tmp_path, 'operator = "op9"')
    run = bundle(41, delivery(), missing=(PAIRED,))
    report = RunReport(41, "", run.sha256, Outcome.HELD, held=held)
    warnings = looked_for([run], [report], waiting, registry)
    assert [("run 41" in text, "operator op9" in text) for text in warnings] == [
        (True, True) for _ in range(warns)
    ]
    assert looked_for([bundle(41, delivery())], [report], waiting, registry) == []
