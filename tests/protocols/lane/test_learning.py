"""What is learned of a request, and why some are not: a rule of the slow path at a time."""

from dataclasses import replace

import pytest

from protocols.lane.digits import Packing, Part
from protocols.lane.learning import MAX_LEAVES, MAX_OCTETS, UnlearnableError
from protocols.lane.teacher import Inputs, Written
from tests.protocols.lane.toy import (
    COPIED,
    EQUIPMENT,
    GROUP,
    HOST,
    IMEI,
    IMSI,
    OUTCOMES,
    PROXY,
    SESSION,
    SUBJECT,
    Elements,
    Question,
    Rule,
    Toy,
    ask,
    copied,
    message,
    study,
    text,
    toy,
)

SERIAL, FIRST, SECOND, THIRD = range(4)  # leaves of a question
SWAPPED = bytes.fromhex("5302990000001027")  # 16 digits
ODD = bytes.fromhex("00010100000000f1")  # 15 digits of a subscriber, and a filler
COPY = Rule(writes=copied(PROXY))


def swapped(octets: bytes) -> str:
    """Read digits, the first in the low bits."""
    return "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in octets)


def swapped_imei(value: bytes) -> Inputs | None:
    digits = swapped(value)
    return {SUBJECT: digits, "version": digits[14:]} if digits.isdigit() else None


def swapped_imsi(value: bytes) -> Inputs:
    digits = swapped(value).removesuffix("f")
    return {"imsi": digits if digits.isdigit() else None}


def imsi_of_a_known_country(value: bytes) -> Inputs:
    digits = swapped(value).removesuffix("f")
    is_known = digits.isdigit() and digits[:3] in ("001", "002", "310")
    return {"imsi": digits if is_known else None}


def unlearnable(octets: bytes, teacher: Toy) -> str:
    with pytest.raises(UnlearnableError) as caught:
        study(octets, teacher)
    return caught.value.reason


# Copied


def test_a_value_that_only_travels_into_the_answer_is_copied() -> None:
    form = study(ask((SESSION, b"mme;1")), toy())
    assert form.copied == {SERIAL, FIRST}
    assert (form.examples, form.by_example) == ((), frozenset())


def test_a_value_may_be_copied_twice() -> None:
    form = study(ask((PROXY, b"ab")), toy({PROXY: Rule(writes=copied(PROXY, times=2))}))
    assert FIRST in form.copied
    assert [leaf for _, leaf in form.answers["yes"].copies] == [SERIAL, FIRST, FIRST]


def test_copies_may_stand_next_to_each_other() -> None:
    def joined(value: bytes) -> Elements:
        return [(PROXY, value + value)]

    form = study(ask((PROXY, b"abc")), toy({PROXY: Rule(writes=joined)}))
    targets = [target for target, leaf in form.answers["yes"].copies if leaf == FIRST]
    assert (len(targets), targets[0].end) == (2, targets[1].start)
    assert FIRST not in form.stretching  # such copies are no values of the answer


def test_a_copy_of_equal_octets_is_found_where_it_stands() -> None:
    form = study(ask((SESSION, b"aaaa"), (PROXY, b"aaaa")), toy({PROXY: COPY}))
    assert [leaf for _, leaf in form.answers["yes"].copies] == [SERIAL, FIRST, SECOND]


def test_a_value_inside_a_group_is_copied_but_does_not_stretch() -> None:
    form = study(ask((GROUP, [(SESSION, b"abc")])), toy())
    assert FIRST in form.copied
    assert form.stretching == ()


# Literal


def test_a_value_of_no_consequence_is_literal() -> None:
    form = study(ask((PROXY, b"ab"), (SESSION, b"i")), toy())
    assert form.free == (SERIAL, SECOND, THIRD)


def test_an_answer_that_is_no_plain_copy_makes_its_value_literal() -> None:
    def upper(value: bytes) -> Elements:
        return [(PROXY, value.upper())]

    form = study(ask((PROXY, b"ab"), (SESSION, b"i")), toy({PROXY: Rule(writes=upper)}))
    assert FIRST not in form.free


@pytest.mark.parametrize("seed", range(20))
def test_an_octet_that_comes_out_otherwise_if_it_is_a_letter_is_not_copied(seed: int) -> None:
    def upper(value: bytes) -> Elements:
        return [(PROXY, value.upper())]

    teacher = toy({PROXY: Rule(writes=upper)})
    form = study(ask((PROXY, b"\0"), (SESSION, b"i")), teacher, seed=seed)
    assert FIRST not in form.copied


def test_a_length_that_stands_in_the_answer_makes_its_value_literal() -> None:
    def length(value: bytes) -> Elements:
        return [(PROXY, value.rstrip(b"\0"))]

    form = study(ask((PROXY, b"abc"), (SESSION, b"i")), toy({PROXY: Rule(writes=length)}))
    assert FIRST not in form.free


