import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from eir.store.layout import (
    EQUIPMENT,
    FORMAT,
    IMSI,
    MSISDN,
    OPAQUE,
    SEGMENTS,
    SUBSCRIBERS,
    TACS,
    Catalog,
    MapState,
    State,
    Truth,
    decode_map,
    decode_state,
    encode_map,
    encode_state,
    is_kept,
    keys_of,
    truth_of,
)

TRUTH = Truth(ListName.TRACKING, "registry-1.b")
OTHERS = (EQUIPMENT, OPAQUE, SEGMENTS, IMSI, MSISDN, SUBSCRIBERS, TACS)


def test_the_state_reads_back() -> None:
    state = State(version=7, loaded="2026-01-31T00:00:00+00:00", maps=9, tables=30, history_from=3)
    assert decode_state(encode_state(state)) == state


def test_a_list_of_a_source_owns_every_map_that_is_about_it_and_no_other() -> None:
    kind = Kind.EQUIPMENT
    own = (*TRUTH.maps, TRUTH.siblings, TRUTH.paced(kind), TRUTH.dated(kind))
    other = Truth(ListName.TRACKING, "registry-1")
    assert all(map(TRUTH.owns, own))
    assert not any(map(TRUTH.owns, (*OTHERS, *other.maps, Truth(ListName.PROHIBITED, "b").devices)))


def test_the_place_of_a_map_reads_back() -> None:
    state = MapState(TRUTH.map(Kind.RANGE), 1, table=2, base=3, overlay=4, entries=5)
    assert decode_map(encode_map(state)) == state


def test_no_state_means_that_nothing_was_loaded_and_says_how_to_load() -> None:
    with pytest.raises(StoreError, match="no list has been loaded") as caught:
        decode_state(None)
    assert "eir lists load" in caught.value.next_step


@pytest.mark.parametrize(
    "octets", [b"", b"\xff", b"[]", b"{}", b'{"version": 1}', b'{"format": 2, "colour": 1}']
)
def test_a_garbled_state_is_refused(octets: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode_state(octets)


@pytest.mark.parametrize("octets", [b"", b"\xff", b"[]", b"{}", b'{"name": "tacs"}'])
def test_a_garbled_place_is_refused(octets: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode_map(octets)


@pytest.mark.parametrize(("number", "what"), [(FORMAT - 1, "migrate"), (FORMAT + 1, "wrote it")])
def test_a_store_of_another_format_is_refused_with_what_to_do(number: int, what: str) -> None:
    with pytest.raises(StoreError, match=f"format {number}") as caught:
        decode_state(encode_state(State(1, format=number)))
    assert what in caught.value.next_step


@pytest.mark.parametrize("kind", Kind)
def test_a_map_of_entries_is_known_by_its_name(kind: Kind) -> None:
    assert truth_of(TRUTH.map(kind)) == (TRUTH, kind)
    assert keys_of(TRUTH.map(kind)) == kind.width


@pytest.mark.parametrize("name", [*OTHERS, TRUTH.devices, TRUTH.siblings])
def test_other_maps_are_no_entries(name: str) -> None:
    assert truth_of(name) is None
    assert keys_of(name) in {1, 2, 3}


@pytest.mark.parametrize(
    "name", ["truth:purple:a:tac", "truth:prohibited::tac", "truth:\xff", "truth:prohibited:a:b"]
)
def test_a_map_with_an_impossible_name_is_damage(name: str) -> None:
    with pytest.raises(StoreError, match="damaged"):
        truth_of(name)


def test_history_is_kept_of_what_was_said_and_not_of_what_follows_from_it() -> None:
    kept = [name for name in (*OTHERS, TRUTH.devices, TRUTH.siblings) if is_kept(name)]
    assert kept == [SUBSCRIBERS, TACS, TRUTH.devices]
    assert all(is_kept(TRUTH.map(kind)) for kind in Kind)


def test_a_catalog_names_what_has_entries_strongest_list_first() -> None:
    names = [
        Truth(ListName.PERMITTED, "a").map(Kind.TAC),
        Truth(ListName.PROHIBITED, "b").map(Kind.EQUIPMENT),
        Truth(ListName.PROHIBITED, "a").map(Kind.EQUIPMENT),
    ]
    maps = {name: MapState(name, number, entries=1) for number, name in enumerate(names)}
    gone = Truth(ListName.BINDING, "a").map(Kind.PAIR)
    catalog = Catalog(State(), {**maps, gone: MapState(gone, 9), TACS: MapState(TACS, 8)})
    assert [state.name for *_, state in catalog.truths()] == names[::-1]
    assert [state.name for *_, state in catalog.truths(Kind.TAC)] == names[:1]
    assert [state.name for *_, state in catalog.truths(empty=True)] == [gone, *names[::-1]]
    assert catalog.holds == {
        (ListName.PERMITTED, Kind.TAC),
        (ListName.PROHIBITED, Kind.EQUIPMENT),
    }


@pytest.mark.parametrize("source", ["", "a:b", "a b", "é", "x" * 65, "-a"])
def test_a_source_that_is_no_name_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="a source is"):
        Truth(ListName.PROHIBITED, source)
