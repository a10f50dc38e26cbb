import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.tcap import codec
from protocols.tcap.codes import (
    AbortSource,
    GeneralProblem,
    InvokeProblem,
    PAbortCause,
    Problem,
    ProviderDiagnostic,
    ReturnErrorProblem,
    ReturnResultProblem,
    UserDiagnostic,
)
from protocols.tcap.errors import IncorrectPortionError, TcapError
from protocols.tcap.messages import (
    Abort,
    Begin,
    Component,
    Continue,
    Dialogue,
    DialogueAbort,
    DialogueRequest,
    DialogueResponse,
    End,
    Invoke,
    Malformed,
    Message,
    Rejection,
    ReturnError,
    ReturnResult,
    Unidirectional,
    Unreadable,
)
from protocols.tcap.primitives import UserInformation
from tests import vectors
from tests.protocols.tcap.octets import (
    ENUMERATED_BLACK,
    IMEI,
    OTID,
    aare,
    aarq,
    abort,
    abrt,
    begin,
    context,
    end,
    external,
    go_on,
    integer,
    invoke,
    p_abort,
    reject,
    result,
    tcap_of,
    tlv,
)

FEW = settings(max_examples=50)
CONTEXT = (0, 4, 0, 0, 1, 0, 13, 2)
ACCEPTED = DialogueResponse(CONTEXT, is_accepted=True, diagnostic=UserDiagnostic.NULL)
NOT_SUPPORTED = DialogueResponse(
    CONTEXT, is_accepted=False, diagnostic=UserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED
)
NO_COMMON = DialogueResponse(
    CONTEXT, is_accepted=False, diagnostic=ProviderDiagnostic.NO_COMMON_DIALOGUE_PORTION
)
MISTYPED = GeneralProblem.MISTYPED_COMPONENT


def component(*parts: bytes) -> Component:
    message = codec.decode(begin(*parts))
    assert isinstance(message, Begin)
    return message.components[0]


def dialogue(octets: bytes) -> Dialogue | None:
    message = codec.decode(begin(dialogue=octets))
    assert isinstance(message, Begin)
    return message.dialogue


# Golden messages


@pytest.mark.parametrize("vector", vectors.load("map"), ids=str)
def test_a_golden_message_means_what_its_maker_says(vector: vectors.Vector) -> None:
    message = codec.decode(tcap_of(vector))
    assert type(message).__name__ == vector.type
    assert isinstance(message, Begin | End)
    (part,) = message.components
    assert isinstance(part, Invoke | ReturnResult)
    assert (part.invoke_id, part.operation) == (vector.meaning["invoke_id"], 43)
    named = message.dialogue
    assert not isinstance(named, DialogueAbort | Unreadable)
    assert (1 if named is None else named.context[-1]) == vector.meaning["version"]
    own_id = message.originating_id if isinstance(message, Begin) else message.destination_id
    name = "originating_id" if isinstance(message, Begin) else "destination_id"
    assert own_id.hex() == vector.meaning[name]


@pytest.mark.parametrize(
    "vector", [v for v in vectors.load("map") if "imsi" not in v.meaning], ids=str
)
def test_a_golden_message_is_encoded_octet_for_octet(vector: vectors.Vector) -> None:
    octets = tcap_of(vector)
    message = codec.decode(octets)
    assert isinstance(message, Begin | End)
    assert codec.encode(message) == octets


def test_what_follows_the_argument_of_huaweis_invoke_is_kept() -> None:
    (vector,) = (v for v in vectors.load("map") if v.name == "hand_v2_huawei_imsi_begin")
    message = codec.decode(tcap_of(vector))
    assert isinstance(message, Begin)
    (part,) = message.components
    assert isinstance(part, Invoke)
    assert part.parameter.hex() == "0408534676409498 19f0000827340403305867f3".replace(" ", "")


# Messages