def test_a_value_that_is_refused_unless_it_is_this_one_is_literal() -> None:
    def realm(value: bytes) -> Inputs | None:
        return {} if value.lower() == b"realm" else None

    form = study(ask((PROXY, b"realm"), (SESSION, b"i")), toy({PROXY: Rule(reads=realm)}))
    assert FIRST not in form.free


def test_a_long_value_that_is_refused_when_illegal_is_not_copied() -> None:
    form = study(ask((PROXY, b"abc"), (SESSION, b"i")), toy({PROXY: legal_only()}))
    assert FIRST not in form.free


def legal_only() -> Rule:
    return Rule(reads=lambda v: {} if v.isalpha() else None, writes=copied(PROXY))


# Examples


def test_a_value_that_is_an_input_is_an_example() -> None:
    form = study(ask((HOST, b"mme1")), toy())
    assert form.examples == (FIRST,)
    assert form.by_example == {"peer"}
    assert not form.are_examples_copied


def test_an_input_may_be_an_example_and_copied() -> None:
    rule = Rule(reads=text("peer"), writes=copied(HOST))
    form = study(ask((HOST, b"mme1")), toy({HOST: rule}))
    assert form.examples == (FIRST,)
    assert form.are_examples_copied


def test_a_short_value_that_is_refused_when_illegal_is_an_example_without_an_input() -> None:
    form = study(ask((PROXY, b"ab")), toy({PROXY: legal_only()}))
    assert (form.examples, form.by_example) == ((FIRST,), frozenset())


def test_an_input_that_changes_the_form_of_the_answer_is_literal() -> None:
    def more(value: bytes) -> Elements:
        return [(PROXY, b"more")] if value.endswith(b"1") else []

    rule = Rule(reads=text("peer"), writes=more)
    form = study(ask((HOST, b"mme1")), toy({HOST: rule}))
    assert FIRST not in form.free


def test_digits_that_are_no_input_as_they_stand_are_an_example() -> None:
    def backwards(value: bytes) -> Inputs:
        return {"imsi": value[::-1].decode("latin-1")}

    form = study(ask((IMSI, b"001010000000002")), toy({IMSI: Rule(reads=backwards)}))
    assert form.examples == (FIRST,)


# Numbers


@pytest.mark.parametrize("digits", [EQUIPMENT, EQUIPMENT + b"0", EQUIPMENT + b"01"])
def test_digits_written_as_text_are_a_number(digits: bytes) -> None:
    (number,) = study(ask(imei=digits), toy()).numbers
    assert (number.digits.packing, number.digits.count) == (Packing.TEXT, len(digits))
    assert number.inputs == {SUBJECT: Part()}
    assert not number.by_prefix


def test_two_inputs_may_come_of_parts_of_one_number() -> None:
    form = study(ask(imei=SWAPPED), toy({IMEI: Rule(reads=swapped_imei)}))
    (number,) = form.numbers
    assert (number.digits.packing, number.digits.count) == (Packing.SWAPPED, 16)
    assert number.inputs == {SUBJECT: Part(), "version": Part(14, 16)}


def test_an_odd_count_of_digits_has_a_filler() -> None:
    form = study(ask((IMSI, ODD)), toy({IMSI: Rule(reads=swapped_imsi)}))
    number = next(each for each in form.numbers if "imsi" in each.inputs)
    assert (number.digits.packing, number.digits.count) == (Packing.SWAPPED, 15)


def test_a_number_that_is_read_with_some_beginnings_only_is_bound_to_those_that_were_met() -> None:
    form = study(ask((IMSI, ODD)), toy({IMSI: Rule(reads=imsi_of_a_known_country)}))
    bound = {name: number.by_prefix for number in form.numbers for name in number.inputs}
    assert bound == {SUBJECT: False, "imsi": True}


def test_a_number_may_be_copied_too() -> None:
    rule = Rule(reads=text(SUBJECT), writes=copied(IMEI))
    form = study(ask(), toy({IMEI: rule}))
    assert FIRST not in form.copied
    assert FIRST in {leaf for _, leaf in form.answers["yes"].copies}


# Streams and outcomes


def test_a_copied_octet_may_move_the_stream() -> None:
    rule = Rule(writes=copied(PROXY), moves_stream=True)
    form = study(ask((PROXY, b"\5")), toy({PROXY: rule}))
    answer = form.answers["yes"]
    assert (answer.stream_leaf, answer.written.stream) == (FIRST, 0)


def test_two_values_that_move_the_stream_are_one_too_many() -> None:
    rule = Rule(writes=copied(PROXY), moves_stream=True)
    octets = ask((PROXY, b"\1"), (SESSION, b"\2"))
    reason = unlearnable(octets, toy({PROXY: rule, SESSION: replace(rule, writes=COPIED.writes)}))
    assert reason == "two values move the stream"


