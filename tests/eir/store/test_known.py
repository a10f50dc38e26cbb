"""What is known of small maps; that it answers as the file does is in `test_map_writer`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.store import known
from eir.store.block import Block
from eir.store.known import KnownBlocks, KnownMap
from eir.store.layout import SUBSCRIBERS, MapState
from eir.store.packing import Packer
from tests.eir.store.made import Table, entries_of, writable
from tests.eir.store.mapped import Mapped

OWNER = 7
MANY: Table = {(number * 2**40,): number for number in range(1, 4_000)}


def blocks() -> list[tuple[Block, int]]:
    packer = Packer(OWNER, 1)
    packed = [*packer.pack(entries_of(MANY, 1)), *packer.finish()]
    return [(Block(octets, 1), len(octets)) for _, octets in packed]


BLOCKS = blocks()


def empty(*, table: int = OWNER, base: int = 1) -> KnownMap | None:
    return KnownBlocks().of(MapState(SUBSCRIBERS, 1, table=table, base=base))


@given(st.permutations(BLOCKS), st.integers(0, len(BLOCKS)))
def test_a_block_answers_for_its_own_keys_once_it_was_met(
    order: list[tuple[Block, int]], count: int
) -> None:
    around = empty()
    assert around is not None
    for block, octets in order[:count]:
        around.add(block, octets)
    met = [block for block, _ in order[:count]]
    for block, _ in BLOCKS:
        (below,), (upper,) = block.lower, block.upper
        for number in (below + 1, upper):
            assert around.around(number) is (block if block in met else None)


@given(st.sets(st.sampled_from(BLOCKS)), st.lists(st.sampled_from(sorted(MANY)), max_size=20))
def test_values_are_those_of_their_blocks_and_others_are_asked_for(
    met: set[tuple[Block, int]], keys: list[tuple[int, ...]]
) -> None:
    here = empty()
    assert here is not None
    for block, octets in met:
        here.add(block, octets)
    numbers = [number + 1 - place % 2 for place, (number,) in enumerate(keys)]  # some are no keys
    found = here.singles(numbers, lambda number: -number)
    known = [here.around(number) for number in numbers]
    assert found == [
        -number if block is None else block.find_single(number)
        for number, block in zip(numbers, known, strict=True)
    ]


def test_a_block_is_kept_once() -> None:
    around = empty()
    assert around is not None
    block, octets = BLOCKS[0]
    around.add(block, octets)
    around.add(block, octets)
    assert around.octets == octets


def test_of_no_map_and_of_a_large_map_nothing_is_kept() -> None:
    assert empty(table=0) is None
    assert empty(base=known.MOST_ENTRIES) is not None
    assert empty(base=known.MOST_ENTRIES + 1) is None


def test_no_more_is_kept_than_a_bound_and_the_rest_is_found_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known, "MOST_OCTETS", 3 * 4096)
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        mapped.put(MANY)
        for _ in range(2):
            assert {key: mapped.lookup().single(*key) for key in MANY} == MANY
        assert 2 * 4096 < mapped.known.octets <= 3 * 4096


def test_tables_that_are_no_more_are_forgotten() -> None:
    store = KnownBlocks()
    states = [MapState(SUBSCRIBERS, 1, table=table, base=1) for table in (OWNER, OWNER + 1)]
    for state in states:
        kept = store.of(state)
        assert kept is not None
        kept.add(*BLOCKS[0])
    store.keep({OWNER})
    assert store.octets == BLOCKS[0][1]


def test_what_is_known_need_not_be_in_the_file_any_more() -> None:
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        mapped.put(MANY)
        lookup = mapped.lookup()
        before = {key: lookup.single(*key) for key in MANY}
        transaction.drop(tables.blocks, delete=False)
        lookup = mapped.lookup()
        assert {key: lookup.single(*key) for key in MANY} == before
