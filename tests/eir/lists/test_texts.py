import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eir.lists.texts import group

small = st.integers(0, 2)


@given(st.lists(st.tuples(small, small, small), min_size=1, max_size=20))
def test_texts_are_in_one_group_exactly_when_they_are_the_same(
    texts: list[tuple[int, int, int]],
) -> None:
    groups = group(list(np.array(texts, np.uint64).T))
    assert groups.sure.all()
    assert len(groups.first) == len(set(texts))
    assert [texts[groups.first[of]] for of in groups.of] == texts


def test_texts_that_only_hash_alike_are_told_apart() -> None:
    # The product of a word with the odd constant c is 0 in the first round for both, and the
    # second word undoes what the first left: x * c ^ (x * c >> 32) ^ y is the same for both.
    odd = 0x9E37_79B9_7F4A_7C15
    mixed = [(x * odd & (1 << 64) - 1) for x in (1, 2)]
    undo = [product ^ (product >> 32) for product in mixed]
    groups = group([np.array([1, 2], np.uint64), np.array(undo, np.uint64)])
    assert len(groups.first) == 1
    assert sorted(groups.sure.tolist()) == [False, True]


def test_no_texts_make_no_groups() -> None:
    groups = group([np.zeros(0, np.uint64)])
    assert groups.first.size == groups.of.size == groups.sure.size == 0
