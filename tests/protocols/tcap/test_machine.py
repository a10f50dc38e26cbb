import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.tcap import machine
from protocols.tcap.codes import InvokeProblem
from protocols.tcap.machine import Indication, TcapMachine
from protocols.tcap.portions import MAX_COMPONENTS
from protocols.tcap.primitives import (
    ApplicationContext,
    ContextError,
    Error,
    Invocation,
    Outcome,
    Reject,
    Reply,
    Respond,
    Result,
)
from tests.protocols.tcap.octets import (
    ENUMERATED_BLACK,
    IMEI,
    OTID,
    aare,
    aarq,
    abort,
    abrt,
    begin,
    end,
    endless,
    external,
    go_on,
    integer,
    invoke,
    p_abort,
    reject,
    result,
    say,
    tlv,
    unitdata,
)

OWN = bytes.fromhex("03000001")  # the first transaction id of worker 3
SECOND = bytes.fromhex("03000002")
BLACK = Result(ENUMERATED_BLACK)


def negotiate(context: ApplicationContext | None, operation: int | None) -> int:
    """Serve version 2 by name, and operation 43 without one."""
    if context is None:
        if operation != 43:
            raise ContextError("no such operation", abnormal=True)
        return 1
    if context[-1] != 2:
        raise ContextError("version", alternative=(*context[:-1], 2))
    return 2


def tcap(*, max_dialogues: int = 3, t_dialogue: float = 30.0) -> TcapMachine:
    return TcapMachine(
        worker=3,
        negotiate=negotiate,
        random=lambda: 2**-24,
        max_dialogues=max_dialogues,
        t_dialogue=t_dialogue,
    )


class Talk:
    """A conversation: what the peer sends and the user replies, and what the machine does."""

    def __init__(self, **limits: int) -> None:
        self.machine = tcap(**limits)
        self.invocations: list[Invocation] = []

    def receives(
        self, octets: bytes, now: float = 0.0, *, connection: int = 1, opc: int = 10
    ) -> list[str]:
        came = unitdata(octets, connection=connection, opc=opc)
        done = self.machine.receive(came, now)
        self.invocations += [effect for effect in done if isinstance(effect, Invocation)]
        return say(done)

    def replies(self, outcome: Outcome, place: int = 0) -> list[str]:
        return say(self.machine.send(Reply(self.invocations[place], outcome), 0.0))


def sends(octets: bytes) -> str:
    return f"sends {octets.hex()}"


# A Begin with an Invoke


@pytest.mark.spec("ITU-T Q.774", "3.2.1")
def test_a_begin_with_an_invoke_is_answered_by_an_end_that_accepts_the_context() -> None:
    talk = Talk()
    assert talk.receives(begin(invoke(), dialogue=aarq())) == ["invokes 1 v2"]
    assert talk.replies(BLACK) == [sends(end(result(), dialogue=aare()))]
    assert talk.machine.deadline is None


def test_an_invocation_has_what_the_peer_sent() -> None:
    done = tcap().receive(unitdata(begin(invoke(5), dialogue=aarq())), 0.0)
    wanted = Invocation(
        dialogue=int.from_bytes(OWN, "big"),
        unitdata=unitdata(begin(invoke(5), dialogue=aarq())),
        version=2,
        invoke_id=5,
        operation=43,
        parameter=IMEI,
    )
    assert done == [wanted]


@pytest.mark.spec("TS 29.002", "15.2.2")
def test_a_begin_without_a_dialogue_portion_is_answered_without_one() -> None:
    talk = Talk()
    assert talk.receives(begin(invoke(0))) == ["invokes 0 v1"]
    assert talk.replies(BLACK) == [sends(end(result(0)))]


@pytest.mark.parametrize("invoke_id", [-128, -1, 0, 127])
def test_every_invoke_id_is_legal(invoke_id: int) -> None:
    talk = Talk()
    assert talk.receives(begin(invoke(invoke_id))) == [f"invokes {invoke_id} v1"]
    assert talk.replies(BLACK) == [sends(end(result(invoke_id)))]


