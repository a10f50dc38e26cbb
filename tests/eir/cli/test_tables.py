import pytest

from eir.cli.tables import print_entries, shown_instant
from eir.lists.names import ListName
from eir.store.rows import Entry
from protocols.identities import Imei


def test_an_instant_is_shown_in_utc() -> None:
    assert shown_instant(86_400) == "1970-01-02T00:00:00Z"
    assert shown_instant(None) == ""


def test_a_reason_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    entry = Entry(ListName.TRACKING, "s", "[red]not markup[/red]" * 9)
    print_entries([(Imei("35209900176148"), entry)])
    assert entry.reason in capsys.readouterr().out
