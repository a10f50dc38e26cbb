from protocols.tcap.messages import Begin, DialogueRequest, End, Invoke, ReturnResult


def test_a_message_has_no_more_than_it_is_given() -> None:
    begin = Begin(b"\1")
    assert (begin.dialogue, begin.components) == (None, ())
    assert End(b"\1") == End(b"\1", None, ())


def test_a_peer_speaks_version_1_unless_it_says_otherwise() -> None:
    assert DialogueRequest((0, 4)).has_version1


def test_a_result_is_the_last_one_unless_it_says_otherwise() -> None:
    assert ReturnResult(1).is_last
    assert Invoke(1, 43).linked_id is None