@pytest.mark.spec("ITU-T Q.773", "3.1")
@pytest.mark.parametrize(
    ("message", "octets"),
    [
        (Begin(OTID), begin()),
        (Begin(b"\x7f", DialogueRequest(CONTEXT)), begin(dialogue=aarq(), otid=b"\x7f")),
        (Continue(OTID, b"abcd", ACCEPTED), go_on(dialogue=aare(), dtid=b"abcd")),
        (Continue(OTID, b"ab", None, (Invoke(1, 43, IMEI),)), go_on(invoke(), dtid=b"ab")),
        (
            End(OTID, ACCEPTED, (ReturnResult(1, 43, ENUMERATED_BLACK),)),
            end(result(), dialogue=aare()),
        ),
        (Abort(OTID), abort()),
        (Abort(OTID, PAbortCause.RESOURCE_LIMITATION), p_abort(4)),
        (Abort(OTID, dialogue=NOT_SUPPORTED), abort(aare(result=1, diagnostic=2))),
        (Abort(OTID, dialogue=NO_COMMON), abort(aare(result=1, source="a2", diagnostic=2))),
        (Abort(OTID, dialogue=DialogueAbort(AbortSource.DIALOGUE_SERVICE_USER)), abort(abrt(0))),
        (
            Abort(OTID, dialogue=DialogueAbort(AbortSource.DIALOGUE_SERVICE_PROVIDER)),
            abort(abrt(1)),
        ),
    ],
)
def test_a_message_is_written_and_read(
    message: Begin | Continue | End | Abort, octets: bytes
) -> None:
    assert codec.encode(message) == octets
    assert codec.decode(octets) == message


def test_a_unidirectional_is_not_looked_into() -> None:
    assert codec.decode(tlv("61", tlv("6c", invoke()))) == Unidirectional()


def test_an_abort_with_a_cause_that_has_no_name_is_an_abort() -> None:
    assert codec.decode(p_abort(0x7F)) == Abort(OTID)


@pytest.mark.spec("ITU-T Q.773", "3.1")
@pytest.mark.parametrize("octets", [b"", b"12345"])
def test_a_transaction_id_has_one_to_four_octets(octets: bytes) -> None:
    for message in (begin(otid=octets), go_on(dtid=octets), end(dtid=octets), abort(dtid=octets)):
        with pytest.raises(IncorrectPortionError):
            codec.decode(message)


# Dialogue portions


@pytest.mark.spec("ITU-T Q.773", "3.2")
@pytest.mark.parametrize(
    "octets",
    [
        aarq(),
        external(tlv("60", context(2))),  # protocol-version is version1 by default
        aarq(protocol="0680"),
        aarq(protocol="05c0"),
        # with user information: a MAP-OPEN without references
        aarq(more=bytes.fromhex("be11280f060704000001010101a004a0020500")),
    ],
)
def test_an_aarq_names_its_context(octets: bytes) -> None:
    assert dialogue(octets) == DialogueRequest(CONTEXT)


@pytest.mark.spec("ITU-T Q.774", "3.2.3")
@pytest.mark.parametrize("protocol", ["0700", "0640", "00"])
def test_an_aarq_may_lack_version_1(protocol: str) -> None:
    assert dialogue(aarq(protocol=protocol)) == DialogueRequest(CONTEXT, has_version1=False)


def test_user_information_of_an_abrt_is_sent() -> None:
    information = UserInformation((0, 4, 0, 0, 1, 1, 1, 1), bytes.fromhex("a5030a0100"))
    unit = DialogueAbort(AbortSource.DIALOGUE_SERVICE_USER, information)
    shown = bytes.fromhex("be12 2810 0607 04000001010101 a005 a503 0a0100")
    assert codec.encode(Abort(OTID, dialogue=unit)) == abort(abrt(0, shown))


@pytest.mark.spec("ITU-T Q.774", "3.2.2.1")
@pytest.mark.parametrize(
    "octets",
    [
        tlv("6b"),
        tlv("6b", tlv("30", integer(0))),
        tlv("6b", tlv("28")),
        external(tlv("60")),
        external(tlv("60", tlv("80", b"\x07\x80"))),  # no context
        external(tlv("60", tlv("80", b"\x07\x80"), tlv("a1", integer(2)))),
        external(tlv("60", tlv("80", b""), context(2))),
        tlv("6b", tlv("28", tlv("a0", tlv("60", context(2))))),  # of no abstract syntax
        external(b""),
        external(tlv("00", b"l")),
        external(tlv("65")),
        external(tlv("62", integer(0, "80"))),  # RLRQ, which is not used
        external(tlv("60", tlv("80", b"\x07\x80"), context(2)), syntax="00118605010201"),
        external(tlv("04", b"\1"), syntax="883701"),  # of some user
        aare(result=5),
        aare(diagnostic=9),
        aare(source="a2", diagnostic=9),
        abrt(5),
    ],
)
def test_anything_else_in_a_dialogue_portion_is_unreadable(octets: bytes) -> None:
    assert dialogue(octets) == Unreadable()


