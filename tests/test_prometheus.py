"""The rules for Prometheus and the dashboard for Grafana, as those programs want them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from eir.alarms.catalogue import CATALOGUE
from tests.prometheus_files import (
    EXAMPLE,
    RULES,
    TESTS,
    dashboard,
    dashboard_expressions,
    names_in,
)

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool here")
ALERTS = next(path for path in RULES if path.name == "eir-alerts.yml").read_text(encoding="utf-8")


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )


@needs_promtool
def test_the_rules_and_the_example_are_as_prometheus_wants_them() -> None:
    for done in (promtool("check", "rules", *RULES), promtool("check", "config", EXAMPLE)):
        assert done.returncode == 0, done.stderr


@needs_promtool
def test_each_alert_is_on_when_it_should_be_and_off_when_not() -> None:
    done = promtool("test", "rules", *TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_test_says_what_is_wrong_and_what_to_do() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in TESTS)
    alerts = ALERTS.split("      - alert: ")[1:]
    assert alerts
    for alert in alerts:
        name = alert.partition("\n")[0]
        assert re.search(rf"\b{name}\b", tests), f"{name} has no test"
        for part in ("expr: ", "summary: ", "description: "):
            assert part in alert, f"{name} has no {part}"
        assert "severity: " in alert or "eir_alarm_active" in alert


def test_an_alarm_that_is_not_passed_on_has_an_alert_of_its_own() -> None:
    (left_out,) = re.findall(r'alarm!~"([^"]+)"', ALERTS)
    instead = {
        "counter_identity_broken": "EirCountersBroken",
        "list_stale": "EirListStale",
        "override_on": "EirOverride",
        "store_unreadable": "EirStoreUnreadable",
        "sync_failed": "EirSyncFails",
        "sync_held": "EirSyncHeld",
        "worker_restarting": "EirWorkerRestarting",
    }
    assert left_out.split("|") == list(instead)
    assert instead.keys() <= {kind.name for kind in CATALOGUE}
    assert all(f"- alert: {alert}\n" in ALERTS for alert in instead.values())


def test_every_part_of_the_dashboard_has_a_number_of_its_own_and_a_place() -> None:
    panels = dashboard()["panels"]
    numbers = [panel["id"] for panel in panels]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not taken & cells, panel["title"]
        taken |= cells


def test_the_dashboard_asks_the_prometheus_that_is_chosen_and_no_other() -> None:
    board = dashboard()
    assert [variable["name"] for variable in board["templating"]["list"]] == [
        "datasource",
        "instance",
    ]
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    asked = [*panels, *(target for panel in panels for target in panel["targets"])]
    asked += [*board["annotations"]["list"], board["templating"]["list"][1]]
    for each in asked:
        assert each["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_every_panel_says_what_it_shows_and_asks_about_the_chosen_nodes() -> None:
    for panel in dashboard()["panels"]:
        if panel["type"] != "row":
            assert panel["description"].endswith("."), panel["title"]
            assert all('instance=~"$instance"' in each["expr"] for each in panel["targets"])


@needs_promtool
def test_every_expression_of_the_dashboard_can_be_read(tmp_path: Path) -> None:
    rules = [
        f"      - record: panel:eir_{number}\n        expr: {expression!r}\n"
        for number, (_, expression) in enumerate(dashboard_expressions())
    ]
    path = tmp_path / "dashboard.yml"
    path.write_text(f"groups:\n  - name: dashboard\n    rules:\n{''.join(rules)}")
    done = promtool("check", "rules", path)
    assert done.returncode == 0, done.stderr


def test_names_of_metrics_are_found_and_nothing_else() -> None:
    expression = 'sum by (eir) (a_b:eir_x:rate5m{job="eir_no"}) / rate(eir_y_total[5m])'
    assert names_in(expression) == {"a_b:eir_x:rate5m", "eir_y_total"}
