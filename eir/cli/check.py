"""`eir check`: the wire's own decision, at the prompt."""

import json
from datetime import UTC, datetime

import click

from eir.cli.settings import Settings
from eir.decision.decider import Decider
from eir.decision.rules import policy_of
from eir.decision.verdict import Check, Status, Verdict
from eir.errors import UsageError
from eir.store.reader import ListReader
from protocols.diameter.codes import ResultCode
from protocols.identities import Imei, Imsi


@click.command()
@click.argument("imei")
@click.option("--imsi", metavar="DIGITS", help="The subscriber that uses the equipment.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def check(settings: Settings, imei: str, *, imsi: str | None, as_json: bool) -> None:
    """Ask what the network would be told about IMEI: 14, 15 or 16 digits.

    The exit status is 0 whatever the verdict, and 74 when the lists cannot be read.

    \b
      eir check 352099001761481
      eir check 3520990017614801 --imsi 001010000000001 --json
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    if imsi is not None:
        _refuse_imsi(imsi)
    _warn_of_check_digit(imei)
    policy = policy_of(settings.config.decision)
    reader = ListReader(settings.config.store.path)
    at = datetime.now(UTC)
    with Decider(reader, policy, at.timestamp, lambda _: None) as decider:
        verdict = decider.decide(Check(imei, imsi=imsi))
    reader.close()
    report = _report(verdict, imei=imei, imsi=imsi, at=at)
    click.echo(json.dumps(report) if as_json else _sentence(verdict, imei))
    if decider.error is not None:
        raise decider.error


def _refuse_imsi(digits: str) -> None:
    try:
        Imsi(digits)
    except ValueError as error:
        raise UsageError(str(error), next_step="give its digits alone, MCC first") from None


def _warn_of_check_digit(text: str) -> None:
    """Say when a 15th digit looks mistyped; the decision never depends on it."""
    if len(text) == 15 and text.isascii() and text.isdecimal():
        expected = Imei.parse(text).check_digit
        if int(text[14]) != expected:
            click.echo(f"eir: warning: the check digit should be {expected}", err=True)


def _report(
    verdict: Verdict, *, imei: str, imsi: str | None, at: datetime
) -> dict[str, str | int | None]:
    """Write a verdict as the keys that scripts rely on."""
    return {
        "imei": imei,
        "imsi": imsi,
        "msisdn": None,
        "status": verdict.status,
        "result_code": _result_code(verdict.status),
        "reason": verdict.reason,
        "rule": verdict.rule,
        "list": verdict.list,
        "matched": verdict.matched,
        "source": verdict.source,
        "version": verdict.version,
        "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _result_code(status: Status | None) -> ResultCode:
    """Give what S13 would answer (TS 29.272 §7.4.3.5; RFC 6733 §7.1)."""
    match status:
        case None:
            return ResultCode.UNABLE_TO_COMPLY
        case Status.UNKNOWN:
            return ResultCode.EQUIPMENT_UNKNOWN
        case _:
            return ResultCode.SUCCESS


def _sentence(verdict: Verdict, imei: str) -> str:
    """Say a verdict, and why."""
    answer = f"{imei}: {verdict.status or 'an error'}"
    if verdict.list is not None:
        return (
            f"{answer}, because {verdict.matched} is on the {verdict.list} list"
            f" of {verdict.source} ({verdict.reason}; version {verdict.version})"
        )
    if verdict.version is None:
        return f"{answer}, because the lists cannot be read"
    return f"{answer}, because it is {verdict.reason} (version {verdict.version})"