@pytest.mark.spec("ITU-T Q.774", "3.2.3")
def test_an_aare_without_version_1_is_a_syntax_error() -> None:
    octets = aare().replace(b"\x80\x02\x07\x80", b"\x80\x02\x07\x00")
    assert dialogue(aare()) == ACCEPTED
    assert dialogue(octets) == Unreadable()


# Components


@pytest.mark.spec("ITU-T Q.773", "3.1")
@pytest.mark.parametrize(
    ("part", "octets"),
    [
        (Invoke(1, 43, IMEI), invoke()),
        (Invoke(0, 43, IMEI), invoke(0)),
        (Invoke(-128, 43, IMEI), invoke(-128)),
        (Invoke(127, -1, b""), invoke(127, b"", operation=-1)),
        (Invoke(1, 43, IMEI, 5), invoke(linked_id=5)),
        (ReturnResult(1, 43, ENUMERATED_BLACK), result()),
        (ReturnResult(-3), tlv("a2", integer(-3))),
        (
            ReturnResult(1, 43, ENUMERATED_BLACK, is_last=False),
            tlv("a7", integer(1), tlv("30", integer(43), ENUMERATED_BLACK)),
        ),
        (ReturnError(1, 7), tlv("a3", integer(1), integer(7))),
        (
            ReturnError(1, 34, ENUMERATED_BLACK),
            tlv("a3", integer(1), integer(34), ENUMERATED_BLACK),
        ),
        (Rejection(None, GeneralProblem.UNRECOGNIZED_COMPONENT), reject(None, 0, 0)),
        (Rejection(9, InvokeProblem.MISTYPED_PARAMETER), reject(9, 1, 2)),
        (Rejection(9, ReturnResultProblem.UNRECOGNIZED_INVOKE_ID), reject(9, 2, 0)),
        (Rejection(9, ReturnErrorProblem.UNRECOGNIZED_INVOKE_ID), reject(9, 3, 0)),
    ],
)
def test_a_component_is_written_and_read(part: Component, octets: bytes) -> None:
    assert codec.encode(End(OTID, None, (part,))) == end(octets)
    assert component(octets) == part


def test_a_global_code_is_no_code_of_ours() -> None:
    code = tlv("06", bytes.fromhex("04000001000d"))
    assert component(tlv("a1", integer(1), code, IMEI)) == Invoke(1, None, IMEI)
    assert component(tlv("a3", integer(1), code)) == ReturnError(1, None)


def test_a_linked_id_may_be_absent_explicitly() -> None:
    octets = tlv("a1", integer(1), tlv("81"), integer(43), IMEI)
    assert component(octets) == Invoke(1, 43, IMEI)


def test_an_integer_may_have_more_octets_than_it_needs() -> None:
    octets = tlv("a1", tlv("02", b"\0\7"), tlv("02", b"\0\x2b"), IMEI)
    assert component(octets) == Invoke(7, 43, IMEI)


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
@pytest.mark.parametrize(
    ("octets", "invoke_id"),
    [
        (tlv("a1", integer(7)), 7),  # no operation code
        (tlv("a1"), None),
        (tlv("a1", tlv("06", b"\x2a")), None),
        (tlv("a1", tlv("05"), integer(43)), None),  # an Invoke must have an invoke id
        (tlv("a1", tlv("02", b"\0\xff"), integer(43)), None),  # 255
        (tlv("a1", tlv("02", b"\1\x2c"), integer(43)), None),  # 300
        (tlv("a1", integer(7), tlv("80", b"\1\x2c"), integer(43)), 7),
        (tlv("a1", integer(7), tlv("04", b"\x2b")), 7),
        (tlv("a3", integer(7)), 7),
        (tlv("a3", tlv("05"), integer(34)), None),
    ],
)
def test_a_component_that_its_type_does_not_allow_is_mistyped(
    octets: bytes, invoke_id: int | None
) -> None:
    assert component(octets) == Malformed(invoke_id, MISTYPED)


