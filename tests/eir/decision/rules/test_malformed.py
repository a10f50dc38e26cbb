import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision.rules.malformed import class_of
from eir.decision.verdict import Status, Verdict
from tests.eir.decision.lists import IMEI, Lists, ask, on, said, why

CLASSES = {
    "empty": [""],
    "null": ["null", "NULL", "Null", "\0", "\0" * 15],
    "blanks": [" ", " " * 15, "35209900 176148", f" {IMEI}", f"{IMEI}\n", f"{IMEI}\xa0", "*# 1"],
    "special": ["*#35209900176", f"{IMEI}-", "+35209900176148", "٣٥٢٠٩٩٠٠١٧٦١٤٨", "é" * 14, "1\0"],
    "hex": ["3520990017614A", "deadbeef", "F" * 15],
    "letters": ["IMEI", "35209900176G48", "nulls"],
    "too_short": ["0", IMEI[:13]],
    "too_long": [f"{IMEI}123", "0" * 17],
    "all_zeros": ["0" * 14, "0" * 15, "0" * 14 + "78"],
    "same_digit": ["1" * 14, "9" * 15, "4" * 14 + "01"],
}
CASES = [(name, text) for name, texts in CLASSES.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), CASES)
def test_each_class_is_told_from_the_others(name: str, text: str) -> None:
    assert class_of(text) == name


@pytest.mark.parametrize(("name", "text"), CASES)
def test_each_class_has_its_own_answer(name: str, text: str) -> None:
    verdict = ask(Lists(), text, malformed={name: "prohibited"})
    assert verdict == Verdict(Status.PROHIBITED, "malformed", f"malformed_{name}", version=7)
    others = dict.fromkeys(CLASSES.keys() - {name}, "prohibited")
    assert ask(Lists(), text, malformed=others).rule == "unlisted"


@pytest.mark.parametrize("text", [IMEI, f"{IMEI}1", f"{IMEI}01", "0" * 13 + "1"])
def test_a_well_formed_identity_passes(text: str) -> None:
    explanation = why(Lists(), text, malformed=dict.fromkeys(CLASSES, "prohibited"))
    assert explanation.verdict.rule == "unlisted"
    assert said("malformed", explanation) == "it is well-formed"


def test_every_class_is_off_by_default() -> None:
    explanation = why(Lists(), "12")
    assert said("malformed", explanation) == "every class of malformed identities is off"


def test_a_class_that_is_off_is_named_all_the_same() -> None:
    assert said("malformed", why(Lists(), "12", malformed={"hex": "unknown"})) == (
        "it is malformed: too_short"
    )


@pytest.mark.parametrize("text", ["12", "35209900 17614x", "*#0", "nUll"])
def test_a_malformed_identity_that_is_listed_is_answered_by_its_list(text: str) -> None:
    lists = Lists(on("prohibited", text.upper()))
    verdict = ask(lists, text, malformed=dict.fromkeys(CLASSES, "permitted"))
    assert (verdict.rule, verdict.matched) == ("prohibited", text.upper())


@given(st.text(alphabet=st.sampled_from("0123456789"), min_size=14, max_size=16))
def test_fourteen_to_sixteen_digits_are_malformed_only_if_all_are_the_same(text: str) -> None:
    same = len(set(text[:14])) == 1
    assert (class_of(text) is not None) == same
