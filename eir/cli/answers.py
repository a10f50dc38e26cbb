"""What `eir check` prints: a sentence, an explanation, JSON, CSV."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from eir.decision.explain import Explanation, because
from eir.decision.rules import override
from eir.decision.verdict import Check, Status, Verdict
from eir.lists.cells import format_instant
from eir.lists.notified import Notice
from protocols.diameter.codes import ResultCode

Value: TypeAlias = str | int | Sequence[Mapping[str, str | None]] | None
Report: TypeAlias = dict[str, Value]


def report(check: Check, explanation: Explanation, notified: Sequence[Notice], at: float) -> Report:
    """Write an answer as the keys that scripts rely on."""
    verdict = explanation.verdict
    return {
        "imei": check.equipment,
        "imsi": check.imsi,
        "msisdn": check.msisdn,
        "status": verdict.status,
        "result_code": _result_code(verdict.status),
        "reason": verdict.reason,
        "rule": verdict.rule,
        "list": verdict.list,
        "matched": verdict.matched,
        "source": verdict.source,
        "version": verdict.version,
        "at": format_instant(at),
        "would_be": verdict.would_be,
        "policy": explanation.policy,
        "notified": [
            {
                "on": None if notice.on is None else notice.on.isoformat(),
                "source": notice.source,
                "reason": notice.reason,
            }
            for notice in notified
        ],
    }


def explained(answer: Report, explanation: Explanation) -> Report:
    """Add to an answer what each rule found."""
    findings = [
        {"rule": each.rule, "outcome": each.outcome.value, "found": each.found}
        for each in explanation.findings
    ]
    return answer | {"explanation": findings}


def _result_code(status: Status | None) -> ResultCode:
    """Give what S13 would answer (TS 29.272 §7.4.3.5; RFC 6733 §7.1)."""
    match status:
        case None:
            return ResultCode.UNABLE_TO_COMPLY
        case Status.UNKNOWN:
            return ResultCode.EQUIPMENT_UNKNOWN
        case _:
            return ResultCode.SUCCESS


def sentence(check: Check, verdict: Verdict) -> str:
    """Say a verdict, and why."""
    answer = f"{check.equipment}: {verdict.status or 'an error'}"
    if verdict.would_be is not None:
        answer += f" (an audit: it would be {verdict.would_be})"
    if verdict.rule == override.NAME:
        return f"{answer}, because everybody is, by override: {verdict.reason}"
    if verdict.list is not None:
        return f"{answer}, because {because(verdict, f'version {verdict.version}')}"
    if verdict.version is None:
        return f"{answer}, because the lists cannot be read"
    return f"{answer}, because it is {verdict.reason} (version {verdict.version})"


def notices(notified: Iterable[Notice]) -> Iterator[str]:
    """Say what registries announced, one a line."""
    for notice in notified:
        on = "" if notice.on is None else f" on {notice.on}"
        will = "was to be" if notice.is_due else "will be"
        why = f": {notice.reason}" if notice.reason else ""
        yield f"  {will} blocked{on}, says {notice.source}{why}"


def lines(explanation: Explanation) -> Iterator[str]:
    """Say what each rule found, one a line."""
    if explanation.policy is not None:
        yield f"  policy {explanation.policy}"
    width = max((len(each.rule) for each in explanation.findings), default=0)
    for each in explanation.findings:
        yield f"  {each.rule:<{width}}  {each.outcome:<7}  {each.found}"


def write_csv(reports: Iterable[Report]) -> None:
    """Write answers to standard output as CSV; the first line names the keys."""
    writer = None
    for each in reports:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, each, lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in each.items()})


def _cell(value: Value) -> str | int | None:
    """Write what fills one cell; of several things, one after the other."""
    if value is None or isinstance(value, str | int):
        return value
    return "; ".join(" ".join(filter(None, each.values())) for each in value)


def write_json_lines(reports: Iterable[Report]) -> None:
    """Write answers to standard output, one JSON object a line."""
    for each in reports:
        sys.stdout.write(json.dumps(each) + "\n")