@pytest.mark.spec("ITU-T Q.774", "3.2.2.2")
@pytest.mark.parametrize(
    "octets",
    [
        tlv("a4", integer(7)),
        tlv("a4", integer(7), integer(0, "85")),
        tlv("a4", integer(0, "80")),
        reject(7, 1, 99),
    ],
)
def test_a_malformed_reject_has_no_problem_to_tell(octets: bytes) -> None:
    assert isinstance(component(octets), Malformed)
    assert component(octets) in (Malformed(7, None), Malformed(None, None))


def test_what_only_peers_send_is_never_encoded() -> None:
    for part in (Malformed(1, MISTYPED), Invoke(1, None), ReturnError(1, None)):
        with pytest.raises(ValueError, match="never sent"):
            codec.encode(End(OTID, None, (part,)))
    with pytest.raises(ValueError, match="never sent"):
        codec.encode(End(OTID, Unreadable()))


# Properties

IDS = st.binary(min_size=1, max_size=4)
INVOKE_IDS = st.integers(-128, 127)
CODES = st.integers(-0x8000, 0x7FFF)
PARAMETERS = st.sampled_from(
    [
        b"",
        IMEI,
        ENUMERATED_BLACK,
        tlv("30"),
        tlv("30", IMEI, integer(1)),
        tlv("9e", b"x"),
        tlv("c1"),
    ]
)
PROBLEMS: st.SearchStrategy[Problem] = st.one_of(
    st.sampled_from(GeneralProblem),
    st.sampled_from(InvokeProblem),
    st.sampled_from(ReturnResultProblem),
    st.sampled_from(ReturnErrorProblem),
)
RESULTS = st.builds(ReturnResult, INVOKE_IDS, CODES, PARAMETERS.filter(bool), is_last=st.booleans())
COMPONENTS: st.SearchStrategy[Component] = st.one_of(
    st.builds(Invoke, INVOKE_IDS, CODES, PARAMETERS, st.none() | INVOKE_IDS),
    RESULTS,
    st.builds(ReturnError, INVOKE_IDS, CODES, PARAMETERS),
    st.builds(Rejection, st.none() | INVOKE_IDS, PROBLEMS),
)
ARCS = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=6)
CONTEXTS = ARCS.map(lambda arcs: (0, 4, *arcs))
DIALOGUES: st.SearchStrategy[Dialogue] = st.one_of(
    st.builds(DialogueRequest, CONTEXTS, st.booleans()),
    st.builds(
        DialogueResponse,
        CONTEXTS,
        is_accepted=st.booleans(),
        diagnostic=st.sampled_from([*UserDiagnostic, *ProviderDiagnostic]),
    ),
    st.builds(DialogueAbort, st.sampled_from(AbortSource)),
)
PORTIONS = (st.none() | DIALOGUES, st.lists(COMPONENTS, max_size=3).map(tuple))
MESSAGES: st.SearchStrategy[Begin | Continue | End | Abort] = st.one_of(
    st.builds(Begin, IDS, *PORTIONS),
    st.builds(Continue, IDS, IDS, *PORTIONS),
    st.builds(End, IDS, *PORTIONS),
    st.builds(Abort, IDS, st.sampled_from(PAbortCause)),
    st.builds(Abort, IDS, st.none(), st.none() | DIALOGUES),
)


@FEW
@given(MESSAGES)
def test_every_message_survives_the_wire(message: Begin | Continue | End | Abort) -> None:
    assert codec.decode(codec.encode(message)) == message


@FEW
@given(MESSAGES, st.data())
def test_a_flipped_bit_decodes_or_raises_an_error_of_ours(
    message: Begin | Continue | End | Abort, data: st.DataObject
) -> None:
    octets = bytearray(codec.encode(message))
    place = data.draw(st.integers(0, 8 * len(octets) - 1))
    octets[place // 8] ^= 1 << place % 8
    decodes_or_raises(bytes(octets))


@given(st.binary(max_size=60))
def test_any_octets_decode_or_raise_an_error_of_ours(octets: bytes) -> None:
    decodes_or_raises(octets)
    decodes_or_raises(begin(octets))
    decodes_or_raises(begin(dialogue=tlv("6b", tlv("28", octets))))
    decodes_or_raises(begin(dialogue=external(octets)))
    decodes_or_raises(begin(tlv("a1", octets), tlv("a2", octets)))


def decodes_or_raises(octets: bytes) -> Message | None:
    with contextlib.suppress(TcapError):
        return codec.decode(octets)
    return None