@pytest.mark.parametrize("otid", [b"\x01", b"ab", b"abc", b"abcd"])
def test_transaction_ids_of_one_to_four_octets_are_answered(otid: bytes) -> None:
    talk = Talk()
    talk.receives(begin(invoke(), otid=otid))
    assert talk.replies(BLACK) == [sends(end(result(), dtid=otid))]


@pytest.mark.parametrize(
    ("outcome", "component"),
    [
        (Result(), tlv("a2", integer(1))),
        (BLACK, result()),
        (Error(7), tlv("a3", integer(1), integer(7))),
        (Error(34, integer(6, "0a")), tlv("a3", integer(1), integer(34), integer(6, "0a"))),
        (Reject(InvokeProblem.MISTYPED_PARAMETER), reject(1, 1, 2)),
    ],
)
def test_every_outcome_has_its_component(outcome: Outcome, component: bytes) -> None:
    talk = Talk()
    talk.receives(begin(invoke(), dialogue=aarq()))
    assert talk.replies(outcome) == [sends(end(component, dialogue=aare()))]


def test_the_answer_goes_back_to_where_the_message_came_from() -> None:
    answering = tcap()
    came = unitdata(begin(invoke()), connection=9)
    (invocation,) = answering.receive(came, 0.0)
    assert isinstance(invocation, Invocation)
    (answer,) = answering.send(Reply(invocation, BLACK), 0.0)
    assert isinstance(answer, Respond)
    assert answer.unitdata is came


def test_indefinite_lengths_are_read() -> None:
    talk = Talk()
    part = endless("a1", integer(1), integer(43), endless("30", IMEI))
    assert talk.receives(endless("62", tlv("48", OTID), endless("6c", part))) == ["invokes 1 v1"]
    assert talk.invocations[0].parameter == tlv("30", IMEI)


# Several components


def test_all_outcomes_of_a_message_go_in_one_end_in_the_order_of_its_components() -> None:
    talk = Talk()
    assert talk.receives(begin(invoke(1), invoke(2), invoke(-1))) == [
        "invokes 1 v1",
        "invokes 2 v1",
        "invokes -1 v1",
    ]
    assert talk.replies(BLACK, 1) == []
    assert talk.replies(Error(7), 2) == []
    error = tlv("a3", integer(-1), integer(7))
    assert talk.replies(BLACK, 0) == [sends(end(result(1), result(2), error))]


def test_only_what_has_no_outcome_yet_is_pending() -> None:
    talk = Talk()
    for octets in (begin(invoke(1), invoke(2)), begin(invoke(3))):
        talk.machine.receive(unitdata(octets), 0.0)
    first, second, third = talk.machine.pending
    talk.machine.send(Reply(first, BLACK), 0.0)
    assert talk.machine.pending == [second, third]
    talk.machine.send(Reply(second, BLACK), 0.0)
    assert talk.machine.pending == [third]


def test_a_second_reply_to_an_invocation_says_nothing() -> None:
    talk = Talk()
    talk.receives(begin(invoke(1), invoke(2)))
    assert talk.replies(BLACK, 0) == []
    assert talk.replies(BLACK, 0) == []
    assert len(talk.replies(BLACK, 1)) == 1
    assert talk.replies(BLACK, 1) == []


