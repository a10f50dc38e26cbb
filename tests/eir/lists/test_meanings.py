import pytest

from eir.lists.meanings import Beside, Meanings, Remembered, Said
from eir.lists.names import ListName, Lock
from eir.lists.subjects import ANY, Kind
from eir.store.layout import Truth
from eir.store.rows import Entry, Scope


class Ids:
    """Gives ids in order of first use, and remembers what they stand for."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.texts: list[str] = []

    def intern(self, entry: Entry) -> int:
        self.entries.append(entry)
        return len(self.entries)

    def intern_text(self, text: str) -> int:
        self.texts.append(text)
        return len(self.texts)


def read(ids: Ids, name: ListName, said: dict[str, str]) -> Said:
    return read_of(ids, name, said, Kind.EQUIPMENT, ANY)


def read_of(ids: Ids, name: ListName, said: dict[str, str], kind: Kind, version: int) -> Said:
    meanings = Meanings(tuple(said), Truth(name, "local"), ids.intern, ids.intern_text)
    return meanings[Beside(tuple(said.values()), kind, version)]


def test_an_entry_is_what_its_cells_say() -> None:
    ids = Ids()
    said = read(
        ids,
        ListName.TRACKING,
        {
            "device": "D1",
            "source": "registry",
            "reason": " lost ",
            "effective": "19700102",
            "expires": "19700103",
            "op": "add",
            "then": "prohibited",
        },
    )
    assert said == Said("registry", entry=1, device=1)
    assert ids.texts == ["D1"]
    assert ids.entries == [
        Entry(
            ListName.TRACKING,
            "registry",
            "lost",
            86_400,
            172_800,
            then=ListName.PROHIBITED,
        )
    ]


@pytest.mark.parametrize(
    ("kind", "version", "scope", "svn"),
    [
        (Kind.EQUIPMENT, ANY, Scope.EQUIPMENT, ""),
        (Kind.OPAQUE, ANY, Scope.EQUIPMENT, ""),
        (Kind.SOFTWARE, 107, Scope.EQUIPMENT, "07"),
        (Kind.RANGE, 107, Scope.RANGE, "07"),
        (Kind.RANGE, ANY, Scope.RANGE, ""),
        (Kind.TAC, ANY, Scope.TAC, ""),
        (Kind.PAIR, ANY, Scope.PAIR, ""),
    ],
)
def test_an_entry_repeats_how_its_subject_is_named(
    kind: Kind, version: int, scope: Scope, svn: str
) -> None:
    ids = Ids()
    read_of(ids, ListName.PROHIBITED, {}, kind, version)
    assert ids.entries == [Entry(ListName.PROHIBITED, "local", svn=svn, scope=scope)]


def test_a_binding_has_a_lock() -> None:
    ids = Ids()
    read_of(ids, ListName.BINDING, {"lock": ""}, Kind.PAIR, ANY)
    assert ids.entries[0].lock is Lock.MUTUAL


def test_a_removal_says_who_removes_and_nothing_else() -> None:
    ids = Ids()
    cells = {"source": "a", "op": "remove", "effective": "never", "lock": "x", "device": "D"}
    said = read(ids, ListName.TRACKING, cells)
    assert said == Said("a", entry=0, device=0)
    assert (ids.entries, ids.texts) == ([], [])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"source": "no way"}, "a source is"),
        ({"effective": "20260201", "expires": "20260201"}, "expires before it is effective"),
        ({"lock": "mutual"}, "only the binding list"),
        ({"then": "prohibited"}, "only what is on the tracking list"),
        ({"device": "a\tb"}, "a device has no"),
        ({"reason": "\udce9"}, "not UTF-8"),
        ({"op": ""}, "add, update or remove"),
    ],
)
def test_cells_that_say_nothing_sensible_are_refused(said: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(Ids(), ListName.PROHIBITED, said)


def test_an_entry_is_interned_once_however_many_devices_have_it() -> None:
    ids = Ids()
    meanings = Meanings(
        ("device", "reason"), Truth(ListName.PROHIBITED, "x"), ids.intern, ids.intern_text
    )
    for device in ("A", "B", "A"):
        meanings[Beside((device, "lost"), Kind.EQUIPMENT, ANY)]
    assert (len(ids.entries), ids.texts) == (1, ["A", "B"])


def test_what_is_remembered_is_bounded() -> None:
    asked: list[int] = []
    remembered = Remembered[int, None](asked.append, most=2)
    for number in (1, 1, 2, 3, 1):
        remembered[number]
    assert asked == [1, 2, 3, 1]
    assert len(remembered) == 2
