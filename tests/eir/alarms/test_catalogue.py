import re

from eir.alarms.catalogue import CATALOGUE, KINDS


def test_no_two_kinds_have_the_same_name_or_number() -> None:
    assert len(KINDS) == len(CATALOGUE)
    assert [kind.number for kind in CATALOGUE] == list(range(1, len(CATALOGUE) + 1))


def test_every_kind_says_what_it_means_and_what_to_do() -> None:
    for kind in CATALOGUE:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.name)
        assert kind.meaning.endswith(".")
        assert kind.next_step
        assert kind.cleared
