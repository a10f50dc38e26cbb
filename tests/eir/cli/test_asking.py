import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eir import policy_log
from eir.cli.asking import asking_if, asking_now, asking_past
from eir.cli.settings import Settings
from eir.decision.override import Override
from eir.decision.verdict import Check, Status
from eir.errors import HistoryError, StoreError
from eir.lists.loader import Mode, Request
from eir.lists.names import ListName
from eir.store.layout import Truth
from eir.store.view import ListView
from tests.eir.lists_loading import load_text

IMEI = "35209900176148"
STRANGER = Check("11111111111111")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "eir.toml"
    file.write_text(f'[store]\npath = "{tmp_path}"\n[decision]\nunlisted = "unknown"\n')
    return Settings(file)


@pytest.fixture
def loaded(settings: Settings) -> Settings:
    load_text(settings.config.store.path, f"imei,effective\n{IMEI},20200101\n")
    return settings


def override(status: Status, since: int) -> Override:
    return Override(status, "drill", "root", since=since, expires=since + 10)


def test_now_it_is_asked_as_the_network_does(loaded: Settings) -> None:
    with asking_now(loaded) as asking:
        assert asking.ask(Check(IMEI)).verdict.rule == "prohibited"
        assert asking.ask(STRANGER).verdict.status is Status.UNKNOWN


def test_an_override_counts_at_the_prompt(loaded: Settings) -> None:
    now = int(datetime.now(UTC).timestamp())
    policy_log.set_override(
        loaded.config.store.path, Override(Status.TRACKING, "drill", "root", since=now - 1)
    )
    with asking_now(loaded) as asking:
        assert asking.ask(Check(IMEI)).verdict.rule == "override"


def test_lists_that_cannot_be_read_are_an_error_after_the_answers(settings: Settings) -> None:
    rules = []
    with pytest.raises(StoreError), asking_now(settings) as asking:
        rules.append(asking.ask(STRANGER).verdict.rule)
    assert rules == ["on_failure"]


def test_a_version_is_asked_with_the_policy_of_its_time(
    loaded: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    path = loaded.config.store.path
    with asking_past(loaded, version=1, at=None) as asking:
        assert asking.ask(STRANGER).verdict.status is Status.UNKNOWN
    assert "answered with the configuration of today" in capsys.readouterr().err
    first = datetime(2020, 1, 1, tzinfo=UTC)
    policy_log.keep_configuration(path, '[decision]\nunlisted = "tracking"', by="root", at=first)
    load_text(path, "imei\n11111111111111\n")
    with asking_past(loaded, version=1, at=None) as asking:
        assert asking.ask(STRANGER).verdict.status is Status.TRACKING
        assert asking.ask(Check(IMEI)).verdict.rule == "prohibited"
    assert capsys.readouterr().err == ""


def test_an_instant_is_asked_with_what_was_in_force(loaded: Settings) -> None:
    path = loaded.config.store.path
    later = int(datetime.now(UTC).timestamp()) + 1_000
    policy_log.set_override(path, override(Status.PERMITTED, later))
    for at, rule in ((later - 1, "prohibited"), (later, "override"), (later + 10, "prohibited")):
        with asking_past(loaded, version=None, at=at) as asking:
            assert asking.ask(Check(IMEI)).verdict.rule == rule
            assert asking.at == at


def test_an_entry_counts_as_of_the_instant(loaded: Settings) -> None:
    before = int(datetime(2019, 12, 31, tzinfo=UTC).timestamp())
    with asking_past(loaded, version=1, at=before) as asking:
        assert asking.ask(Check(IMEI)).verdict.rule == "unlisted"


def test_before_the_first_list_there_is_no_answer(loaded: Settings) -> None:
    with pytest.raises(HistoryError), asking_past(loaded, version=None, at=0):
        pass
    with pytest.raises(HistoryError), asking_past(loaded, version=9, at=None):
        pass


def announce(settings: Settings, on: str) -> None:
    load_text(
        settings.config.store.path,
        f"imei,effective\n{IMEI},{on}\n",
        name=ListName.NOTIFICATION,
        source="national",
    )


def test_what_was_announced_is_told_as_of_then(loaded: Settings) -> None:
    announce(loaded, "20990101")
    announce(loaded, "20990102")
    days = {}
    for version in (1, 2, 3):
        with asking_past(loaded, version=version, at=None) as asking:
            days[version] = [str(notice.on) for notice in asking.notices(Check(IMEI))]
    assert days == {1: [], 2: ["2099-01-01"], 3: ["2099-01-02"]}
    with asking_now(loaded) as asking:
        assert [str(notice.on) for notice in asking.notices(Check(IMEI))] == days[3]


def test_days_of_an_announcement_are_those_of_its_registry(loaded: Settings) -> None:
    assert loaded.path is not None
    with loaded.path.open("a") as file:
        file.write(
            '[[registry]]\nname = "national"\nformat = "csv"\nsource = "file:///inbox"\n'
            'timezone = "Asia/Karachi"\n'
        )
    announce(loaded, "2098-12-31T19:00:00Z")
    with asking_now(Settings(loaded.path)) as asking:
        assert [str(notice.on) for notice in asking.notices(Check(IMEI))] == ["2099-01-01"]


def test_an_announcement_that_cannot_be_read_is_an_error_after_the_answers(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreError("garbled")

    monkeypatch.setattr(ListView, "notices_of", broken)
    found = []

    def ask() -> None:
        with asking_now(loaded) as asking:
            assert asking.notices(Check(IMEI)) == []
            found.append(asking.ask(Check(IMEI)).verdict.rule)

    with pytest.raises(StoreError, match="garbled"):
        ask()
    assert found == ["prohibited"]


@pytest.mark.parametrize("at", [None, 2_000_000_000])
def test_a_file_is_asked_as_if_it_were_loaded_and_is_not(loaded: Settings, at: int | None) -> None:
    request = Request(Truth(ListName.PROTECTED, "own"), Mode.FULL, "root", "own.csv")
    file = io.BytesIO(f"imei\n{IMEI}\n".encode())
    with asking_if(loaded, file, request, at=at) as asking:
        assert asking.ask(Check(IMEI)).verdict.rule == "protected"
        assert asking.notices(Check(IMEI)) == []
    with asking_now(loaded) as asking:
        assert asking.ask(Check(IMEI)).verdict.rule == "prohibited"
