import pytest

from eir.lists.meanings import Beside, Meanings, Remembered, Said
from eir.lists.names import ListName, Lock
from eir.lists.subjects import ANY, Kind
from eir.store.layout import Truth
from eir.store.rows import Entry, Scope


def read(name: ListName, said: dict[str, str]) -> Said:
    return read_of(name, said, Kind.EQUIPMENT, ANY)


def read_of(name: ListName, said: dict[str, str], kind: Kind, version: int) -> Said:
    meanings = Meanings(tuple(said), Truth(name, "local"))
    return meanings.read(Beside(tuple(said.values()), kind, version))


def test_an_entry_is_what_its_cells_say() -> None:
    said = read(
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
    assert said.device == "D1"
    assert said.saying.source == "registry"
    assert said.saying.entry == Entry(
        ListName.TRACKING,
        "registry",
        "lost",
        86_400,
        172_800,
        then=ListName.PROHIBITED,
    )


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
    said = read_of(ListName.PROHIBITED, {}, kind, version)
    assert said.saying.entry == Entry(ListName.PROHIBITED, "local", svn=svn, scope=scope)


def test_a_binding_has_a_lock() -> None:
    entry = read_of(ListName.BINDING, {"lock": ""}, Kind.PAIR, ANY).saying.entry
    assert entry is not None
    assert entry.lock is Lock.MUTUAL


def test_a_removal_says_who_removes_and_nothing_else() -> None:
    cells = {"source": "a", "op": "remove", "effective": "never", "lock": "x", "device": "D"}
    said = read(ListName.TRACKING, cells)
    assert (said.saying.source, said.saying.entry, said.device) == ("a", None, "")


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
        read(ListName.PROHIBITED, said)


def test_what_lines_say_alike_is_read_once_whatever_devices_they_name() -> None:
    meanings = Meanings(("device", "reason"), Truth(ListName.PROHIBITED, "x"))
    said = [meanings.read(Beside((d, "lost"), Kind.EQUIPMENT, ANY)) for d in ("A", " B ")]
    assert said[0].saying is said[1].saying
    assert [each.device for each in said] == ["A", "B"]


def test_what_is_remembered_is_bounded() -> None:
    asked: list[int] = []
    remembered = Remembered[int, None](asked.append, most=2)
    for number in (1, 1, 2, 3, 1):
        remembered[number]
    assert asked == [1, 2, 3, 1]
    assert len(remembered) == 2
