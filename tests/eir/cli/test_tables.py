import pytest

from eir.cli.tables import print_entries, print_links, shown_instant
from eir.links import LinkRow
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


def test_an_error_of_a_peer_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    error = "[red]not markup[/red]" * 9
    print_links([LinkRow(kind="asp", name="stp1", state="DOWN", since="now", last_error=error)])
    assert error in capsys.readouterr().out
