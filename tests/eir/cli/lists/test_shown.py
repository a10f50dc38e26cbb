import pytest

from eir.cli.lists.shown import difference_fields, line_fields, sentence
from eir.lists.lines import read_subject
from eir.lists.names import ListName, Lock
from eir.store.catalog import Difference, Line
from eir.store.rows import Entry

IMEI = "35209900176148"
STOLEN = Entry(ListName.PROHIBITED, "registry", "stolen")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (None, "not listed"),
        (STOLEN, "stolen"),
        (Entry(ListName.PROHIBITED, "s"), "without a reason"),
        (Entry(ListName.BINDING, "s", "x", lock=Lock.MUTUAL), "x, mutual lock"),
        (
            Entry(ListName.TRACKING, "s", "x", 0, 86_400, then=ListName.PROHIBITED),
            "x, from 1970-01-01T00:00:00Z, until 1970-01-02T00:00:00Z, prohibited then",
        ),
    ],
)
def test_an_entry_is_said_in_one_line(entry: Entry | None, said: str) -> None:
    assert sentence(entry) == said


def test_an_entry_has_the_same_keys_whatever_it_is_about() -> None:
    subjects: list[dict[str, str]] = [{"imei": IMEI}, {"tac": "35209900"}, {"imei": "nonsense"}]
    lines = [
        line_fields(Line(read_subject(cells, ListName.PROHIBITED), STOLEN)) for cells in subjects
    ]
    assert len({tuple(line) for line in lines}) == 1
    assert [line["imei"] for line in lines] == [IMEI, None, "NONSENSE"]
    assert lines[1]["tac"] == "35209900"


def test_a_change_says_what_was_only_where_something_else_is() -> None:
    subject = read_subject({"imei": IMEI}, ListName.PROHIBITED)
    lost = Entry(ListName.PROHIBITED, "registry", "lost")
    rows = [
        difference_fields(Difference(subject, *both))
        for both in ((None, lost), (STOLEN, lost), (STOLEN, None))
    ]
    assert [(row["change"], row["reason"], row["was"]) for row in rows] == [
        ("added", "lost", None),
        ("updated", "lost", "stolen"),
        ("removed", "stolen", None),
    ]
