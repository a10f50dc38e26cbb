import contextlib
import io
import json
import logging
import os
import time
from collections.abc import Iterator

import pytest
import structlog

from eir import log


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_fact_is_one_json_line_where_nobody_looks() -> None:
    stream = io.StringIO()
    log.configure("auto", "info", stream)
    structlog.get_logger().info("peer_open", peer="mme1.example.org")
    (line,) = lines(stream)
    assert (line["event"], line["peer"], line["level"]) == ("peer_open", "mme1.example.org", "info")


def test_a_terminal_gets_lines_for_people() -> None:
    stream = Terminal()
    log.configure("auto", "info", stream)
    structlog.get_logger().info("peer_open")
    assert "peer_open" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_a_terminal_gets_json_when_it_is_asked_for() -> None:
    stream = Terminal()
    log.configure("json", "info", stream)
    structlog.get_logger().info("peer_open")
    assert lines(stream)[0]["event"] == "peer_open"


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    log.configure("json", "warning", stream)
    structlog.get_logger().info("peer_open")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("line_format", ["json", "console"])
def test_a_traceback_shows_no_values(line_format: log.Format) -> None:
    stream = io.StringIO()
    log.configure(line_format, "info", stream)
    imei = "35609101685355"
    try:
        int(imei[:0])
    except ValueError:
        structlog.get_logger().exception("internal_error")
    assert "ValueError" in stream.getvalue()
    assert imei not in stream.getvalue()


def test_a_library_writes_the_same_lines() -> None:
    stream = io.StringIO()
    log.configure("json", "info", stream)
    logging.getLogger("hypercorn.error").warning("something %s", "odd")
    logging.getLogger("hypercorn.error").info("not a fact of ours")
    (line,) = lines(stream)
    assert (line["event"], line["text"], line["level"]) == ("library", "something odd", "warning")


def test_an_alarm_says_what_to_do_and_when_it_is_over() -> None:
    stream = io.StringIO()
    log.configure("json", "info", stream)
    log.raise_alarm("store_unreadable", severity="critical", text="gone", next_step="put it back")
    log.clear_alarm("store_unreadable", text="read again")
    raised, cleared = lines(stream)
    assert "registry" not in raised
    assert (raised["event"], raised["alarm"]) == ("alarm_raised", "store_unreadable")
    assert (raised["severity"], raised["next_step"]) == ("critical", "put it back")
    assert (cleared["event"], cleared["alarm"]) == ("alarm_cleared", "store_unreadable")


def test_of_several_alarms_of_one_name_each_says_which_it_is() -> None:
    stream = io.StringIO()
    log.configure("json", "info", stream)
    log.raise_alarm("stale", severity="major", text="old", next_step="ask", registry="national")
    log.clear_alarm("stale", text="new", registry="national")
    assert [line["registry"] for line in lines(stream)] == ["national"] * 2


def test_a_flood_is_a_few_lines_and_a_count() -> None:
    limiter = log.LineLimiter(lines=2, window=10.0)
    assert [limiter.admit("a", 0.1 * number) for number in range(5)] == [0, 0, None, None, None]
    assert limiter.admit("a", 10.0) == 3
    assert limiter.admit("a", 10.1) == 0


def test_a_flood_of_one_kind_suppresses_no_other() -> None:
    limiter = log.LineLimiter(lines=1, window=10.0)
    limiter.admit("a", 0.0)
    assert limiter.admit("a", 0.0) is None
    assert limiter.admit("b", 0.0) == 0


def test_kinds_without_end_do_not_fill_the_memory() -> None:
    limiter = log.LineLimiter(lines=1, window=10.0)
    for number in range(log.KINDS + 1):
        limiter.admit(number, 0.0)
    assert limiter.admit(log.KINDS, 0.0) is None
    assert limiter.admit(0, 0.0) == 0


def test_a_library_that_repeats_itself_is_a_few_lines() -> None:
    stream = io.StringIO()
    log.configure("json", "info", stream)
    for number in range(log.LINES + 3):
        logging.getLogger("asyncio").error("cannot accept\n%d", number)
    assert len(lines(stream)) == log.LINES


def writer(descriptor: int) -> log.LineWriter:
    return log.LineWriter(descriptor, lambda lost: f"{lost} lost\n")


def test_lines_are_written_in_order_until_the_end() -> None:
    ours, theirs = os.pipe()
    with os.fdopen(ours, encoding="ascii") as reader:
        lines = writer(theirs)
        for number in range(100):
            lines.write(f"{number}\n")
        lines.close()
        os.close(theirs)
        assert reader.read().split() == [str(number) for number in range(100)]


def test_a_pipe_that_nobody_reads_blocks_nobody_and_costs_what_the_buffer_cannot_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log, "BUFFER", 10)
    monkeypatch.setattr(log, "T_FLUSH", 0.05)
    ours, theirs = os.pipe()
    fill(theirs)
    stalled = writer(theirs)
    for _ in range(1000):
        stalled.write("x\n")
    stalled.close()  # gives up after T_FLUSH
    with os.fdopen(ours, encoding="ascii") as reader:
        while not (line := reader.readline().strip(".\n")).endswith("lost"):
            assert line in {"", "x"}
        assert int(line.removesuffix(" lost")) >= 989
        stalled._thread.join(10)
        os.close(theirs)
        assert reader.read().count("x") >= 9


def fill(descriptor: int) -> None:
    """Leave no room in a pipe."""
    os.set_blocking(descriptor, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(descriptor, b".")
    os.set_blocking(descriptor, True)


def test_lines_that_a_disk_had_no_room_for_are_told_when_it_has_again() -> None:
    ours, theirs = os.pipe()
    descriptor = os.open("/dev/full", os.O_WRONLY)
    full = writer(descriptor)
    for _ in range(3):
        full.write("x\n")
    while full._failed < 3:
        time.sleep(0.001)
    os.dup2(theirs, descriptor)
    os.close(theirs)
    full.write("y\n")
    full.close()
    os.close(descriptor)
    with os.fdopen(ours, encoding="ascii") as reader:
        assert reader.read() == "3 lost\ny\n"


def test_a_pipe_that_is_not_blocking_is_waited_for() -> None:
    ours, theirs = os.pipe()
    fill(theirs)
    os.set_blocking(theirs, False)
    patient = writer(theirs)
    patient.write("x\n")
    with os.fdopen(ours, "rb") as reader:
        while not reader.read1().endswith(b"x\n"):
            pass
    patient.close()
    os.close(theirs)


def test_the_level_can_be_changed_while_lines_are_written() -> None:
    stream = io.StringIO()
    log.configure("json", "warning", stream)
    kept = structlog.get_logger()
    kept.info("before")
    log.set_level("info")
    kept.info("after")
    assert [line["event"] for line in lines(stream)] == ["after"]
