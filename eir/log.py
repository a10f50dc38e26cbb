"""The log: one line per fact on stderr, for people on a terminal and as JSON elsewhere.

Events are snake_case facts. A whole IMEI or IMSI never stands in a line: identities show their
TAC or MCC only (`protocols.identities`), and errors of the protocols carry no values.

    configure    every line at once, for commands
    serve        for processes that must never wait for the log: through a LineWriter
    LineWriter   a bounded buffer and the thread that empties it
    LineLimiter  what a flood leaves of itself
"""

import atexit
import contextlib
import logging
import os
import queue
import select
import sys
import threading
import time
from collections.abc import Callable, Hashable
from types import TracebackType
from typing import Any, Literal, TextIO, cast

import structlog

Format = Literal["auto", "console", "json"]
Severity = Literal["critical", "major", "minor", "warning"]  # ITU-T X.733 §8.1.2.3

LINES = 5  # ours: lines of one kind that one peer may cause in a window
WINDOW = 10.0  # seconds
BUFFER = 10_000  # ours: lines that wait to be written before more are lost
T_FLUSH = 1.0  # seconds; ours: how long an exit waits for the lines that wait
KINDS = 1024  # ours: kinds of line remembered; above it the oldest is forgotten


def configure(line_format: Format, level: str, stream: TextIO = sys.stderr) -> None:
    """Write this process's log, and that of the libraries, to `stream`."""
    processors = _processors(line_format, stream)
    structlog.configure(
        processors=processors,
        wrapper_class=_from(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    _adopt_libraries(processors, stream)


def set_level(level: str) -> None:
    """Write lines from this level up from now on."""
    structlog.configure(wrapper_class=_from(level))


def _from(level: str) -> type[structlog.typing.BindableLogger]:
    return structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()])


def serve(line_format: Format, level: str) -> None:
    """Write this process's log to stderr, so that nobody waits or fails when it takes no lines."""
    descriptor = os.open(os.devnull, os.O_WRONLY) if sys.stderr is None else sys.stderr.fileno()
    writer = LineWriter(descriptor, lambda lost: _lost(_processors(line_format, stream), lost))
    stream = cast("TextIO", writer)  # as far as anybody here uses one
    configure(line_format, level, stream)
    atexit.register(writer.close)
    sys.excepthook = _crashed  # its own would write to stderr itself


def _lost(processors: list[structlog.typing.Processor], lines: int) -> str:
    """Make the line about lost lines; in the writer's thread, so past its buffer."""
    event: Any = {"event": "log_lines_lost", "lines": lines}
    for processor in processors:
        event = processor(None, "warning", event)
    return f"{event}\n"


def _crashed(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    structlog.get_logger().critical("crashed", exc_info=(kind, error, traceback))


def _processors(line_format: Format, stream: TextIO) -> list[structlog.typing.Processor]:
    console = line_format == "console" or (line_format == "auto" and stream.isatty())
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *(_console(stream) if console else _json()),
    ]


def _console(stream: TextIO) -> list[structlog.typing.Processor]:
    # The plain traceback: the pretty one prints local variables, and those hold identities.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]


def _json() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _adopt_libraries(processors: list[structlog.typing.Processor], stream: TextIO) -> None:
    """Let asyncio and hypercorn, which use `logging`, write the same lines from WARNING up."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *processors[:-1],
                _name_the_library,
                processors[-1],
            ]
        )
    )
    root = logging.getLogger()
    handler.addFilter(_LibraryLimit())
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def _name_the_library(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep events facts: a library's sentence is the text of one."""
    return {**event, "text": event["event"], "event": "library"}


def raise_alarm(alarm: str, *, severity: Severity, text: str, next_step: str, **about: str) -> None:
    """Write the line that a network operation centre acts on.

    Args:
        alarm: its name.
        severity: as the centre sorts.
        text: what is wrong.
        next_step: what to do.
        about: which of several it is, where there may be several at once.
    """
    structlog.get_logger().error(
        "alarm_raised", alarm=alarm, **about, severity=severity, text=text, next_step=next_step
    )


def clear_alarm(alarm: str, *, text: str, **about: str) -> None:
    """Write the line that ends an alarm."""
    structlog.get_logger().warning(
        "alarm_cleared", alarm=alarm, **about, severity="cleared", text=text
    )


class LineLimiter:
    """Keeps a flood of bad requests from becoming a flood of lines; pure, time comes in."""

    def __init__(self, *, lines: int = LINES, window: float = WINDOW) -> None:
        self._lines = lines
        self._window = window
        self._kinds: dict[Hashable, tuple[float, int]] = {}  # kind -> start of window, seen in it

    def admit(self, kind: Hashable, now: float) -> int | None:
        """Return how many lines of this kind were suppressed before this one; None: suppress it."""
        start, seen = self._kinds.get(kind, (now, 0))
        if now - start >= self._window:
            self._remember(kind, (now, 1))
            return max(0, seen - self._lines)
        self._remember(kind, (start, seen + 1))
        return 0 if seen < self._lines else None

    def _remember(self, kind: Hashable, window: tuple[float, int]) -> None:
        self._kinds[kind] = window
        if len(self._kinds) > KINDS:
            del self._kinds[next(iter(self._kinds))]


class _LibraryLimit(logging.Filter):
    """Keeps a library from repeating itself, as asyncio does when it cannot accept."""

    def __init__(self) -> None:
        super().__init__()
        self._limiter = LineLimiter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line may be written; the first after many says how many were not."""
        kind = (record.name, str(record.msg).partition("\n")[0])
        suppressed = self._limiter.admit(kind, time.monotonic())
        if suppressed:
            record.msg = f"{record.getMessage()} (and {suppressed} more like it)"
            record.args = ()
        return suppressed is not None


class LineWriter:
    """Takes lines at once, and writes them from a thread of its own.

    Only the thread meets a pipe that nobody reads, a reader that is gone, a full disk. What the
    buffer has no room for and what cannot be written is lost and counted; when writing works
    again, a line says how many. Nothing here takes a lock: a line may be written by a finalizer
    in the middle of writing another.
    """

    def __init__(self, descriptor: int, notice: Callable[[int], str]) -> None:
        """Start the thread.

        Args:
            descriptor: where lines go.
            notice: makes the line that says how many were lost.
        """
        self._descriptor = descriptor
        self._notice = notice
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._refused = 0  # lines that found the buffer full; counted by whoever writes them
        self._failed = 0  # lines that could not be written; this and the next by the thread
        self._told = 0  # lost lines that a line has told
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def isatty(self) -> bool:
        """Tell whether people look at the lines as they come."""
        return os.isatty(self._descriptor)

    def write(self, text: str) -> int:
        """Take a line, or lose it."""
        if self._lines.qsize() < BUFFER:
            self._lines.put(text)
        else:
            self._refused += 1
        return len(text)

    def flush(self) -> None:
        """Do nothing: the thread writes each line at once."""

    def close(self) -> None:
        """Wait for what was taken to be written, but not for long."""
        self._lines.put(None)
        self._thread.join(T_FLUSH)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._tell_losses()
                self._put(line)
            except OSError:
                self._failed += 1
        with contextlib.suppress(OSError):
            self._tell_losses()

    def _tell_losses(self) -> None:
        lost = self._refused + self._failed - self._told
        if lost:
            self._put(self._notice(lost))
            self._told += lost

    def _put(self, line: str) -> None:
        octets = line.encode(errors="backslashreplace")
        while octets:
            try:
                octets = octets[os.write(self._descriptor, octets) :]
            except BlockingIOError:  # somebody made the pipe we share non-blocking
                select.select([], [self._descriptor], [])
