import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.layout import State, Truth, decode_state, encode_state, truth_of


def test_the_state_reads_back() -> None:
    state = State(version=7, base="base:1", loaded="2026-01-31T00:00:00+00:00")
    assert decode_state(encode_state(state)) == state


def test_no_state_means_that_nothing_was_loaded_and_says_how_to_load() -> None:
    with pytest.raises(StoreError, match="no list has been loaded") as caught:
        decode_state(None)
    assert "eir lists load" in caught.value.next_step


@pytest.mark.parametrize("octets", [b"", b"\xff", b"[]", b"{}", b'{"version": 1}'])
def test_a_garbled_state_is_refused(octets: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode_state(octets)


def test_a_store_of_another_format_is_refused() -> None:
    with pytest.raises(StoreError, match="format 9"):
        decode_state(encode_state(State(1, "base:0", "", format=9)))


def test_a_truth_table_is_known_by_its_name() -> None:
    truth = Truth(ListName.TRACKING, "registry-1.b")
    assert truth_of(truth.table) == truth


def test_other_tables_are_no_truth() -> None:
    assert truth_of(b"base:0") is None
    assert truth_of(b"overlay") is None


@pytest.mark.parametrize("table", [b"truth:purple:a", b"truth:prohibited:", b"truth:\xff"])
def test_a_truth_table_with_an_impossible_name_is_damage(table: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        truth_of(table)


@pytest.mark.parametrize("source", ["", "a:b", "a b", "é", "x" * 65, "-a"])
def test_a_source_that_is_no_name_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="a source is"):
        Truth(ListName.PROHIBITED, source)
