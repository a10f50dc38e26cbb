import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.config.decision import Malformed
from eir.decision.rules import malformed
from eir.decision.rules.malformed import classes_of
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
# What some identities are beside their first class.
ALSO = {
    "null": ("letters",),
    "\0": ("special",),
    "*# 1": ("special",),
    "*#35209900176": (),
    "IMEI": (),
    "35209900 1761x": ("letters",),
    "é IMEI\n": ("special", "letters"),
}


@pytest.mark.parametrize(("name", "text"), CASES)
def test_each_class_is_told_from_the_others(name: str, text: str) -> None:
    assert classes_of(text)[0] == name


@pytest.mark.parametrize(("name", "text"), CASES)
def test_each_class_has_its_own_answer(name: str, text: str) -> None:
    verdict = ask(Lists(), text, malformed={name: "prohibited"})
    assert verdict == Verdict(Status.PROHIBITED, "malformed", f"malformed_{name}", version=7)


@pytest.mark.parametrize(("text", "others"), ALSO.items())
def test_the_first_class_that_is_on_counts(text: str, others: tuple[str, ...]) -> None:
    classes = dict.fromkeys(CLASSES, "prohibited")
    for name in classes_of(text):
        assert ask(Lists(), text, malformed=classes).reason == f"malformed_{name}"
        classes[name] = "off"
    assert classes_of(text)[1:] == others
    assert ask(Lists(), text, malformed=classes).rule == "unlisted"


def test_the_classes_are_in_the_order_of_the_configuration() -> None:
    assert tuple(CLASSES) == tuple(Malformed.model_fields) == tuple(malformed._CLASSES)


@pytest.mark.parametrize("text", [IMEI, f"{IMEI}1", f"{IMEI}01", "0" * 13 + "1"])
def test_a_well_formed_identity_passes(text: str) -> None:
    explanation = why(Lists(), text, malformed=dict.fromkeys(CLASSES, "prohibited"))
    assert explanation.verdict.rule == "unlisted"
    assert said("malformed", explanation) == "it is well-formed"


def test_every_class_is_off_by_default() -> None:
    explanation = why(Lists(), "12")
    assert said("malformed", explanation) == "every class of malformed identities is off"


def test_classes_that_are_off_are_named_all_the_same() -> None:
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
    assert bool(classes_of(text)) == same


@given(st.text() | st.text(alphabet="0A:G \0", max_size=18))
def test_whatever_is_not_well_formed_has_a_class(text: str) -> None:
    found = why(Lists(), text, malformed={"empty": "prohibited"})
    assert (said("malformed", found) == "it is well-formed") == (not classes_of(text))
