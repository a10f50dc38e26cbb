import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.registry.bundle import Delivered, Delivery, Delta, Does, Part
from eir.registry.formats.gathering import (
    ByName,
    Gathering,
    Said,
    check_base,
    gathered,
    match_of,
    parse_moment,
)
from eir.registry.formats.lines import opening
from eir.registry.outcome import BundleError
from tests.eir.registry.formats.deliveries import NOW, registry

BLACK, GREY, PAIRS = ListName.PROHIBITED, ListName.TRACKING, ListName.EXCEPTION


def file(name: str, content: str = "", *, after: int = 0) -> Delivered:
    return Delivered(name, Path(name), name + content, 1, NOW + timedelta(seconds=after))


def part(name: str) -> Part:
    return Part(name, Does.PUT, 1, opening(Path(name)))


def full(run: int, name: ListName, *files: Delivered) -> Said:
    return Said(run, "1", Delivery(name, part(files[0].name), None, files))


def delta(run: int, name: ListName, *files: Delivered) -> Said:
    return Said(run, "1", Delivery(name, None, Delta(1, (part(files[0].name),)), files))


def gathering(*said: Said) -> Gathering:
    return Gathering((), said=list(said))


def test_lists_of_one_run_are_one_bundle() -> None:
    a, b, c = file("a", after=9), file("b", after=5), file("c")

    first, second = (
        gathering(full(47, BLACK, a), full(47, PAIRS, b), full(41, BLACK, c)).reading().bundles
    )

    assert (first.run, first.files) == (41, (c,))
    assert (second.run, second.files) == (47, (a, b))
    assert second.fetched == b.fetched


def test_the_whole_list_and_what_changed_come_together_whichever_is_first() -> None:
    a, b = file("a"), file("b")
    for said in (
        [full(47, BLACK, a), delta(47, BLACK, b)],
        [delta(47, BLACK, b), full(47, BLACK, a)],
    ):
        (bundle,) = gathering(*said).reading().bundles
        delivery = bundle.deliveries[BLACK]
        assert bundle.fault is None
        assert delivery.full
        assert delivery.delta
        assert set(delivery.files) == {a, b}


@pytest.mark.parametrize("say", [full, delta])
def test_a_list_that_is_there_twice_is_a_fault_of_its_run(say: Callable[..., Said]) -> None:
    (bundle,) = gathering(say(47, BLACK, file("a")), say(47, BLACK, file("b"))).reading().bundles

    assert str(bundle.fault) == "run 47 has the prohibited list twice: a, b"


def test_one_number_with_two_stamps_is_two_runs() -> None:
    one, other = full(47, BLACK, file("a")), full(47, BLACK, file("b"))
    other = Said(47, "2", other.delivery)

    assert [each.stamp for each in gathering(other, one).reading().bundles] == ["1", "2"]


def test_what_belongs_together_is_missed() -> None:
    (bundle,) = gathering(full(47, BLACK, file("a"))).reading(together=(BLACK, PAIRS)).bundles

    assert bundle.missing == (PAIRS,)


def fail() -> None:
    raise BundleError("bad")


def test_a_fault_leaves_its_files_out_and_no_others() -> None:
    a, b = file("a"), file("b")
    one = gathered([a, b])
    with one.blaming(a):
        fail()
    one.said.append(full(47, BLACK, b))
    reading = one.reading()

    assert {name: str(error) for name, error in reading.faults.items()} == {"a": "bad"}
    assert len(reading.bundles) == 1


def test_of_two_files_of_one_name_the_newer_counts() -> None:
    old, new, other = file("a", "1", after=1), file("a", "0", after=2), file("b")

    for files in ([old, new, other], [other, new, old]):
        found = gathered(files)
        assert found.current == (new, other)
        assert found.reading().replaced == (old,)


@pytest.mark.parametrize("text", ["00000000_000000", "20250230_000000", "20250101_250000", "x"])
def test_a_day_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match="is no day and time") as caught:
        parse_moment(text, "%Y%m%d_%H%M%S")

    assert caught.value.next_step


@pytest.mark.parametrize("base", [47, 48])
def test_a_run_builds_on_an_earlier_one(base: int) -> None:
    check_base(46, 47)
    check_base(-1, 0)
    with pytest.raises(BundleError, match=f"run 47 is said to build on run {base}"):
        check_base(base, 47)


def test_a_name_that_is_not_the_registrys_is_refused() -> None:
    with pytest.raises(BundleError, match="a is not how this registry names its files"):
        match_of(re.compile("b"), file("a"))


def test_a_format_may_be_known_by_its_names(tmp_path: Path) -> None:
    form = ByName(re.compile(r"(\d)"), lambda each, match: full(int(match[1]), GREY, each))

    assert form.wants("1", registry("lsds"))
    assert not form.wants("1.part", registry("lsds"))
    reading = form.read([file("2"), file("x"), file("1")], registry("lsds"), tmp_path)
    assert [each.run for each in reading.bundles] == [1, 2]
    assert all(each.dated for each in reading.bundles)
    assert list(reading.faults) == ["x"]
