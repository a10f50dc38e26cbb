"""`eir doctor`: what keeps a node from serving well."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from eir.cli.parameters import json_option
from eir.cli.settings import Settings
from eir.doctor.examining import examine
from eir.doctor.finding import Finding, Level, worst
from eir.printable import printable

_STATUS = {Level.OK: 0, Level.WARN: 1, Level.FAIL: 2}
_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command()
@json_option("one JSON array")
@click.pass_obj
def doctor(settings: Settings, *, as_json: bool) -> int:
    """Check this machine and what the configuration names, and say how to mend what is wrong.

    It looks at the kernel, limits, the clock, files and rights, ports, peers, registries and
    versions. A server that runs is asked, and not disturbed. Run it as the server's user.

    The exit status is 0 if all is well, 1 if there are warnings, and 2 if something does not work.

    \b
      sudo -u eir eir doctor
      eir doctor --json | jq '.[] | select(.level != "ok")'
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    findings = list(examine(settings.config, settings.path))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings)
    return _STATUS[worst(findings)]


def _print(findings: Sequence[Finding]) -> None:
    """Print a line for each, and below it how to mend it."""
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        level = click.style(f"{finding.level:<4}", fg=_COLOURS[finding.level])
        click.echo(f"{level}  {finding.check:<{width}}  {printable(finding.found)}")
        if finding.mend:
            click.echo(f"{'':<{width + 8}}mend: {finding.mend}")
