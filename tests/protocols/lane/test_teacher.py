from protocols.lane.teacher import Written
from tests.protocols.lane.toy import ask, toy


def test_an_answer_goes_in_order_on_the_first_stream_unless_told_otherwise() -> None:
    assert Written(b"") == Written(b"", ordered=True, stream=0)


def test_answers_are_equal_by_all_that_is_sent() -> None:
    same = Written(b"octets", ordered=False, stream=3)
    assert same == Written(b"octets", ordered=False, stream=3)
    assert same not in (
        Written(b"other", ordered=False, stream=3),
        Written(b"octets", ordered=True, stream=3),
        Written(b"octets", ordered=False, stream=4),
    )


def test_the_toy_answers_with_the_serial_number_of_the_question() -> None:
    teacher = toy()
    question = teacher.read(ask(serial=7))
    assert question is not None
    assert teacher.write(question, "yes") == Written(b"\0\x09A\7r\3yes", ordered=False)