# Components that are rejected


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
@pytest.mark.parametrize(
    ("component", "rejected", "name"),
    [
        (tlv("a5", integer(1)), reject(None, 0, 0), "UNRECOGNIZED_COMPONENT"),
        (tlv("a1", integer(7)), reject(7, 0, 1), "MISTYPED_COMPONENT"),
        (tlv("a1", integer(7), b"\x02\x05"), reject(7, 0, 2), "BADLY_STRUCTURED_COMPONENT"),
        (b"\xa1\x20" + integer(7), reject(None, 0, 2), "BADLY_STRUCTURED_COMPONENT"),
        (invoke(1, linked_id=9), reject(1, 1, 5), "UNRECOGNIZED_LINKED_ID"),
        (tlv("a1", integer(1), tlv("06", b"\x2a")), reject(1, 1, 1), "UNRECOGNIZED_OPERATION"),
        (result(9), reject(9, 2, 0), "RESULT_UNRECOGNIZED_INVOKE_ID"),
        (tlv("a7", integer(9)), reject(9, 2, 0), "RESULT_UNRECOGNIZED_INVOKE_ID"),
        (tlv("a3", integer(9), integer(7)), reject(9, 3, 0), "ERROR_UNRECOGNIZED_INVOKE_ID"),
    ],
)
def test_a_component_that_cannot_be_performed_is_rejected(
    component: bytes, rejected: bytes, name: str
) -> None:
    done = Talk().receives(begin(component, dialogue=aarq()))
    assert done == [f"refused {name}", sends(end(rejected, dialogue=aare()))]


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
def test_an_invoke_id_that_is_in_use_is_a_duplicate() -> None:
    talk = Talk()
    assert talk.receives(begin(invoke(1), invoke(1))) == [
        "invokes 1 v1",
        "refused DUPLICATE_INVOKE_ID",
    ]
    assert talk.replies(BLACK) == [sends(end(result(1), reject(1, 1, 0)))]


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
def test_what_stands_before_a_malformed_component_is_performed_and_the_rest_discarded() -> None:
    talk = Talk()
    done = talk.receives(begin(invoke(1), tlv("a5"), invoke(2)))
    assert done == ["invokes 1 v1", "refused UNRECOGNIZED_COMPONENT"]
    assert talk.replies(BLACK) == [sends(end(result(1), reject(None, 0, 0)))]


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
@pytest.mark.parametrize("component", [reject(1, 1, 2), tlv("a4", integer(1))])
def test_a_reject_is_never_rejected(component: bytes) -> None:
    talk = Talk()
    assert talk.receives(begin(component, dialogue=aarq())) == [sends(end(dialogue=aare()))]


def test_nothing_needs_a_context_where_nothing_is_invoked() -> None:
    done = Talk().receives(begin(tlv("a5")))
    assert done == ["refused UNRECOGNIZED_COMPONENT", sends(end(reject(None, 0, 0)))]


# The empty Begin


@pytest.mark.spec("TS 29.002", "Annex C.2.1")
def test_an_empty_begin_is_continued_and_the_invoke_comes_in_the_peers_continue() -> None:
    talk = Talk()
    assert talk.receives(begin(dialogue=aarq())) == [
        sends(go_on(dialogue=aare(), otid=OWN, dtid=OTID))
    ]
    assert talk.receives(go_on(invoke(), dtid=OWN)) == ["invokes 1 v2"]
    assert talk.replies(BLACK) == [sends(end(result()))]
    assert talk.machine.deadline is None


def test_a_dialogue_waits_through_empty_continues() -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    assert talk.receives(go_on(dtid=OWN)) == []
    assert talk.receives(go_on(invoke(), dtid=OWN)) == ["invokes 1 v2"]


def test_an_answer_goes_along_the_last_message_of_its_dialogue() -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    came = unitdata(go_on(invoke(), dtid=OWN), connection=8)
    (invocation,) = talk.machine.receive(came, 0.0)
    assert isinstance(invocation, Invocation)
    (answer,) = talk.machine.send(Reply(invocation, BLACK), 0.0)
    assert isinstance(answer, Respond)
    assert answer.unitdata is came


def test_a_continue_before_the_answer_adds_to_it() -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    talk.receives(go_on(invoke(1), dtid=OWN))
    assert talk.receives(go_on(invoke(1), invoke(2), dtid=OWN)) == [
        "refused DUPLICATE_INVOKE_ID",
        "invokes 2 v2",
    ]
    assert talk.replies(BLACK, 0) == []
    assert talk.replies(BLACK, 1) == [sends(end(result(1), reject(1, 1, 0), result(2)))]


@pytest.mark.parametrize("closing", [end(dtid=OWN), abort(dtid=OWN), p_abort(1, dtid=OWN)])
def test_a_peer_may_end_a_dialogue(closing: bytes) -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    assert talk.receives(closing) == []
    assert talk.machine.deadline is None


