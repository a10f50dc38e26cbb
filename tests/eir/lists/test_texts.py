import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from eir.lists.texts import KnownTexts, group

small = st.integers(0, 2)


@given(st.lists(st.tuples(small, small, small), min_size=1, max_size=20))
def test_texts_are_in_one_group_exactly_when_they_are_the_same(
    texts: list[tuple[int, int, int]],
) -> None:
    groups = group(list(np.array(texts, np.uint64).T))
    assert groups.sure.all()
    assert len(groups.first) == len(set(texts))
    assert [texts[groups.first[of]] for of in groups.of] == texts


def alike() -> list[npt.NDArray[np.uint64]]:
    """Make two texts of two words that hash alike: (1, y) and (2, 0)."""
    odd = 0x9E37_79B9_7F4A_7C15
    # f(1)·c + f(y)·c² = f(2)·c, so f(y) = 1/c; and f, which xors the upper half of a word to the
    # lower one, undoes itself.
    undone = pow(odd, -1, 1 << 64)
    return [np.array([1, 2], np.uint64), np.array([undone ^ undone >> 32, 0], np.uint64)]


def test_texts_that_only_hash_alike_are_told_apart() -> None:
    groups = group(alike())
    assert len(groups.first) == 1
    assert sorted(groups.sure.tolist()) == [False, True]


def test_no_texts_make_no_groups() -> None:
    groups = group([np.zeros(0, np.uint64)])
    assert groups.first.size == groups.of.size == groups.sure.size == 0


def test_what_was_put_is_found_however_long_the_other_texts_are() -> None:
    known = KnownTexts(2)
    text = [np.array([1, 2], np.uint64), np.array([5, 0], np.uint64)]
    assert not known.find(text)[1].any()
    known.put(text, np.array([[10, 20], [11, 21]], np.uint64))
    for words in (text, [*text, np.zeros(2, np.uint64)]):
        numbers, found = known.find(words)
        assert found.all()
        assert [number.tolist() for number in numbers] == [[10, 20], [11, 21]]
    assert known.find([np.array([1, 2], np.uint64)])[1].tolist() == [False, True]


def test_a_short_text_that_takes_the_place_of_a_long_one_is_found() -> None:
    odd = 0x9E37_79B9_7F4A_7C15
    undone = (pow(odd, -1, 1 << 64) - 5 * odd) % (1 << 64)  # as above, with a third word of 5
    long = [np.array([word], np.uint64) for word in (1, undone ^ undone >> 32, 5)]
    short = [np.array([word], np.uint64) for word in (2, 0)]
    known = KnownTexts(1)
    known.put(long, np.array([[7]], np.uint64))
    known.put(short, np.array([[8]], np.uint64))
    assert known.find(long)[1].tolist() == [False]
    assert known.find([*short, np.zeros(1, np.uint64)])[1].tolist() == [True]


def test_a_text_may_lose_its_place_but_never_has_the_numbers_of_another() -> None:
    words = alike()
    known = KnownTexts(1)
    known.put([word[:1] for word in words], np.array([[7]], np.uint64))
    assert known.find(words)[1].tolist() == [True, False]
    known.put([word[1:] for word in words], np.array([[8]], np.uint64))
    numbers, found = known.find(words)
    assert found.tolist() == [False, True]
    assert numbers[0][1] == 8
