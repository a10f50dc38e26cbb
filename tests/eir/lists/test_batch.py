import numpy as np

from eir.lists.batch import DEVICE, Rows, Stream, joined
from eir.lists.meanings import Said
from eir.lists.subjects import Kind, Subject

A = Subject(Kind.EQUIPMENT, (100100199000001,))
PAIR = Subject(Kind.PAIR, (0, 1001, 0))


def test_rows_are_collected_by_stream_with_a_column_for_each_number() -> None:
    rows = Rows()
    rows.add(A, Said("a", entry=7, device=0), 2)
    rows.add(A, Said("b", entry=0, device=0), 3)
    rows.add(A, Said("a", entry=8, device=0), (1 << 32) + 4)
    assert {stream: batch.tolist() for stream, batch in rows.batch.items()} == {
        Stream("a", Kind.EQUIPMENT): [[100100199000001] * 2, [7, 8], [2, (1 << 32) + 4]],
        Stream("b", Kind.EQUIPMENT): [[100100199000001], [0], [3]],
    }
    assert all(batch.dtype == np.uint64 for batch in rows.batch.values())


def test_a_device_has_a_row_where_the_line_names_an_imei() -> None:
    rows = Rows()
    rows.add(A, Said("a", entry=7, device=5), 2)
    rows.add(PAIR, Said("a", entry=7, device=5), 3)
    assert rows.batch[Stream("a", DEVICE)].tolist() == [[100100199000001], [5], [2]]


def test_a_malformed_identity_needs_all_the_bits_of_a_number() -> None:
    rows = Rows()
    rows.add(Subject(Kind.OPAQUE, ((1 << 64) - 1, 0)), Said("a", entry=1, device=0), 2)
    assert rows.batch[Stream("a", Kind.OPAQUE)].tolist() == [[(1 << 64) - 1], [0], [1], [2]]


def test_batches_are_joined_stream_by_stream() -> None:
    one, other = Stream("a", Kind.TAC), Stream("b", Kind.TAC)
    first = np.array([[1], [2], [3]], np.uint64)
    both = joined([{one: first}, {}, {one: first, other: first}])
    assert both[one].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert both[other].tolist() == first.tolist()


def test_a_stream_names_the_cells_of_its_key() -> None:
    assert Stream("a", DEVICE).fields == ("imei",)
    assert Stream("a", Kind.RANGE).fields == ("imei", "imei_to", "svn")