def test_a_reply_in_a_dialogue_that_has_ended_says_nothing() -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    talk.receives(go_on(invoke(), dtid=OWN))
    talk.receives(abort(dtid=OWN))
    assert talk.replies(BLACK) == []


@pytest.mark.spec("ITU-T Q.774", "3.2.2.1")
def test_a_dialogue_portion_in_an_open_dialogue_ends_it() -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    done = talk.receives(go_on(invoke(), dtid=OWN, dialogue=aarq()))
    assert done == [sends(abort(abrt(1))), "refused ABNORMAL_DIALOGUE"]
    assert talk.machine.deadline is None


def test_the_same_transaction_id_from_a_peer_is_another_dialogue() -> None:
    talk = Talk()
    first = talk.receives(begin(dialogue=aarq()))
    assert talk.receives(begin(dialogue=aarq())) != first
    assert talk.receives(go_on(invoke(), dtid=OWN)) == ["invokes 1 v2"]
    assert talk.receives(go_on(invoke(), dtid=bytes.fromhex("03000002"))) == ["invokes 1 v2"]


# Application contexts


def test_a_context_that_is_not_served_is_refused_with_the_alternative() -> None:
    done = Talk().receives(begin(invoke(), dialogue=aarq(4)))
    rejected = aare(2, result=1, diagnostic=2)
    assert done == [sends(abort(rejected)), "refused APPLICATION_CONTEXT_NOT_SUPPORTED"]


@pytest.mark.spec("TS 29.002", "15.2.2")
@pytest.mark.parametrize("octets", [begin(), begin(invoke(operation=2))])
def test_a_begin_from_which_no_context_can_be_told_is_aborted(octets: bytes) -> None:
    assert Talk().receives(octets) == [sends(abort()), "refused ABNORMAL_DIALOGUE"]


@pytest.mark.spec("ITU-T Q.774", "3.2.3")
def test_an_aarq_without_version_1_is_refused() -> None:
    done = Talk().receives(begin(invoke(), dialogue=aarq(protocol="0640")))
    rejected = aare(result=1, source="a2", diagnostic=2)
    assert done == [sends(abort(rejected)), "refused NO_COMMON_DIALOGUE_PORTION"]


@pytest.mark.spec("ITU-T Q.774", "3.2.2.1")
@pytest.mark.parametrize(
    "dialogue",
    [
        tlv("6b"),
        aare(),
        abrt(1),
        external(tlv("60"), syntax="00118605010101"),
        external(tlv("60", tlv("80", b"\x07\x80")), syntax="00118605010201"),
        external(tlv("04", b"\1"), syntax="883701"),
    ],
)
def test_a_dialogue_portion_that_is_no_aarq_ends_the_dialogue(dialogue: bytes) -> None:
    done = Talk().receives(begin(invoke(), dialogue=dialogue))
    assert done == [sends(abort(abrt(1))), "refused ABNORMAL_DIALOGUE"]


# Transactions


@pytest.mark.spec("ITU-T Q.774", "3.3.4")
@pytest.mark.parametrize("dtid", [OWN, b"\1", b"\3\0\0\1"])
def test_a_continue_of_no_dialogue_is_aborted(dtid: bytes) -> None:
    done = Talk().receives(go_on(invoke(), dtid=dtid))
    assert done == [sends(p_abort(1)), "refused UNRECOGNIZED_TRANSACTION_ID"]


@pytest.mark.spec("ITU-T Q.774", "3.3.4")
@pytest.mark.parametrize("octets", [end(), end(result()), abort(), abort(abrt(0)), p_abort(1)])
def test_an_end_or_abort_of_no_dialogue_is_discarded(octets: bytes) -> None:
    assert Talk().receives(octets) == ["dropped an End or Abort of no dialogue"]


