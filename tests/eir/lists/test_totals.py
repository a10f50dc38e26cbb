import json

from eir.lists.guarded import Guarded
from eir.lists.impact import impact_of
from eir.lists.lines import read_subject
from eir.lists.names import ListName
from eir.lists.totals import totals
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
