from eir.lists.guarded import Guarded
from eir.lists.impact import SHOWN, Group, Groups, Impact, Moved, Samples, impact_of
from eir.lists.lines import read_subject
from eir.lists.names import ListName
from eir.lists.subjects import Subject
from eir.store.catalog import Difference, Line
from eir.store.rows import Entry

STOLEN = Entry(ListName.PROHIBITED, "registry", "stolen")
LOST = Entry(ListName.PROHIBITED, "registry", "lost")


def subject(**cells: str) -> Subject:
    return read_subject(cells, ListName.PROTECTED)


def imei(serial: int, tac: str = "00100199") -> Subject:
    return subject(imei=f"{tac}{serial:06}")


def impact(*differences: Difference, protected: tuple[Subject, ...] = ()) -> Impact:
    lines = (Line(each, Entry(ListName.PROTECTED, "local")) for each in protected)
    return impact_of(differences, Guarded(lines, 0.0))


def test_what_comes_goes_and_changes_is_counted_by_list_and_reason() -> None:
    found = impact(
        Difference(imei(1), None, STOLEN),
        Difference(imei(2), None, STOLEN),
        Difference(imei(3), STOLEN, None),
        Difference(imei(4), STOLEN, LOST),
        Difference(imei(5), None, Entry(ListName.PROTECTED, "local", "court")),
    )
    assert found.entries == Moved(added=3, removed=1, updated=1)
    assert list(found.lists.items()) == [
        (ListName.PROTECTED, Moved(added=1)),
        (ListName.PROHIBITED, Moved(added=2, removed=1, updated=1)),
    ]
    assert found.reasons == [
        Group("stolen", Moved(added=2, removed=1)),
        Group("lost", Moved(updated=1)),
        Group("court", Moved(added=1)),
    ]
    assert found.reasons_exact


def test_types_are_counted_where_an_entry_has_one_type() -> None:
    found = impact(
        Difference(imei(1), None, STOLEN),
        Difference(subject(imei="00100199000001", imsi="001010000000001"), None, STOLEN),
        Difference(subject(tac="00100199"), STOLEN, None),
        Difference(subject(imei="00100199000001", imei_to="00100199000100"), None, STOLEN),
        Difference(imei(1, "00100198"), None, STOLEN),
        Difference(subject(imei="00100198000001", imei_to="00100199000000"), None, STOLEN),
        Difference(subject(imsi="001010000000001"), None, STOLEN),
        Difference(subject(imei="nonsense"), None, STOLEN),
    )
    assert found.tacs == [
        Group("00100199", Moved(added=3, removed=1)),
        Group("00100198", Moved(added=1)),
    ]
    assert found.tacs_exact


def test_ranges_say_how_many_imeis_they_cover() -> None:
    found = impact(
        Difference(subject(imei="00100199000001", imei_to="00100199000100"), None, STOLEN),
        Difference(subject(tac="00100198"), STOLEN, None),
        Difference(imei(1), None, STOLEN),
    )
    assert found.spanned == Moved(added=100, removed=1_000_000)


def test_only_entries_that_block_what_is_protected_contradict() -> None:
    later = Entry(ListName.TRACKING, "s", expires=9, then=ListName.PROHIBITED)
    blocks = [
        Difference(imei(1), None, STOLEN),
        Difference(imei(1), None, later),
        Difference(subject(tac="00100199"), None, Entry(ListName.TAC_BARRED, "local")),
    ]
    harmless = [
        Difference(imei(1), STOLEN, None),
        Difference(imei(1), None, Entry(ListName.TRACKING, "local")),
        Difference(imei(2), None, STOLEN),
    ]
    found = impact(*blocks, *harmless, protected=(imei(1),))
    assert found.contradictions == len(blocks)
    assert found.contradicting == blocks


def test_of_many_contradictions_all_are_counted_and_some_shown() -> None:
    blocks = [Difference(imei(serial), None, STOLEN) for serial in range(3 * SHOWN)]
    found = impact(*blocks, protected=(subject(tac="00100199"),))
    assert found.contradictions == 3 * SHOWN
    assert found.contradicting == blocks[:SHOWN]


def test_nothing_comes_to_nothing() -> None:
    found = impact()
    assert found.entries.total == 0
    assert (found.lists, found.reasons, found.tacs, found.samples) == ({}, [], [], [])


def test_the_largest_groups_are_held_and_the_others_said_to_be_missing() -> None:
    groups = Groups[str](held=4)
    for key in "aaabbcd":
        groups.take(key, Difference(imei(1), None, STOLEN))
    before = groups.exact
    groups.take("e", Difference(imei(1), None, STOLEN))
    assert (before, groups.exact) == (True, False)
    assert groups.largest(3) == [
        Group("a", Moved(added=3)),
        Group("b", Moved(added=2)),
        Group("e", Moved(added=1)),
    ]


def test_samples_are_spread_evenly() -> None:
    for count in range(40):
        samples = Samples(4)
        differences = [Difference(imei(serial), None, STOLEN) for serial in range(count)]
        for difference in differences:
            samples.take(difference)
        step = 1
        while len(differences[::step]) > 4:
            step *= 2
        assert samples.kept == differences[::step]