@pytest.mark.spec("ITU-T Q.774", "3.3.2")
@pytest.mark.parametrize(
    "octets",
    [
        go_on(invoke(), dtid=OWN),
        go_on(invoke(), dtid=OWN, dialogue=aarq()),
        end(dtid=OWN),
        abort(dtid=OWN),
        tlv("65", tlv("48", OTID), tlv("49", OWN), tlv("6c")),
        tlv("64", tlv("49", OWN), tlv("6c")),
    ],
)
def test_nobody_else_can_take_over_a_dialogue_or_end_it(octets: bytes) -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    assert talk.receives(octets, opc=11)[0].startswith(("sends 67", "dropped"))
    assert talk.receives(go_on(invoke(), dtid=OWN)) == ["invokes 1 v2"]


@pytest.mark.spec("ITU-T Q.774", "3.3.2")
def test_a_continue_names_its_transaction_as_the_begin_did() -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    refused = [sends(p_abort(1, dtid=b"else")), "refused UNRECOGNIZED_TRANSACTION_ID"]
    assert talk.receives(go_on(invoke(), dtid=OWN, otid=b"else")) == refused
    assert talk.receives(go_on(invoke(), dtid=OWN)) == ["invokes 1 v2"]


def test_a_dialogue_may_go_on_by_another_association() -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    assert talk.receives(go_on(invoke(), dtid=OWN), connection=2) == ["invokes 1 v2"]


@pytest.mark.spec("ITU-T Q.774", "3.3.4")
@pytest.mark.parametrize(
    ("octets", "cause"),
    [
        (tlv("63", tlv("48", OTID)), 0),
        (begin() + b"\0", 2),
        (begin(invoke())[:-1], 2),
        (b"\x62\x80" + begin()[2:], 2),
        (tlv("62", tlv("48", OTID), tlv("6c")), 3),
        (tlv("62", tlv("48", OTID), tlv("49", OTID)), 3),
        (go_on(dtid=b""), 3),
        (go_on(dtid=b"12345"), 3),
        (tlv("65", tlv("48", OTID)), 3),
        (begin(*[invoke()] * (MAX_COMPONENTS + 1)), 4),
        (begin(invoke(parameter=tlv("04", bytes(1024)))), 4),
    ],
)
def test_a_message_that_cannot_be_understood_is_aborted(octets: bytes, cause: int) -> None:
    done = Talk().receives(octets)
    assert done[0] == sends(p_abort(cause))
    assert [line.split()[0] for line in done] == ["sends", "refused"]


@pytest.mark.spec("ITU-T Q.774", "3.3.4")
@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\0",
        begin(otid=b""),
        begin(otid=b"12345"),
        tlv("62"),
        tlv("30", integer(1)),
        tlv("64", tlv("49", OTID), tlv("6c")),
        tlv("64", tlv("48", OTID)),
        tlv("67", tlv("48", OTID)),
        tlv("67", tlv("49", OTID), tlv("4a")),
        tlv("61", tlv("48", OTID)),
        tlv("61", tlv("6c", invoke())),
        b"\x62\x80" * 600,
        b"\x30\x80" * 200,
    ],
)
def test_a_message_that_nobody_can_be_told_of_is_discarded(octets: bytes) -> None:
    (done,) = Talk().receives(octets)
    assert done.startswith("dropped")


@pytest.mark.spec("ITU-T Q.774", "3.3.4")
@pytest.mark.parametrize(
    ("octets", "does"),
    [
        (tlv("65", tlv("48", OTID), tlv("49", OWN), tlv("6c")), "sends"),
        (tlv("64", tlv("49", OWN), tlv("6c")), "dropped"),
        (tlv("67", tlv("49", OWN), tlv("6c")), "dropped"),
    ],
)
def test_a_message_that_cannot_be_understood_ends_its_dialogue(octets: bytes, does: str) -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    assert talk.receives(octets)[0].startswith(does)
    assert talk.machine.deadline is None


