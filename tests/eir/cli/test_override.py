import json
import re
from datetime import UTC, datetime, timedelta

import click
import pytest

from eir.cli.app import cli
from eir.errors import StoreError, UsageError
from eir.policy_log import current_override, journal, records
from eir.policy_record import OverrideCleared, OverrideSet
from tests.eir.running import Shell

REASON = ("--reason", "wrong list loaded")


def run(shell: Shell, *arguments: str) -> None:
    """Run `eir override` in this process, which takes a tenth of the time."""
    cli.main(["--config", str(shell.config), "override", *arguments], standalone_mode=False)


def now() -> float:
    return datetime.now(UTC).timestamp()


def test_an_override_is_shown_from_when_it_is_set_until_it_is_cleared(shell: Shell) -> None:
    assert shell.eir("override", "show").stdout == "no override is on\n"
    found = shell.eir("override", "set", "permitted", *REASON)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("from now on every check is answered permitted")
    shown = shell.eir("override", "show").stdout
    assert found.stdout == f"from now on {shown}"
    assert "until it is cleared" in shown
    assert "wrong list loaded" in shown
    found = shell.eir("override", "clear", "--reason", "right list loaded")
    assert (found.returncode, found.stdout) == (0, "checks are answered from the lists again\n")
    assert shell.eir("override", "show").stdout == "no override is on\n"
    payloads = [record.payload for record in records(shell.store)]
    assert payloads == [
        OverrideSet(status="permitted", reason="wrong list loaded", expires=None),  # type: ignore[arg-type]
        OverrideCleared(reason="right list loaded"),
    ]


def test_json_has_the_same_keys_whether_one_is_on_or_not(shell: Shell) -> None:
    off = json.loads(shell.eir("override", "show", "--json").stdout)
    shell.eir("override", "set", "tracking", *REASON, "--until", "2999-01-01T00:00:00+06:00")
    on = json.loads(shell.eir("override", "show", "--json").stdout)
    assert off == {"on": False} | dict.fromkeys(list(on)[1:])
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", on.pop("since"))
    assert on.pop("author")
    assert on == {
        "on": True,
        "status": "tracking",
        "reason": "wrong list loaded",
        "expires": "2998-12-31T18:00:00Z",
    }


@pytest.mark.parametrize(
    ("span", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d12h", 129_600)]
)
def test_an_override_ends_after_its_time(shell: Shell, span: str, seconds: int) -> None:
    run(shell, "set", "unknown", *REASON, "--for", span)
    found = current_override(shell.store, now())
    assert found is not None
    assert found.expires == found.since + seconds


def test_an_override_that_is_set_takes_the_place_of_one_that_is_on(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "set", "permitted", *REASON)
    run(shell, "set", "tracking", *REASON, "--for", "2h")
    capsys.readouterr()
    run(shell, "show")
    assert "answered tracking" in capsys.readouterr().out


def test_clearing_what_is_not_on_is_said_and_not_written(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "clear", *REASON)
    assert capsys.readouterr().out == "nothing to clear: no override is on\n"
    assert not journal(shell.store).exists()


YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("set", "permitted"), "Missing parameter: reason"),
        (("set", "permitted", "--reason", "  "), "say why"),
        (("set", "permitted", "--reason", "two\nlines"), "no line breaks"),
        (("clear",), "Missing parameter: reason"),
        (("set", "maybe", *REASON), "'maybe' is not one of"),
        (("set", "permitted", *REASON, "--for", "2"), "'2' is no time span: write 30m, 2h"),
        (("set", "permitted", *REASON, "--for", "-2h"), "is no time span"),
        (("set", "permitted", *REASON, "--for", "0h"), "would not end in the future"),
        (("set", "permitted", *REASON, "--for", "999999999d"), "would not end in the future"),
        (("set", "permitted", *REASON, "--until", "noon"), "an instant is written"),
        (("set", "permitted", *REASON, "--until", ""), "say when"),
        (("set", "permitted", *REASON, "--until", YESTERDAY), "would not end in the future"),
        (("set", "permitted", *REASON, "--for", "2h", "--until", "2999-01-01"), "say the same"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    shell: Shell, arguments: tuple[str, ...], why: str
) -> None:
    with pytest.raises((click.UsageError, UsageError)) as refused:
        run(shell, *arguments)
    assert why in str(refused.value)
    assert not journal(shell.store).exists()


def test_an_override_without_a_reason_is_64(shell: Shell) -> None:
    found = shell.eir("override", "set", "permitted")
    assert (found.returncode, found.stdout) == (64, "")
    assert "Missing option '--reason'" in found.stderr


@pytest.mark.parametrize(
    "arguments", [("set", "permitted", *REASON), ("clear", *REASON), ("show",), ("show", "--json")]
)
def test_a_broken_journal_is_said_to_be_broken_and_what_to_do(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    run(shell, "set", "permitted", *REASON)
    journal(shell.store).write_bytes(b"nonsense\n")
    with pytest.raises(StoreError, match=r"policy\.jsonl is broken at record 1") as refused:
        run(shell, *arguments)
    assert refused.value.next_step


def test_what_holds_is_shown_beside_what_is_broken(shell: Shell) -> None:
    run(shell, "set", "tracking", *REASON)
    with journal(shell.store).open("ab") as file:
        file.write(b"nonsense\n")
    found = shell.eir("override", "show")
    assert found.returncode == 74
    assert found.stdout.startswith("every check is answered tracking")
    assert "policy.jsonl is broken at record 2" in found.stderr
