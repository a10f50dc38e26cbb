"""A real Prometheus watches a real node: every rule and every panel is answered."""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eir.lists.names import ListName
from tests.harness import PATIENCE, Client, Node, load_list, serving
from tests.integration.test_serve_map_tcp import LISTENING, VECTORS, Peer, connect
from tests.prometheus_files import RULES, dashboard_expressions, names_in

pytestmark = pytest.mark.skipif(shutil.which("prometheus") is None, reason="no prometheus here")

LISTED = "35209900176148"
REGISTRY = '[[registry]]\nname = "national"\nformat = "csv"\nsource = "file:///inbox"\n'
CONFIG = """
global: {{scrape_interval: 500ms, evaluation_interval: 500ms}}
rule_files: {rules}
scrape_configs:
  - job_name: eir
    static_configs: [targets: ["{target}"]]
"""
# Panels that show something only where there is something to be seen.
MAY_BE_EMPTY = {
    "Alarms",
    "Errors answered, messages discarded",
    "Last sync",  # none was yet
    "Prohibited",  # of a day before
    "The lists changed",
}


class Prometheus:
    """What a Prometheus says."""

    def __init__(self, address: str) -> None:
        self._address = address

    def ask(self, path: str, **query: str) -> Any:
        """Ask its HTTP API; an error is one of the test."""
        url = f"http://{self._address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return json.load(answer)["data"]

    def values(self, expression: str) -> list[Any]:
        """Ask an expression."""
        found: list[Any] = self.ask("query", query=expression)["result"]
        return found


@contextmanager
def watching(node: Node, directory: Path) -> Iterator[Prometheus]:
    """Let a Prometheus scrape a node twice a second."""
    host, port = node.address("admin")
    rules = json.dumps([str(path) for path in RULES])
    config = directory / "prometheus.yml"
    config.write_text(CONFIG.format(rules=rules, target=f"{host}:{port}"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={directory}/tsdb",
         f"--web.listen-address={address}", "--log.level=error"],
    )  # fmt: skip
    try:
        yield Prometheus(address)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def ask_until_recorded(prometheus: Prometheus, mme: Client, msc: Peer) -> None:
    """Ask the node over both interfaces until the rules have made rates of what was scraped."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for _ in range(10):
            mme.check(LISTED)
            msc.ask(VECTORS["jss7_v3_begin"].octets)
        try:
            if len(prometheus.values("interface:eir_checks_answered:ratio_rate5m > 0")) == 2:
                return
        except OSError:  # it starts
            pass
        time.sleep(0.1)
    pytest.fail("nothing was recorded")


def test_every_rule_and_every_panel_is_answered(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with (
        serving(tmp_path, f"{LISTENING}{REGISTRY}") as node,
        node.connect() as mme,
        connect(node) as msc,
    ):
        mme.open()
        msc.open()
        with watching(node, tmp_path) as prometheus:
            ask_until_recorded(prometheus, mme, msc)
            for group in prometheus.ask("rules")["groups"]:
                for rule in group["rules"]:
                    assert rule.get("lastError", "") == "", rule["name"]
            empty = {
                title
                for title, expression in dashboard_expressions()
                if not prometheus.values(expression)
            }
            assert empty <= MAY_BE_EMPTY
            ratios = {
                found["metric"]["interface"]: float(found["value"][1])
                for found in prometheus.values("interface:eir_checks_prohibited:ratio_rate5m")
            }
            assert ratios == {"s13": pytest.approx(1.0), "map": pytest.approx(0.0)}
        _, scraped = node.page("/metrics")
    assert names_asked_for() <= names_there_are(scraped)


def names_asked_for() -> set[str]:
    """Name every metric in the rules and on the dashboard."""
    lines = [line for path in RULES for line in path.read_text(encoding="utf-8").splitlines()]
    rules = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    groups = re.sub(r"(?s)annotations:.*?(?=\n      - |\n  - |\Z)", "", rules)
    groups = re.sub(r"- (?:alert|name): .*", "", groups)
    shown = " ".join(expression for _, expression in dashboard_expressions())
    return names_in(groups) | names_in(shown)


def names_there_are(scraped: str) -> set[str]:
    """Name every metric of a scrape, as it is asked for, and every recorded one."""
    found = set(re.findall(r"^# TYPE (\w+) (?:counter|gauge)$", scraped, re.MULTILINE))
    histograms = re.findall(r"^# TYPE (\w+) histogram$", scraped, re.MULTILINE)
    found |= {f"{name}_bucket" for name in histograms}
    text = "".join(path.read_text(encoding="utf-8") for path in RULES)
    return found | set(re.findall(r"record: (\S+)", text))