def test_a_begin_that_cannot_be_understood_ends_no_dialogue() -> None:
    talk = Talk()
    talk.receives(begin(dialogue=aarq()))
    octets = tlv("62", tlv("48", OTID), tlv("49", OWN))
    assert talk.receives(octets) == [sends(p_abort(3)), "refused INCORRECT_TRANSACTION_PORTION"]
    assert talk.receives(go_on(invoke(), dtid=OWN)) == ["invokes 1 v2"]


def test_after_any_nonsense_the_next_good_begin_is_answered() -> None:
    talk = Talk()
    for octets in (b"\x62\x80" * 600, begin(b"\xa1\x80" * 100), begin()[:5], b"\xff" * 300):
        talk.receives(octets)
    talk.receives(begin(invoke(), dialogue=aarq()))
    assert talk.replies(BLACK) == [sends(end(result(), dialogue=aare()))]


# Limits


def test_who_lets_most_dialogues_wait_loses_its_oldest_when_there_are_too_many() -> None:
    talk = Talk(max_dialogues=3)
    talk.receives(begin(dialogue=aarq(), otid=b"good"))
    for otid in (b"a", b"b"):
        talk.receives(begin(dialogue=aarq(), otid=otid), connection=2)

    crowded_out, refused, going_on = talk.receives(begin(dialogue=aarq()), connection=3)
    assert (crowded_out, refused) == (
        sends(abort(abrt(0), dtid=b"a")),
        "refused DIALOGUE_CROWDED_OUT",
    )
    assert going_on.startswith("sends 65")
    assert talk.receives(go_on(invoke(), dtid=OWN, otid=b"good")) == ["invokes 1 v2"]


def test_an_ordinary_question_needs_no_room() -> None:
    talk = Talk(max_dialogues=1)
    assert talk.receives(begin(invoke(), dialogue=aarq())) == ["invokes 1 v2"]
    assert len(talk.receives(begin(dialogue=aarq()))) == 1
    assert talk.receives(begin(invoke(), dialogue=aarq())) == ["invokes 1 v2"]
    assert talk.replies(BLACK) == [sends(end(result(), dialogue=aare()))]
    assert talk.receives(go_on(invoke(), dtid=SECOND)) == ["invokes 1 v2"]


def test_the_oldest_dialogue_sets_the_deadline() -> None:
    talk = Talk(t_dialogue=20)
    deadlines = [talk.machine.deadline]
    talk.receives(begin(dialogue=aarq()), 1.0)
    talk.receives(begin(dialogue=aarq()), 2.0)
    deadlines.append(talk.machine.deadline)
    talk.receives(end(dtid=OWN))
    deadlines.append(talk.machine.deadline)
    assert deadlines == [None, 21.0, 22.0]


def test_a_dialogue_that_lasts_too_long_is_given_up() -> None:
    talk = Talk(t_dialogue=20)
    talk.receives(begin(dialogue=aarq(), otid=b"a"), 1.0)
    talk.receives(begin(invoke(), otid=b"b"), 2.0)
    assert talk.machine.expire(20.9) == []
    given_up = [sends(abort(abrt(0), dtid=b"a")), "refused DIALOGUE_TIMED_OUT"]
    assert say(talk.machine.expire(21.0)) == given_up
    assert say(talk.machine.expire(99.0)) == [sends(abort(dtid=b"b")), "refused DIALOGUE_TIMED_OUT"]
    assert talk.machine.deadline is None
    assert talk.receives(go_on(invoke(), dtid=OWN))[1] == "refused UNRECOGNIZED_TRANSACTION_ID"


def test_the_limits_of_this_house_are_those_of_the_standard() -> None:
    assert machine.T_DIALOGUE == 30.0  # timer m, at the most
    assert machine.MAX_DIALOGUES == 10_000


# Properties

