"""Facts and counters made for tests, at an instant that stands still."""

from datetime import timedelta
from typing import Any

from eir.decision.verdict import Interface
from eir.links import LinkRow
from eir.metrics import BOUNDS
from eir.path_rows import PathRow, PathState
from eir.status.facts import Facts
from eir.status.models import WorkerRow
from eir.status.tallies import INTERFACES, VERDICTS, Tallies, Tally
from tests.alarms import T0

SINCE = "2026-01-10T01:00:00Z"


def facts(**known: Any) -> Facts:
    """A node that answers, and nobody has asked yet; `known` is otherwise."""
    usual: dict[str, Any] = {
        "now": T0,
        "name": "eir.example.org",
        "program": "0.1.0",
        "started": T0 - timedelta(hours=1),
        "obstacle": "",
        "workers": [WorkerRow(worker=0, obstacle="", restarts=0)],
        "served": INTERFACES,
        "links": [],
        "paths": [],
        "waiting": 0,
        "waiting_limit": 67_108_864,
        "last_checks": dict.fromkeys(INTERFACES),
        "version": 1,
        "failure": None,
        "summary": None,
        "octets": None,
        "override": "",
        "syncs": [],
        "alarms": [],
    }
    return Facts(**usual | known)


def peer(name: str, state: str = "R_OPEN", **known: Any) -> LinkRow:
    return LinkRow.model_validate(
        {"kind": "peer", "name": name, "state": state, "since": SINCE} | known
    )


def asp(name: str, state: str = "ASP_ACTIVE", **known: Any) -> LinkRow:
    return peer(name, state, kind="asp", **known)


def path(name: str, address: str, state: PathState = "ACTIVE") -> PathRow:
    return PathRow(peer=name, address=address, state=state, rto_seconds=0.5, srtt_seconds=0.012)


def tally(answered: int = 0, bound: str = "0.0005", **known: Any) -> Tally:
    """So many checks answered permitted, each in the bucket that ends at `bound`."""
    checks = tuple(answered if verdict == "permitted" else 0 for verdict in VERDICTS)
    buckets = tuple(answered if each == bound else 0 for each in BOUNDS)
    return Tally(**{"checks": checks, "buckets": buckets} | known)


def s13(of: Tally) -> Tallies:
    """Counters of a node that is asked over S13 only."""
    return {Interface.S13: of, Interface.MAP: Tally()}
