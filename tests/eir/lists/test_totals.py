import json

import pytest

from eir.lists.guarded import Guarded
from eir.lists.impact import Group, Moved, impact_of
from eir.lists.lines import read_subject
from eir.lists.names import ListName
from eir.lists.totals import rows, totals
from eir.store.catalog import Difference, Line
from eir.store.rows import Entry

IMEI = "35209900176148"
STOLEN = Entry(ListName.PROHIBITED, "registry", "stolen")


def test_totals_count_and_name_nobody() -> None:
    subject = read_subject({"imei": IMEI}, ListName.PROHIBITED)
    guarded = Guarded([Line(subject, Entry(ListName.PROTECTED, "local"))], 0)
    found = totals(impact_of([Difference(subject, None, STOLEN)], guarded), {"35209900": "D1"})
    moved = {"added": 1, "removed": 0, "updated": 0}
    assert found["reasons"] == [{"reason": "stolen", **moved}]
    assert found["tacs"] == [{"tac": "35209900", **moved, "name": "D1"}]
    assert found["contradicting_protected"] == {"entries": 1}
    assert IMEI not in json.dumps(found)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("clone of 00100199000001", "clone of 00100199******"),
        ("clone of 001001990000015 too", "clone of 00100199******* too"),
        ("IMEISV:0010019900000101", "IMEISV:00100199********"),
        ("pair 00100199000001/001010000000001", "pair 00100199******/00101000*******"),
        ("ticket 2026112200001", "ticket 2026112200001"),
        ("ticket 20261122000000001", "ticket 20261122000000001"),
        ("", None),
    ],
)
def test_identities_in_reasons_are_masked_behind_their_tac(said: str, shown: str | None) -> None:
    (row,) = rows("reason", [Group(said, Moved(added=1))])
    assert row["reason"] == shown
