"""What `config/` has for Prometheus and Grafana, and the expressions in it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONFIG = Path(__file__).resolve().parent.parent / "config"
TESTS = sorted((CONFIG / "prometheus").glob("*.test.yml"))
RULES = sorted({*(CONFIG / "prometheus").glob("eir-*.yml")} - {*TESTS})
EXAMPLE = CONFIG / "prometheus" / "prometheus.example.yml"
DASHBOARD = CONFIG / "grafana" / "eir.json"

_NAME = re.compile(r"\b(?:\w+:)?eir_\w+(?::\w+)?")
_FILLED_IN = {"$instance": ".*", "$__rate_interval": "1m"}  # by Grafana


def dashboard() -> dict[str, Any]:
    """Read the dashboard."""
    found: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return found


def dashboard_expressions() -> Iterator[tuple[str, str]]:
    """Give each expression as Grafana asks it, with the title of its panel."""
    board = dashboard()
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], _asked(target["expr"])
    for note in board["annotations"]["list"]:
        yield note["name"], _asked(note["expr"])


def names_in(expression: str) -> set[str]:
    """Name the metrics of ours that an expression asks for, recorded ones too."""
    return set(_NAME.findall(re.sub(r'"[^"]*"', "", expression)))


def _asked(expression: str) -> str:
    for word, text in _FILLED_IN.items():
        expression = expression.replace(word, text)
    return expression
