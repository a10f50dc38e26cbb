"""The simulated MSC and an EIR that serves it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from eir.lists.names import ListName
from tests.harness import PATIENCE, Node, load_list, serving
from tests.interop.conversations import LISTS, UNLISTED
from tools.errors import PeerError
from tools.msc import cli

EIR_POINT_CODE, MSC_POINT_CODE = "2-10-4", "2-10-5"
POINT_CODES = ("--point-code", MSC_POINT_CODE, "--eir-point-code", EIR_POINT_CODE)
VERDICTS = {**{imei: name for name, imei in LISTS.items()}, UNLISTED: "unknown"}
IMSI = "001010000000001"
EIR_TITLE, MSC_TITLE = "994500000009", "99450000001"
TITLES = ("--called-gt", EIR_TITLE, "--calling-gt", MSC_TITLE)

# What is asked through the STP: options of the MSC, and of the question.
MANNERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "v1": ((), ("--map", "1")),
    "v2": ((), ("--map", "2")),
    "v3": ((), ("--map", "3")),
    "v2-imsi": ((), ("--map", "2", "--imsi", IMSI)),
    "v3-imsi": ((), ("--map", "3", "--imsi", IMSI)),
    "v2-empty-begin": ((), ("--map", "2", "--empty-begin")),
    "v3-empty-begin": ((), ("--map", "3", "--empty-begin")),
    "class-1": (("--class", "1"), ("--map", "3")),
    "return-on-error": (("--return-on-error",), ("--map", "3")),
    "point-codes-in-addresses": (("--address-point-codes",), ("--map", "3")),
    "xudt": (("--xudt",), ("--map", "3")),
    "segments": (("--segment", "40"), ("--map", "3")),
    "ludt": (("--ludt",), ("--map", "3")),
    "global-titles": (TITLES, ("--map", "3")),
    "global-title-indicator-1": ((*TITLES, "--gt-indicator", "1"), ("--map", "2")),
    "global-title-indicator-2": ((*TITLES, "--gt-indicator", "2"), ("--map", "2")),
    "global-title-indicator-3": ((*TITLES, "--gt-indicator", "3"), ("--map", "2")),
    "sgsn": (("--as", "sgsn"), ("--map", "3")),
    "vlr": (("--as", "vlr"), ("--map", "2")),
}


def ask(manner: str, *options: str, rounds: int = 1) -> dict[str, str]:
    """Ask about everything in one of the `MANNERS`, and tell what was understood each time."""
    how, question = MANNERS[manner]
    patiently = ("--timeout", str(PATIENCE))
    check = ("check", "--json", *question, *(rounds * list(VERDICTS)))
    answers = run_msc(*patiently, *options, *POINT_CODES, *how, *check)
    assert len(answers) == rounds * len(VERDICTS)
    heard = sorted({(str(each["imei"]), str(each["answer"])) for each in answers})
    return {imei: " or ".join(answer for of, answer in heard if of == imei) for imei, _ in heard}


@contextmanager
def started_map_eir(directory: Path, *lines: str) -> Iterator[Node]:
    """Serve MAP with one equipment on each list; `lines` go on inside `[m3ua]`."""
    for name, imei in LISTS.items():
        load_list(directory, ListName(name), imei)
    own = f'[m3ua]\nenabled = true\npoint_code = "{EIR_POINT_CODE}"\n'
    unlisted = '[decision]\nunlisted = "unknown"\n'
    with serving(directory, "\n".join([own, *lines, unlisted])) as eir:
        yield eir


def run_msc(*arguments: str) -> list[dict[str, object]]:
    """Let the simulated MSC ask, without a process of its own; return what it prints as JSON.

    Raises:
        PeerError: nobody was there, or nobody wanted it.
    """
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    if isinstance(done.exception, PeerError):
        raise done.exception
    return [json.loads(line) for line in done.stdout.splitlines()]


def start_msc(*arguments: str) -> subprocess.Popen[str]:
    """Start the simulated MSC beside us; its standard output is what is to be read."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.msc", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
