"""`eir override`: the operator's switch, one answer for every equipment."""

import json
from datetime import UTC, datetime

import click

from eir import policy_log
from eir.cli.parameters import Duration, Instant, json_option, reason_option
from eir.cli.settings import Settings
from eir.cli.tables import shown_instant
from eir.decision.override import Override
from eir.decision.verdict import Status
from eir.errors import UsageError
from eir.override_watch import sentence

_END_OF_TIME = 253402300800  # UTC seconds of the year 10000, which no instant is written with


@click.group()
def override() -> None:
    """Answer every check alike, whatever the lists say, for a time and for a reason.

    For emergencies: a wrong list is loaded, or the lists cannot be had. A running server obeys
    within a second, and a restart does not end it; who set it, when and why is kept for ever.

    \b
      eir override set permitted --reason "wrong list loaded, ticket 4711" --for 2h
      eir override show
      eir override clear --reason "the right list is loaded"
    """  # noqa: D301 - \b is click's mark for "do not wrap"


@override.command("set")
@click.argument("status", type=click.Choice([status.value for status in Status]))
@reason_option
@click.option("--for", "seconds", type=Duration(), metavar="SPAN", help="So long: 30m, 2h, 1d12h.")
@click.option(
    "--until",
    type=Instant(),
    metavar="TIME",
    help="Until this instant: 2026-01-31T12:00:00Z, or a day, which ends it as it begins.",
)
@click.pass_obj
def set_(
    settings: Settings, *, status: str, reason: str, seconds: int | None, until: int | None
) -> None:
    """Answer every check with STATUS from now on, in the place of an override that is on.

    Without --for and --until it is on until it is cleared. Times without a zone are UTC.

    \b
      eir override set permitted --reason "wrong list loaded" --for 2h
      eir override set tracking --reason "audit" --until 2026-01-31T12:00:00+06:00
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    now = int(datetime.now(UTC).timestamp())
    wanted = Override(
        status=Status(status),
        reason=reason,
        author=policy_log.author(),
        since=now,
        expires=_expiry(now, seconds, until),
    )
    policy_log.set_override(settings.config.store.path, wanted)
    click.echo(f"from now on {sentence(wanted)}")


@override.command()
@reason_option
@click.pass_obj
def clear(settings: Settings, *, reason: str) -> None:
    """Answer checks from the lists again.

    \b
      eir override clear --reason "the right list is loaded"
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    path, now = settings.config.store.path, datetime.now(UTC)
    if policy_log.current_override(path, now.timestamp()) is None:
        click.echo("nothing to clear: no override is on")
        return
    policy_log.clear_override(path, reason=reason, by=policy_log.author(), at=now)
    click.echo("checks are answered from the lists again")


@override.command()
@json_option("one JSON object")
@click.pass_obj
def show(settings: Settings, *, as_json: bool) -> None:
    """Show what override is on, until when, who set it and why.

    The exit status is 0 whether one is on or not, and 74 when the journal of policies is broken;
    what was decided before the break is shown all the same.

    \b
      eir override show
      eir override show --json | jq .status
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    now = datetime.now(UTC).timestamp()
    found, broken = policy_log.standing_override(settings.config.store.path, now)
    if as_json:
        click.echo(json.dumps(_fields(found)))
    else:
        click.echo("no override is on" if found is None else sentence(found))
    if broken is not None:
        raise broken


def _expiry(now: int, seconds: int | None, until: int | None) -> int | None:
    """Give the instant at which it ends; None: when it is cleared.

    Raises:
        UsageError: that would be at once, or after the last year that can be written.
    """
    if seconds is not None and until is not None:
        raise UsageError("--for and --until say the same", next_step="give one of them")
    expires = until if seconds is None else now + seconds
    if expires is not None and not now < expires < _END_OF_TIME:
        raise UsageError("the override would not end in the future", next_step="give a later time")
    return expires


def _fields(found: Override | None) -> dict[str, str | bool | None]:
    """Write an override as the keys that scripts rely on."""
    if found is None:
        names = ("status", "reason", "author", "since", "expires")
        return {"on": False} | dict.fromkeys(names)
    return {
        "on": True,
        "status": found.status,
        "reason": found.reason,
        "author": found.author,
        "since": shown_instant(found.since),
        "expires": shown_instant(found.expires) or None,
    }
