from eir.store.sizes import PAGE, octets_of
from tests.eir.store.made import Table, writable
from tests.eir.store.mapped import Mapped

# Every number so far from the next that some hundred fill a block.
MANY: Table = {(number * 2**40,): number for number in range(1, 5_000)}


def test_a_base_takes_what_lmdb_says_that_its_blocks_take() -> None:
    with writable() as (transaction, tables, _):
        mapped, other = Mapped(transaction, tables, 1), Mapped(transaction, tables, 3)
        mapped.put(MANY)
        stored = transaction.stat(tables.blocks)["overflow_pages"] * PAGE
        assert stored <= octets_of(transaction, tables, mapped.state) <= stored + PAGE
        other.put({(0, 0, 7): 1})
        assert octets_of(transaction, tables, other.state) == PAGE


def test_each_change_since_the_base_takes_its_key_and_its_value() -> None:
    with writable() as (transaction, tables, _):
        mapped = Mapped(transaction, tables, 1)
        mapped.put(MANY)
        before = octets_of(transaction, tables, mapped.state)
        mapped.put({(2**40,): 0, (5,): 5})
        (item, *_) = transaction.cursor(tables.overlay)
        assert octets_of(transaction, tables, mapped.state) == before + 2 * sum(map(len, item))


def test_a_map_that_never_was_takes_nothing() -> None:
    with writable() as (transaction, tables, _):
        assert octets_of(transaction, tables, Mapped(transaction, tables, 1).state) == 0
