import numpy as np

from eir.lists.batch import DEVICE, Batch, Rows, Stream, joined
from eir.lists.ids import Ids
from eir.lists.meanings import Said, Saying
from eir.lists.names import ListName
from eir.lists.subjects import Kind, Subject
from eir.store.rows import Entry
from tests.eir.lists.reading import Interned

A = Subject(Kind.EQUIPMENT, (100100199000001,))
PAIR = Subject(Kind.PAIR, (0, 1001, 0))
LOST = Entry(ListName.PROHIBITED, "a", "lost")
FOUND = Entry(ListName.PROHIBITED, "a", "found")


def said(source: str, entry: Entry | None, device: str = "") -> Said:
    return Said(Saying(source, entry), device)


def batch_of(rows: Rows) -> Batch:
    ids = Interned()
    return rows.batch(Ids(ids.intern, ids.intern))


def test_rows_are_collected_by_stream_with_a_column_for_each_number() -> None:
    rows = Rows()
    rows.add(A, said("a", LOST), 2)
    rows.add(A, said("b", None), 3)
    rows.add(A, said("a", FOUND), (1 << 32) + 4)
    found = batch_of(rows)
    assert {stream: batch.tolist() for stream, batch in found.items()} == {
        Stream("a", Kind.EQUIPMENT): [[100100199000001] * 2, [1, 2], [2, (1 << 32) + 4]],
        Stream("b", Kind.EQUIPMENT): [[100100199000001], [0], [3]],
    }
    assert all(batch.dtype == np.uint64 for batch in found.values())


def test_a_device_has_a_row_where_the_line_names_an_imei() -> None:
    rows = Rows()
    rows.add(A, said("a", LOST, "D"), 2)
    rows.add(PAIR, said("a", LOST, "D"), 3)
    assert batch_of(rows)[Stream("a", DEVICE)].tolist() == [[100100199000001], [3], [2]]


def test_a_malformed_identity_needs_all_the_bits_of_a_number() -> None:
    rows = Rows()
    rows.add(Subject(Kind.OPAQUE, ((1 << 64) - 1, 0)), said("a", LOST), 2)
    assert batch_of(rows)[Stream("a", Kind.OPAQUE)].tolist() == [[(1 << 64) - 1], [0], [1], [2]]


def test_batches_are_joined_stream_by_stream() -> None:
    one, other = Stream("a", Kind.TAC), Stream("b", Kind.TAC)
    first = np.array([[1], [2], [3]], np.uint64)
    both = joined([{one: first}, {}, {one: first, other: first}])
    assert both[one].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert both[other].tolist() == first.tolist()


def test_a_stream_names_the_cells_of_its_key() -> None:
    assert Stream("a", DEVICE).fields == ("imei",)
    assert Stream("a", Kind.RANGE).fields == ("imei", "imei_to", "svn")
