"""`eir lists show`, `search` and `stats`: what the lists say."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import TypeAlias

import click

from eir.cli.lists.shown import line_fields, print_lines
from eir.cli.parameters import Instant, json_option, limit_option, list_option
from eir.cli.settings import Settings
from eir.cli.tables import print_rows, warn
from eir.errors import UsageError
from eir.lists.cells import parse_identity, parse_imsi, parse_msisdn, parse_tac
from eir.lists.names import ListName
from eir.lists.search import (
    Query,
    naming_equipment,
    naming_subscriber,
    naming_type,
    search,
    siblings_of,
)
from eir.lists.subjects import equipment_subject
from eir.store.catalog import Line, Lists, Stats, reading_lists, stats

_Finding: TypeAlias = Callable[[Lists], Iterable[Line]]


@click.command(short_help="Show what names an equipment, or a list.")
@click.argument("imei", required=False)
@click.option("--imsi", metavar="DIGITS", help="What names this subscriber.")
@click.option("--msisdn", metavar="DIGITS", help="The same, by the number.")
@click.option("--tac", metavar="DIGITS", help="What names this type, or a range in it.")
@list_option(required=False)
@limit_option("entries, unless IMEI is given")
@json_option("a JSON array")
@click.pass_obj
def show(  # noqa: PLR0913 - one parameter for each option
    settings: Settings,
    imei: str | None,
    *,
    imsi: str | None,
    msisdn: str | None,
    tac: str | None,
    name: ListName | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show what the lists say of IMEI, of a subscriber or a type; or the first entries of a list.

    Of IMEI: what names it, alone or with a subscriber, and ranges and types around it. Entries
    that are not in force, or that a stronger list outweighs, are shown too.

    \b
      eir lists show 352099001761481
      eir lists show --imsi 001010000000001
      eir lists show --list prohibited --limit 100 --json
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    try:
        finding = _finding(imei, imsi=imsi, msisdn=msisdn, tac=tac, name=name)
    except ValueError as error:
        raise UsageError(str(error), next_step="give its digits alone") from None
    with reading_lists(settings.config.store.path) as lists:
        found = list(islice(finding(lists), None if imei else limit))
        phone = _phone(lists, imei) if imei else []
    if as_json:
        more = {"siblings": phone} if imei else {}
        click.echo(json.dumps([line_fields(line) | more for line in found]))
        return
    print_lines(found)
    if phone:
        click.echo(f"the same phone also has {', '.join(phone)}")


@click.command("search", short_help="Find entries by what they say.")
@click.option("--reason", default="", metavar="TEXT", help="A part of the reason, in any case.")
@click.option("--source", metavar="NAME", help="Who says so.")
@click.option("--tac", metavar="DIGITS", help="Equipment of this type, and its ranges.")
@list_option(required=False)
@click.option("--effective-after", type=Instant(), metavar="TIME", help="Began then or later.")
@click.option("--effective-before", type=Instant(), metavar="TIME", help="Began before then.")
@click.option("--expiring-before", type=Instant(), metavar="TIME", help="Ends before then.")
@limit_option("entries")
@json_option("a JSON array")
@click.pass_obj
def search_lists(  # noqa: PLR0913 - one parameter for each option
    settings: Settings,
    *,
    reason: str,
    source: str | None,
    tac: str | None,
    name: ListName | None,
    effective_after: int | None,
    effective_before: int | None,
    expiring_before: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """Look through all lists for entries that fit everything that is given.

    An entry without an effective instant has always been in force. Times are days, as 2026-01-31,
    which begin in UTC, or instants, as 2026-01-31T12:00:00+06:00.

    \b
      eir lists search --reason 4711
      eir lists search --list exception --expiring-before 2026-07-01 --limit 1000
      eir lists search --tac 35209900 --source registry --json
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    query = Query(
        name=name,
        source=source,
        tac=_tac(tac),
        reason=reason,
        effective_after=effective_after,
        effective_before=effective_before,
        expiring_before=expiring_before,
    )
    with reading_lists(settings.config.store.path) as lists:
        found = list(islice(search(lists, query), limit + 1))
    if as_json:
        click.echo(json.dumps([line_fields(line) for line in found[:limit]]))
        return
    print_lines(found[:limit])
    if len(found) > limit:
        warn(f"there are more than these {limit}: see more with --limit, or ask more closely")


@click.command("stats", short_help="Count entries; tell version, age and size.")
@json_option("one JSON object")
@click.pass_obj
def show_stats(settings: Settings, *, as_json: bool) -> None:
    """Count the entries of each list and source; tell the version, its age and the file's size.

    \b
      eir lists stats
      eir lists stats --json | jq .age_seconds
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    found = stats(settings.config.store.path, datetime.now(UTC))
    rows: list[dict[str, str | int | None]] = [
        {"list": truth.list, "source": truth.source, "kind": kind, "entries": count}
        for (truth, kind), count in found.entries.items()
    ]
    if as_json:
        click.echo(json.dumps(_stats_fields(found) | {"lists": rows}))
        return
    print_rows(rows, nothing="no entry")
    if found.subscribers:
        click.echo(f"{found.subscribers:,} subscribers with their numbers")
    if found.tacs:
        click.echo(f"{found.tacs:,} types in the TAC database")
    hours, minutes = divmod(round(found.age) // 60, 60)
    click.echo(
        f"version {found.state.version}, loaded {found.state.loaded} by {found.last.author}"
        f" ({hours} h {minutes} min ago), {found.octets:,} octets"
    )


def _stats_fields(found: Stats) -> dict[str, object]:
    return {
        "version": found.state.version,
        "loaded": found.state.loaded,
        "author": found.last.author,
        "history_from": found.state.history_from,
        "age_seconds": round(found.age),
        "octets": found.octets,
        "subscribers": found.subscribers,
        "tacs": found.tacs,
    }


def _finding(
    imei: str | None, *, imsi: str | None, msisdn: str | None, tac: str | None, name: str | None
) -> _Finding:
    """Choose what to look for.

    Raises:
        ValueError: it is no such thing.
        UsageError: it is not one thing.
    """
    match imei, imsi or msisdn, tac, name:
        case str(), None, None, None:
            equipment = parse_identity(imei)
            return lambda lists: naming_equipment(lists, equipment)
        case None, str(), None, None:
            numbers = parse_imsi(imsi) if imsi else "", parse_msisdn(msisdn) if msisdn else ""
            return lambda lists: naming_subscriber(lists, imsi=numbers[0], msisdn=numbers[1])
        case None, None, str(), None:
            digits = parse_tac(tac)
            return lambda lists: naming_type(lists, digits)
        case None, None, None, ListName():
            return lambda lists: lists.lines(name)
    raise UsageError(
        "show what: an equipment, a subscriber, a type, or a list?",
        next_step="eir lists show IMEI, or eir lists show --list NAME",
    )


def _tac(text: str | None) -> str:
    try:
        return parse_tac(text) if text else ""
    except ValueError as error:
        raise UsageError(str(error), next_step="give the first 8 digits of the IMEI") from None


def _phone(lists: Lists, imei: str) -> list[str]:
    """Name the other IMEIs of the phone."""
    subject = equipment_subject(parse_identity(imei))
    return [sibling.key for sibling in siblings_of(lists, subject)]
