"""What is not asked about again."""

import pytest

from protocols.lane import akin as akin_module
from protocols.lane.akin import MAX_VALUE, Akin
from tests.protocols.lane.toy import (
    GROUP,
    HOST,
    IMEI,
    PROXY,
    SESSION,
    Rule,
    ask,
    copied,
    message,
    study,
    toy,
)

SHORT = Rule(reads=lambda value: {} if value.isalpha() else None, writes=copied(PROXY))
QUESTION = ask((SESSION, b"i;1"), (PROXY, b"a"), (GROUP, [(b"x", b"same")]), (HOST, b"mme1"))
OTHER = ask((GROUP, [(b"x", b"same")]), (SESSION, b"i;22"), (PROXY, b"a"))


def test_values_are_known_again_in_another_request() -> None:
    teacher, akin = toy({PROXY: SHORT}), Akin()
    akin.add(study(QUESTION, teacher))
    leaves = teacher.syntax.leaves(OTHER)
    values = [OTHER[leaf.start : leaf.end] for leaf in leaves]
    literal = [v for v, leaf in zip(values, leaves, strict=True) if akin.is_literal(OTHER, leaf)]
    examples = [v for v, leaf in zip(values, leaves, strict=True) if akin.is_example(OTHER, leaf)]
    assert (literal, examples) == ([b"same"], [b"a"])


def test_less_is_asked_and_the_same_is_learned() -> None:
    teacher, akin = toy({PROXY: SHORT}), Akin()
    akin.add(study(QUESTION, teacher))
    teacher.asked = 0
    alone = study(OTHER, teacher)
    asked, teacher.asked = teacher.asked, 0
    assert study(OTHER, teacher, akin=akin) == alone
    assert teacher.asked < asked


def test_the_same_value_of_another_element_is_asked_about() -> None:
    teacher, akin = toy(), Akin()
    akin.add(study(ask((b"x", b"same"), (SESSION, b"i")), teacher))
    octets = ask((SESSION, b"same"))
    assert not any(akin.is_literal(octets, leaf) for leaf in teacher.syntax.leaves(octets))


def test_what_is_too_much_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(akin_module, "MAX_PLACES", 2)
    teacher, akin = toy(), Akin()
    for number in range(9):
        value = [(b"x", b"%d" % number)]
        akin.add(
            study(message([(GROUP, value), (SESSION, b"i"), (IMEI, b"35209900000017")]), teacher)
        )
        assert 1 <= len(akin.literals) <= 2


def test_long_values_are_not_remembered() -> None:
    akin = Akin()
    akin.add(study(ask((GROUP, [(b"x", bytes(MAX_VALUE + 1))]), (SESSION, b"i")), toy()))
    assert not akin.literals
