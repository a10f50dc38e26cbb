from collections.abc import Sequence

from eir.lists.ids import Ids, no_ids
from eir.lists.meanings import Said, Saying
from eir.lists.names import ListName
from eir.store.rows import Entry
from tests.eir.lists.reading import Interned

LOST = Entry(ListName.PROHIBITED, "local", "lost")
FOUND = Entry(ListName.PROHIBITED, "local", "found")


def test_what_is_said_is_asked_for_once_and_all_at_once() -> None:
    ids = Interned()
    lost, found = Saying("local", LOST), Saying("local", FOUND)
    asked = Ids(ids.intern, ids.intern)
    both = asked.of([Said(lost, "A"), Said(found, ""), Said(lost, "B"), Said(lost, "A")])
    assert both == ([1, 2, 1, 1], [3, 0, 4, 3])
    assert asked.of([Said(lost, "B")]) == ([1], [4])
    assert ids.said == [LOST, FOUND, "A", "B"]


def test_a_removal_needs_no_id() -> None:
    ids = Interned()
    assert Ids(ids.intern, ids.intern).of([Said(Saying("a", None), "")]) == ([0], [0])
    assert ids.said == []


def test_few_devices_are_remembered() -> None:
    asked: list[list[str]] = []

    def intern(texts: Sequence[str]) -> list[int]:
        asked.append(list(texts))
        return [ord(text) for text in texts]

    ids = Ids(no_ids, intern, most=2)
    said = Saying("local", None)
    for devices in ("A", "AB", "AC", "D"):
        assert ids.of([Said(said, d) for d in devices])[1] == [ord(d) for d in devices]
    assert asked == [["A"], ["B"], ["A", "C"], ["D"]]
