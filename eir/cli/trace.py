"""`eir trace`: every message about an equipment or a subscriber, or of a peer, as it was."""

import contextlib
import http.client
import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from eir import policy_log
from eir.cli.links import T_ANSWER, no_server, read
from eir.cli.parameters import Duration, json_option
from eir.cli.settings import Settings
from eir.control import ControlConnection
from eir.errors import StoreError, UnavailableError, UsageError
from eir.trace.desk import TOLD, Begun, Dropped, Ended, Message, Told
from eir.trace.exchange import Exchange
from eir.trace.pcap import Capture
from eir.trace.shown import shown
from eir.trace.wanted import IMEI_DIGITS, LONGEST, TAC_DIGITS, Kind, Question, normal

_NOTHING = 1  # exit status


@click.command()
@click.argument("kind", type=click.Choice(["imei", "imsi", "peer"]))
@click.argument("value")
@click.option(
    "--for",
    "seconds",
    type=Duration(),
    default="10m",
    show_default=True,
    metavar="SPAN",
    help="So long: 90s, 10m; 1h at most.",
)
@click.option(
    "--pcap",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the messages to a file for Wireshark, too; only its owner can read it.",
)
@json_option("one JSON object a line, as messages come")
@click.pass_obj
def trace(  # noqa: PLR0913 - one parameter for each option
    settings: Settings,
    *,
    kind: Kind,
    value: str,
    seconds: int,
    file: Path | None,
    as_json: bool,
) -> int:
    """Show every message about an equipment or a subscriber, or of a peer, as it comes.

    An equipment is traced by the first 14 digits of its IMEI, a type of equipment by the 8 of its
    TAC; a subscriber by the IMSI; a peer by its name (see `eir links`) or its address, with all
    that is said on its links. Who asks behind another is a peer, too, as `eir records` names it,
    by what it asks: an Origin-Host, or a point code, of whichever calling digits. Shown are
    request and answer in hexadecimal, what was decided and why. Identities are shown whole: it
    asks the server through [admin] socket, and only there.
    When messages match faster than a prompt can show, the rest is counted.

    Ctrl-C ends it. Exit status: 0 something matched, 1 nothing did, 69 no server answers, or it
    went away, or 8 traces are on already, 74 the file cannot be written.

    \b
      eir trace imei 352099001761481
      eir trace imsi 001010000000001 --for 1h --pcap imsi.pcap
      eir trace peer mme1.epc.mnc001.mcc001.3gppnetwork.org --json | jq .exchange.records
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    question = _question(kind, value, seconds)
    with _capturing(file) as capture:
        show = _Show(question, file, capture, as_json=as_json)
        with contextlib.suppress(KeyboardInterrupt):
            for told in _told(settings.config.admin.socket, question):
                show.take(told)
    show.sum_up()
    return 0 if show.exchanges else _NOTHING


@contextmanager
def _capturing(path: Path | None) -> Iterator[Capture | None]:
    """Open a capture file, which whole identities stand in."""
    if path is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        with _writing(path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            file = stack.enter_context(os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0))
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # it may have been there before
                os.fchmod(file.fileno(), 0o600)
            capture = Capture(file)
        yield capture


@contextmanager
def _writing(path: Path | None) -> Iterator[None]:
    """Turn what goes wrong there into an error for operators.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror}", next_step="make room there, or name another file"
        ) from None


def _question(kind: Kind, value: str, seconds: int) -> Question:
    if not 1 <= seconds <= LONGEST:
        most = f"{LONGEST // 3600}h"
        raise UsageError(
            f"--for is 1s to {most}", next_step=f"trace for {most} or less, again if need be"
        )
    try:
        found = normal(kind, value)
    except ValueError as error:
        raise UsageError(str(error), next_step="see eir trace --help") from None
    return Question(kind=kind, value=found, seconds=seconds, by=policy_log.author()[:64])


class _Show:
    """Shows what is told; what is no message goes to standard error.

    Attributes:
        exchanges: how many were shown.
    """

    def __init__(
        self, question: Question, file: Path | None, capture: Capture | None, *, as_json: bool
    ) -> None:
        self.exchanges = 0
        self._dropped = 0
        self._question = question
        self._file = file
        self._capture = capture
        self._as_json = as_json

    def take(self, told: Told) -> None:
        """Show one thing."""
        match told:
            case Begun(seconds=seconds):
                until = datetime.now(UTC) + timedelta(seconds=seconds)
                what = _said(self._question)
                click.echo(f"tracing {what} until {until:%H:%M:%S} UTC, Ctrl-C ends", err=True)
            case Message(exchange=exchange):
                self._show(exchange)
            case Dropped(count=count):
                self._dropped += count
            case Ended(reason=reason):
                click.echo(f"ended: {reason}", err=True)
        if self._as_json:
            click.echo(told.model_dump_json(exclude_none=True))

    def _show(self, exchange: Exchange) -> None:
        self.exchanges += 1
        if self._capture is not None:
            with _writing(self._file):
                self._capture.add(exchange)
        if not self._as_json:
            for line in shown(exchange):
                click.echo(line)

    def sum_up(self) -> None:
        """Say how much it was."""
        more = f"; {self._dropped:,} more were too many to show" if self._dropped else ""
        click.echo(f"{self.exchanges:,} matched and were shown{more}", err=True)


def _said(question: Question) -> str:
    """Say what matches."""
    value = question.value
    match question.kind:
        case "imei" if len(value) == TAC_DIGITS:
            return f"equipment of the type (TAC) {value}"
        case "imei":
            return f"equipment {value}, whatever follows these {IMEI_DIGITS} digits,"
        case "imsi":
            return f"subscriber {value}"
        case "peer":
            return f"everything of the peer {value}"


def _told(path: Path, question: Question) -> Iterator[Told]:
    """Give what the server tells, as it comes.

    Raises:
        UnavailableError: none answers, or it went away, or is of another version.
    """
    try:
        with _asking(path, question) as answer:
            while line := answer.readline():
                told = read(TOLD, line)
                yield told
                if isinstance(told, Ended):
                    return
    except (OSError, http.client.HTTPException) as error:
        raise no_server(path, error) from None
    raise UnavailableError("the server went away", next_step="see its log; trace again")


@contextmanager
def _asking(path: Path, question: Question) -> Iterator[http.client.HTTPResponse]:
    with closing(ControlConnection(path, seconds=T_ANSWER)) as connection:
        connection.connect()
        sock = connection.sock  # the connection lets go of it once there is an answer
        connection.request("POST", "/trace", question.model_dump_json())
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            said = answer.read().decode(errors="replace").strip()
            raise UnavailableError(f"the server cannot trace: {said}", next_step="try again later")
        sock.settimeout(None)  # nothing may match for as long as it goes on
        yield answer
