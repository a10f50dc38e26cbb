"""The log: one line per fact on stderr, for people on a terminal and as JSON elsewhere.

Events are snake_case facts. A whole IMEI or IMSI never stands in a line: identities show their
TAC or MCC only (`protocols.identities`), and errors of the protocols carry no values.
"""

import logging
import sys
from collections.abc import Hashable
from typing import Any, Literal, TextIO

import structlog

Format = Literal["auto", "console", "json"]
Severity = Literal["critical", "major", "minor", "warning"]  # ITU-T X.733 §8.1.2.3

LINES = 5  # ours: lines of one kind that one peer may cause in a window
WINDOW = 10.0  # seconds
KINDS = 1024  # ours: kinds of line remembered; above it the oldest is forgotten


def configure(line_format: Format, level: str, stream: TextIO = sys.stderr) -> None:
    """Write this process's log, and that of the libraries, to `stream`."""
    console = line_format == "console" or (line_format == "auto" and stream.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _console(stream) if console else _json()
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    _adopt_libraries([*shared, *last], stream)


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
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def _name_the_library(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep events facts: a library's sentence is the text of one."""
    return {**event, "text": event["event"], "event": "library"}


def raise_alarm(alarm: str, *, severity: Severity, text: str, next_step: str) -> None:
    """Write the line that a network operation centre acts on."""
    structlog.get_logger().error(
        "alarm_raised", alarm=alarm, severity=severity, text=text, next_step=next_step
    )


def clear_alarm(alarm: str, *, text: str) -> None:
    """Write the line that ends an alarm."""
    structlog.get_logger().warning("alarm_cleared", alarm=alarm, severity="cleared", text=text)


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
