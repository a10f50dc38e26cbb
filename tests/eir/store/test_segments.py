"""Segments against a model that asks every range about every number."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eir.lists.subjects import Kind, Subject, number_of
from eir.store import segments
from eir.store.arrays import Entries
from eir.store.segments import Range, extents_of, flatten

WORLD = range(24)
RANGES = st.lists(
    st.builds(
        lambda id_, ends: Range(id_, min(ends), max(ends)),
        st.integers(1, 6),
        st.tuples(*[st.sampled_from(WORLD)] * 2),
    ),
    max_size=9,
)


class Covers:
    """Gives each cover an id that is told from those of the ranges."""

    def __init__(self) -> None:
        self.known: list[tuple[Range, ...]] = []

    def merge(self, cover: tuple[Range, ...]) -> int:
        self.known.append(cover)
        return 1_000 + len(self.known) - 1

    def of(self, segment: Range) -> tuple[Range, ...]:
        """Give what covers a segment: what was merged, or a range as it was."""
        return self.known[segment.id - 1_000] if segment.id >= 1_000 else (segment,)


def flat(ranges: Iterable[Range], covers: Covers) -> list[Range]:
    table = np.array([*ranges], np.uint64).reshape(-1, 3).T
    found = flatten(table[1:], table[0], covers.merge)
    assert found.dtype == np.uint64
    return segments_of(found)


def segments_of(found: Entries) -> list[Range]:
    return [Range(id_, first, last) for last, first, id_ in found.T.tolist()]


def covering(ranges: list[Range], number: int) -> tuple[Range, ...]:
    found = [r for r in ranges if r.first <= number <= r.last]
    return tuple(sorted(found, key=lambda r: (r.last - r.first, r.id, r.first)))


@given(RANGES)
def test_each_number_is_told_what_covers_it_the_narrowest_first(ranges: list[Range]) -> None:
    covers = Covers()
    told = {
        number: covers.of(segment)
        for segment in flat(ranges, covers)
        for number in range(segment.first, segment.last + 1)
    }
    assert told == {n: covering(ranges, n) for n in WORLD if covering(ranges, n)}


@given(RANGES)
def test_segments_are_sorted_disjoint_and_as_long_as_their_cover(ranges: list[Range]) -> None:
    covers = Covers()
    found = flat(ranges, covers)
    for before, after in pairwise(found):
        assert before.first <= before.last < after.first <= after.last
        if before.last + 1 == after.first:
            assert covers.of(before) != covers.of(after)


@given(RANGES)
def test_each_segment_is_merged_once_and_a_range_alone_is_not(ranges: list[Range]) -> None:
    covers = Covers()
    merged = [segment.id for segment in flat(ranges, covers) if segment.id >= 1_000]
    assert sorted(merged) == [1_000 + place for place in range(len(covers.known))]
    assert all(cover != (r,) for cover in covers.known for r in ranges if is_alone(r, ranges))


def is_alone(one: Range, ranges: list[Range]) -> bool:
    return sum(r.first <= one.last and one.first <= r.last for r in ranges) == 1


def test_ranges_that_touch_and_do_not_overlap_stay_as_they_are() -> None:
    covers = Covers()
    ranges = [Range(7, 10, 19), Range(9, 20, 20), Range(8, 0, 9)]
    assert flat(ranges, covers) == [Range(8, 0, 9), Range(7, 10, 19), Range(9, 20, 20)]
    assert covers.known == []


def test_a_range_within_a_type_leaves_the_type_on_both_sides_of_it() -> None:
    extent = Subject(Kind.TAC, (number_of("00100199"),)).extent
    assert extent is not None
    whole = Range(1, *extent)
    inner = Range(2, number_of("00100199300000"), number_of("00100199399999"))
    covers = Covers()
    assert flat([inner, whole], covers) == [
        Range(1_000, whole.first, inner.first - 1),
        Range(1_001, inner.first, inner.last),
        Range(1_002, inner.last + 1, whole.last),
    ]
    assert covers.known == [(whole,), (inner, whole), (whole,)]


def test_no_ranges_make_no_segments() -> None:
    assert flat([], Covers()) == []


def test_a_deep_nest_is_merged_once_a_segment() -> None:
    depth = 1_000
    ranges = [Range(id_ + 1, id_, 3 * depth - id_) for id_ in range(depth)]
    covers = Covers()
    assert len(flat(ranges, covers)) == 2 * depth - 1
    assert max(covers.known, key=len) == tuple(reversed(ranges))


def test_a_chain_longer_than_one_piece_of_borders_is_cut_at_every_border() -> None:
    count = segments._PIECE
    first = np.arange(count, dtype=np.uint64) * np.uint64(2)
    extents = np.stack((first, first + np.uint64(2)))
    found = flatten(extents, first, len)
    assert found[2].tolist() == [1, *[2, 1] * (count - 1)]
    assert np.array_equal(found[1, 1:], found[0, :-1] + np.uint64(1))


def test_ranges_and_types_cover_what_their_subjects_say() -> None:
    for kind, columns in (
        (Kind.RANGE, (number_of("00100199000001"), number_of("00100199000009"), 0)),
        (Kind.TAC, (number_of("00100199"),)),
    ):
        entry = np.array([[*columns, 1]], np.uint64).T
        assert tuple(extents_of(kind, entry)[:, 0].tolist()) == Subject(kind, columns).extent
