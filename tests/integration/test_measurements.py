"""What a running server measures: the same as its metrics say, and kept whatever happens to it."""

import csv
import os
import signal
import time
from collections import Counter
from pathlib import Path

from eir.lists.names import ListName
from eir.measurements.export import Target, export
from eir.measurements.kept import Kept
from eir.measurements.rows import Interval, Row, total
from eir.pulse import T_BEAT
from tests.harness import MME, PERMITTED, PROHIBITED, Client, Node, cer, load_list, serving
from tests.integration.test_serve_map_tcp import LISTENING, VECTORS, connect
from tests.integration.test_serve_workers import wait_until

LISTED, UNLISTED = "35209900176148", "35209900176149"
STRANGERS = ('=cmd|"/c calc"!A0', "+1,2", "@SUM(A1)", 'a"b\nsuspect,true', "-2+3")
VERDICTS = ("permitted", "prohibited", "tracking", "unknown", "refused", "failed", "shed")


def intervals(directory: Path) -> list[Interval]:
    return list(Kept(directory / "store").read(0, 1 << 40))


def rows(directory: Path) -> dict[tuple[str, str], Row]:
    """Give all that was kept, by interface and peer."""
    found = total(row for interval in intervals(directory) for row in interval.rows)
    return {(row.interface, row.peer): row for row in found}


def counted(node: Node) -> Counter[tuple[str, str, str]]:
    """Scrape what became of checks, by interface, peer and verdict."""
    found: Counter[tuple[str, str, str]] = Counter()
    for name, value in node.metrics().items():
        if name.startswith("eir_checks_total{"):
            labels = dict(part.split("=", 1) for part in name[17:-1].replace('"', "").split(","))
            found[labels["interface"], labels["peer"], labels["verdict"]] += int(value)
    return found


def ask(mme: Client, checks: int) -> None:
    """Ask, and ask wrongly: an answer comes to each."""
    for number in range(checks):
        assert mme.check(LISTED, number=number).status == PROHIBITED
        assert mme.check(UNLISTED, number=number).status == PERMITTED
        mme.check("12", number=number)


def test_every_check_is_measured_as_the_metrics_count_it(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    text = LISTENING.replace("[[diameter.peer]]", "accept_any_peer = true\n[[diameter.peer]]", 1)
    with serving(tmp_path, text) as node, node.connect() as mme, connect(node) as msc:
        mme.open()
        ask(mme, 7)
        msc.open()
        for _ in range(5):
            msc.ask(VECTORS["jss7_v3_begin"].octets)
        opened = time.monotonic()  # who can ask is looked at in each beat
        wait_until(lambda: time.monotonic() > opened + 2 * T_BEAT)
        for stranger in STRANGERS:  # refused, or counted as others are: no name of theirs is kept
            with node.connect() as client:
                client.send(cer(stranger))
                client.receive()
        scraped = counted(node)
        assert node.stop() == 0
    found = rows(tmp_path)
    measured = Counter(
        {
            (interface, peer, verdict): getattr(row, verdict)
            for (interface, peer), row in found.items()
            if peer
            for verdict in VERDICTS
        }
    )
    assert +measured == +scraped
    for interface, checks in (("s13", 21), ("map", 5)):
        row = found[interface, ""]
        assert row.received == checks == sum(getattr(row, verdict) for verdict in VERDICTS)
        assert row.timed == checks
        assert 0 < row.busy_ns <= checks * row.longest_ns
        assert 0 < row.peak <= checks
        assert row.available > 0
    assert {peer for _, peer in found} == {"", "other", MME, "msc1"}
    assert not any(interval.is_whole for interval in intervals(tmp_path))


def test_what_a_dead_worker_counted_and_what_was_before_a_restart_is_measured(
    tmp_path: Path,
) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path) as node:
        with node.connect() as mme:
            mme.open()
            ask(mme, 2)
        os.kill(node.workers()[0], signal.SIGKILL)
        node.wait_for("worker_died")
        node.wait_for("ready")
        with node.connect() as mme:
            mme.open()
            ask(mme, 3)
        assert node.stop() == 0
    assert rows(tmp_path)["s13", ""].received == 15
    assert sum(interval.restarts for interval in intervals(tmp_path)) == 1
    with serving(tmp_path) as node, node.connect() as mme:
        mme.open()
        ask(mme, 4)
        assert node.stop() == 0
    written = export(
        Kept(tmp_path / "store"), Target(tmp_path / "pm", "eir1"), 86_400, since=0, until=1 << 40
    )
    lines = [
        line
        for path in written  # of two days, if it is midnight
        if "-interface_" in path.name
        for line in csv.DictReader(path.read_text().splitlines())
        if line["interface"] == "s13"
    ]
    assert {line["suspect"] for line in lines} == {"true"}
    assert sum(int(line["received"]) for line in lines) == 27
