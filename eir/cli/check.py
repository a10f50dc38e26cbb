"""`eir check`: the wire's own decision, at the prompt."""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, TextIO

import click

from eir import policy_log
from eir.cli import answers
from eir.cli.asking import Asking, asking_if, asking_now, asking_past
from eir.cli.identities import Asker, asker_of, check_of, checks_of
from eir.cli.parameters import LIST_HELP, Instant, ListType, json_option, name_of, truth_of
from eir.cli.settings import Settings
from eir.cli.tables import warn
from eir.decision.explain import Explanation
from eir.decision.verdict import Check, Interface
from eir.errors import UsageError
from eir.lists.loader import Mode, Request
from eir.lists.names import ListName
from protocols.identities import Imei


@dataclass(frozen=True, slots=True)
class _Lists:
    """Which lists are asked; the fields are the options."""

    at: int | None
    version: int | None
    file: BinaryIO | None
    name: ListName | None
    source: str
    mode: str | None


@click.command("check")
@click.argument("imei", required=False)
@click.option("--imsi", metavar="DIGITS", default="", help="The subscriber that uses it.")
@click.option("--msisdn", metavar="DIGITS", default="", help="The subscriber's number.")
@click.option("--svn", metavar="DIGITS", default="", help="The software version, two digits.")
@click.option(
    "--interface",
    type=click.Choice([interface.value for interface in Interface]),
    default=Interface.PROMPT.value,
    show_default=True,
    help="Where it is asked, for policies.",
)
@click.option(
    "--peer",
    metavar="PEER",
    default="",
    help="Who asks, for policies: an Origin-Host; over map POINT-CODE or POINT-CODE/CALLING.",
)
@click.option("--at", type=Instant(), metavar="TIME", help="As of then: the lists and the policy.")
@click.option(
    "--version", type=click.IntRange(min=1), metavar="N", help="By version N of the lists."
)
@click.option("--if", "file", type=click.File("rb"), metavar="FILE", help="As if it were loaded.")
@click.option("--list", "name", type=ListType(), metavar="NAME", help=f"Of --if: {LIST_HELP}")
@click.option("--source", default="local", show_default=True, help="Of --if: who says so.")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="Of --if.")
@click.option("--explain", is_flag=True, help="Say of each rule what it looked at and found.")
@json_option("one JSON object")
@click.option(
    "--batch",
    type=click.File("r", encoding="utf-8"),
    metavar="FILE",
    help='Ask about each line ("-": standard input): an identity, or CSV with a header.',
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    default="csv",
    show_default=True,
    help="Of --batch: what is printed.",
)
@click.pass_obj
def check(  # noqa: PLR0913 - one parameter for each option
    settings: Settings,
    *,
    imei: str | None,
    imsi: str,
    msisdn: str,
    svn: str,
    interface: str,
    peer: str,
    at: int | None,
    version: int | None,
    file: BinaryIO | None,
    name: ListName | None,
    source: str,
    mode: str | None,
    explain: bool,
    as_json: bool,
    batch: TextIO | None,
    form: str,
) -> None:
    """Ask what the network would be told about IMEI: 14, 15 or 16 digits, or whatever came instead.

    The exit status is 0 whatever the verdict, and 74 when the lists cannot be read.

    \b
      eir check 352099001761481
      eir check 3520990017614801 --imsi 001010000000001 --explain
      eir check 352099001761481 --at 2026-01-31T12:00:00Z --json
      eir check 352099001761481 --if stolen.csv --list prohibited --mode full
      eir check --batch imeis.txt --format jsonl
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    asker = asker_of(Interface(interface), peer)
    lists = _asking(settings, _Lists(at, version, file, name, source, mode))
    match imei, batch:
        case str(), None:
            asked = _one(asker, imei, imsi=imsi, msisdn=msisdn, svn=svn)
            with lists as asking:
                _print(asked, asking, explain=explain, as_json=as_json)
        case None, _ if batch is not None:
            if imsi or msisdn or svn or as_json or (explain and form == "csv"):
                raise UsageError(
                    "with --batch, subscribers stand in the file, and explanations in JSON lines",
                    next_step="give a CSV file with imei,imsi; or --format jsonl",
                )
            with lists as asking:
                _print_batch(checks_of(asker, batch), asking, explain=explain, form=form)
        case _:
            raise UsageError(
                "ask about what?", next_step="eir check IMEI, or eir check --batch FILE"
            )


def _asking(settings: Settings, lists: _Lists) -> AbstractContextManager[Asking]:
    """Choose the lists that are asked."""
    if lists.file is None:
        if lists.name is not None or lists.mode is not None:
            raise UsageError("--list and --mode are of --if", next_step="name a file with --if")
        if lists.version is None and lists.at is None:
            return asking_now(settings)
        return asking_past(settings, version=lists.version, at=lists.at)
    if lists.name is None or lists.version is not None:
        raise UsageError(
            "--if loads onto the lists of now, and needs --list",
            next_step="eir check IMEI --if FILE --list NAME",
        )
    request = Request(
        truth=truth_of(lists.name, lists.source),
        mode=None if lists.mode is None else Mode(lists.mode),
        author=policy_log.author(),
        file=name_of(lists.file),
    )
    return asking_if(settings, lists.file, request, at=lists.at)


def _one(asker: Asker, imei: str, *, imsi: str, msisdn: str, svn: str) -> Check:
    _warn_of_check_digit(imei)
    try:
        return check_of(asker, imei, imsi=imsi, msisdn=msisdn, svn=svn)
    except ValueError as error:
        raise UsageError(str(error), next_step="give the digits alone") from None


def _print(check: Check, asking: Asking, *, explain: bool, as_json: bool) -> None:
    explanation = asking.ask(check)
    if as_json:
        click.echo(json.dumps(_report(check, asking, explanation, explain=explain)))
        return
    click.echo(answers.sentence(check, explanation.verdict))
    for line in answers.notices(asking.notices(check)):
        click.echo(line)
    for line in answers.lines(explanation) if explain else ():
        click.echo(line)


def _print_batch(checks: Iterable[Check], asking: Asking, *, explain: bool, form: str) -> None:
    reports = (_report(check, asking, asking.ask(check), explain=explain) for check in checks)
    if form == "csv":
        answers.write_csv(reports)
    else:
        answers.write_json_lines(reports)


def _report(
    check: Check, asking: Asking, explanation: Explanation, *, explain: bool
) -> answers.Report:
    report = answers.report(check, explanation, asking.notices(check), asking.at)
    return answers.explained(report, explanation) if explain else report


def _warn_of_check_digit(text: str) -> None:
    """Say when a 15th digit looks mistyped; the decision never depends on it."""
    if len(text) == 15 and text.isascii() and text.isdecimal():
        expected = Imei.parse(text).check_digit
        if int(text[14]) != expected:
            warn(f"the check digit should be {expected}")