def test_a_longer_value_that_moves_the_stream_makes_a_request_unlearnable() -> None:
    rule = Rule(writes=copied(PROXY), moves_stream=True)
    reason = unlearnable(ask((PROXY, b"\1\2")), toy({PROXY: rule}))
    assert reason == "other values are answered otherwise"


def test_an_outcome_without_an_answer_has_no_form() -> None:
    form = study(ask((SESSION, b"i")), toy(silent=frozenset({"late"})))
    assert set(form.answers) == {"yes", "no"}


def test_a_request_that_no_outcome_answers_is_unlearnable() -> None:
    assert unlearnable(ask(), toy(silent=frozenset(OUTCOMES))) == "no outcome has one answer"


# Unlearnable


def test_a_request_without_values_is_unlearnable() -> None:
    assert unlearnable(b"\0\5Q\0e", toy()) == "too long, or not to be walked"


def test_a_request_of_too_many_values_is_unlearnable() -> None:
    many = ask(*[(SESSION, b"")] * MAX_LEAVES)
    assert unlearnable(many, toy()) == "too long, or not to be walked"


def test_a_request_that_is_too_long_is_unlearnable() -> None:
    long = ask(*[(SESSION, bytes(255))] * (MAX_OCTETS // 256))
    assert unlearnable(long, toy()) == "too long, or not to be walked"


def test_a_refused_request_is_unlearnable() -> None:
    assert unlearnable(message([(IMEI, EQUIPMENT)], kind=b"A"), toy()) == "refused"


@pytest.mark.parametrize(
    "octets",
    [
        ask(imei=b"3520990000001"),
        ask(imei=EQUIPMENT + b"012"),
        ask(imei=b"no equipment at all"[:14]),
        message([(SESSION, b"i")]),
    ],
    ids=["too short", "too long", "letters", "absent"],
)
def test_an_identity_that_is_no_imei_is_unlearnable(octets: bytes) -> None:
    reason = "the identity that is asked about is no IMEI in one place"
    assert unlearnable(octets, toy()) == reason


def test_an_identity_in_two_places_is_unlearnable() -> None:
    class Joining(Toy):
        """Decides about the digits of two values, one behind the other."""

        def inputs(self, question: Question) -> Inputs:
            digits = b"".join(value for tag, value in question.values if tag == IMEI)
            return {**question.inputs, SUBJECT: digits.decode("latin-1")}

    octets = message([(IMEI, EQUIPMENT[:7]), (IMEI, EQUIPMENT[7:])])
    assert "no IMEI in one place" in unlearnable(octets, Joining(toy().rules))


def test_values_copied_over_each_other_are_unlearnable() -> None:
    class Mixing(Toy):
        """Answers with either value, whichever is not as it was."""

        def write(self, question: Question, outcome: object) -> Written | None:
            del outcome
            first, second = (value for tag, value in question.values if tag == PROXY)
            mixed = second if first == b"abab" else first
            return Written(message([(PROXY, mixed)], kind=b"A"))

    octets = ask((PROXY, b"abab"), (PROXY, b"abab"))
    reason = unlearnable(octets, Mixing(toy().rules))
    assert reason == "two values are copied to one place"


def test_values_that_matter_together_only_are_found_by_trying_all() -> None:
    class Jealous(Toy):
        """Answers in another way when two copied values are equal in no octet."""

        def write(self, question: Question, outcome: object) -> Written | None:
            written = super().write(question, outcome)
            values = [value for tag, value in question.values if tag == SESSION]
            both_changed = b"abcdef" not in values
            return replace(written, ordered=True) if written and both_changed else written

    octets = ask((SESSION, b"abcdef"), (SESSION, b"abcdef"))
    reason = unlearnable(octets, Jealous(toy().rules))
    assert reason == "other values are answered otherwise"


# Stretching


def test_copied_values_and_examples_stretch_and_numbers_do_not() -> None:
    form = study(ask((SESSION, b"i;1"), (HOST, b"mme1")), toy())
    assert set(form.stretching) == {FIRST, SECOND}


def test_a_value_that_is_refused_at_another_length_does_not_stretch() -> None:
    def three(value: bytes) -> Inputs | None:
        return {} if len(value) == 3 else None

    rule = Rule(reads=three, writes=copied(PROXY))
    form = study(ask((PROXY, b"abc"), (SESSION, b"i")), toy({PROXY: rule}))
    assert FIRST in form.copied
    assert set(form.stretching) == {SECOND}


def test_values_that_do_not_stretch_together_do_not_stretch() -> None:
    class Narrow(Toy):
        """Refuses a request in which two values have another length."""

        def read(self, octets: bytes) -> Question | None:
            question = super().read(octets)
            if question is None:
                return None
            others = [value for tag, value in question.values if tag == SESSION if len(value) != 3]
            return question if len(others) < 2 else None

    assert study(ask((SESSION, b"123")), Narrow(toy().rules)).stretching == (FIRST,)
    both = ask((SESSION, b"123"), (SESSION, b"456"))
    assert study(both, Narrow(toy().rules)).stretching == ()
