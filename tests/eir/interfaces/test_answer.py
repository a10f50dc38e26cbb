from eir.interfaces.answer import Answer, Refusal


def test_an_answer_says_no_more_than_it_was_told() -> None:
    answer = Answer(b"octets")

    assert (answer.check, answer.verdict, answer.refusal) == (None, None, None)


def test_a_refusal_names_whose_error_it_is() -> None:
    assert Refusal("map", 34, "why") != Refusal("diameter", 34, "why")