PIECES = [
    begin(dialogue=aarq()),
    begin(invoke(), dialogue=aarq()),
    begin(invoke(1), invoke(2)),
    begin(invoke(), dialogue=aarq(4)),
    begin(tlv("a5")),
    go_on(invoke(), dtid=OWN),
    go_on(invoke(2), tlv("a5"), dtid=SECOND),
    go_on(dtid=OWN),
    end(dtid=OWN),
    abort(abrt(0), dtid=SECOND),
    tlv("65", tlv("48", OTID), tlv("49", OWN), tlv("6c")),
]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(PIECES) | st.binary(max_size=30), st.booleans()), max_size=12
    )
)
def test_no_conversation_breaks_the_machine(pieces: list[tuple[bytes, bool]]) -> None:
    """Whatever comes, those who wait stay bounded, and an open dialogue has a deadline."""
    answering = tcap(max_dialogues=3)
    pending: list[Invocation] = []
    for now, (octets, user_replies) in enumerate(pieces):
        done: list[Indication] = answering.receive(unitdata(octets), float(now))
        pending += [effect for effect in done if isinstance(effect, Invocation)]
        if pending and user_replies:
            answering.send(Reply(pending.pop(0), BLACK), float(now))
        assert sum(map(len, answering._open._waiting.values())) <= 3
        assert (answering.deadline is None) == (answering._open.oldest is None)
    answering.expire(1000.0)
    assert answering.deadline is None


@settings(max_examples=60)
@given(st.integers(0, 8 * len(begin(invoke(), dialogue=aarq())) - 1))
def test_every_message_gets_one_answer_or_silence(place: int) -> None:
    octets = bytearray(begin(invoke(), dialogue=aarq()))
    octets[place // 8] ^= 1 << place % 8
    talk = Talk()
    sent = talk.receives(bytes(octets))
    replies = [talk.replies(BLACK, number) for number in range(len(talk.invocations))]
    said = [line for line in itertools.chain(sent, *replies) if line.startswith("sends")]
    dropped = [line for line in sent if line.startswith("dropped")]
    assert len(said) + len(dropped) == 1


@pytest.mark.parametrize("outcome", [BLACK, Result(), Error(7), Reject(InvokeProblem(1))])
@pytest.mark.parametrize("dialogue", [b"", aarq()])
def test_a_begin_with_one_invoke_is_previewed_as_it_is_taken(
    dialogue: bytes, outcome: Outcome
) -> None:
    came = unitdata(begin(invoke(5), dialogue=dialogue))
    previewer, machine = tcap(), tcap()
    previewed = previewer.preview(came)
    (taken,) = machine.receive(came, 0.0)

    assert previewed is not None
    assert isinstance(taken, Invocation)
    assert replace(previewed, dialogue=0) == replace(taken, dialogue=0)
    sent = [previewer.preview_reply(Reply(previewed, outcome)) for _ in range(2)]
    assert (previewer.deadline, previewer.pending) == (None, [])
    assert sent == machine.send(Reply(taken, outcome), 0.0) * 2


def test_previews_of_two_begins_do_not_disturb_each_other() -> None:
    came = [unitdata(begin(invoke(number), dialogue=aarq())) for number in (1, 2)]
    machine = tcap()
    first, second = (machine.preview(each) for each in came)
    assert first is not None
    assert second is not None
    for previewed in (first, second, second, first):
        expected = tcap()
        (taken,) = expected.receive(previewed.unitdata, 0.0)
        assert isinstance(taken, Invocation)
        sent = expected.send(Reply(taken, BLACK), 0.0)
        assert [machine.preview_reply(Reply(previewed, BLACK))] == sent


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        begin(dialogue=aarq()),
        begin(invoke(), dialogue=aarq(3)),
        begin(invoke(), dialogue=aarq(protocol="0740")),
        begin(invoke(1), invoke(2)),
        begin(invoke(1), invoke(1)),
        begin(invoke(linked_id=3)),
        begin(invoke(operation=44)),
        begin(invoke(1), result(2)),
        go_on(invoke(), dtid=OWN),
        end(invoke()),
        abort(),
    ],
)
def test_what_is_more_or_less_than_one_invocation_has_no_preview(octets: bytes) -> None:
    machine = tcap()
    machine.receive(unitdata(begin(dialogue=aarq())), 0.0)  # a dialogue that is open
    before = machine.deadline
    assert machine.preview(unitdata(octets)) is None
    assert machine.deadline == before
