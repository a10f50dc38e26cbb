"""Octets to TCAP messages and back: the one module that knows pycrate's TCAP.

`protocols.tcap.portions` has cut a message before; pycrate says what each part means. The parts
are decoded apart, because what is wrong with one has another answer than what is wrong with the
next (ITU-T Q.774 §3.2.2, §3.3.4). Parameters are the user's and pass by undecoded.

pycrate's objects are process-wide, mutable, and keep the last value after a failed decode: a
value is read out in the call that decoded it.
"""

from typing import Any, TypeAlias

from pycrate_asn1dir.TCAP_RAW import TCAP_Messages, TCAPMessages
from pycrate_core.utils import PycrateErr

from protocols.tcap import ber
from protocols.tcap.ber import Element
from protocols.tcap.codes import (
    AbortSource,
    AssociateResult,
    ComponentTag,
    GeneralProblem,
    InvokeProblem,
    MessageTag,
    PAbortCause,
    PortionTag,
    Problem,
    ProviderDiagnostic,
    ReturnErrorProblem,
    ReturnResultProblem,
    UserDiagnostic,
)
from protocols.tcap.errors import IncorrectPortionError
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
from protocols.tcap.portions import ComponentPart, cut
from protocols.tcap.primitives import UserInformation

# What pycrate gives and takes: dictionaries of components, and (name, value) for a choice.
_Value: TypeAlias = Any

_MESSAGE = TCAP_Messages.TCAP_Message
_DIALOGUE_PORTION = TCAPMessages.DialoguePortion
_DIALOGUE_AS = (0, 0, 17, 773, 1, 1, 1)  # ITU-T Q.773 §4.2.3
_VERSION_1 = (1, 1)  # a bit string: its value, its length
_RESULTS = {True: AssociateResult.ACCEPTED, False: AssociateResult.REJECT_PERMANENT}

# An open type that is empty, or holds a tag of zero, makes pycrate raise these two as well.
_UNDECODABLE = (PycrateErr, IndexError, TypeError)

_PROBLEMS: dict[str, type[Problem]] = {
    "general": GeneralProblem,
    "invoke": InvokeProblem,
    "returnResult": ReturnResultProblem,
    "returnError": ReturnErrorProblem,
}
_DIAGNOSTICS: dict[str, type[UserDiagnostic | ProviderDiagnostic]] = {
    "dialogue-service-user": UserDiagnostic,
    "dialogue-service-provider": ProviderDiagnostic,
}
_PROBLEM_NAMES = {kind: name for name, kind in _PROBLEMS.items()}
_DIAGNOSTIC_NAMES = {kind: name for name, kind in _DIAGNOSTICS.items()}


def decode(octets: bytes) -> Message:
    """Decode one whole message.

    Raises:
        TcapError: its transaction portion cannot be understood; `portions.outline` tells what
            can.
    """
    portions = cut(octets)
    if portions.tag is MessageTag.UNIDIRECTIONAL:
        return Unidirectional()
    try:
        _MESSAGE.from_ber(portions.transaction)
        _, value = _MESSAGE.get_val()
    except _UNDECODABLE as error:
        raise IncorrectPortionError("an id or a cause of the wrong size", offset=0) from error
    dialogue = _decode_dialogue(portions.dialogue)
    components = tuple(_decode_component(part) for part in portions.components)
    match portions.tag:
        case MessageTag.BEGIN:
            return Begin(value["otid"], dialogue, components)
        case MessageTag.CONTINUE:
            return Continue(value["otid"], value["dtid"], dialogue, components)
        case MessageTag.END:
            return End(value["dtid"], dialogue, components)
        case MessageTag.ABORT:
            return Abort(value["dtid"], _cause(value), dialogue)


def encode(message: Begin | Continue | End | Abort) -> bytes:
    """Encode one message.

    Raises:
        ValueError: it holds what only a peer can have sent: something unreadable or malformed.
    """
    value: _Value
    match message:
        case Begin(otid, dialogue, components):
            value = {"otid": otid, **_user_portions(dialogue, components)}
        case Continue(otid, dtid, dialogue, components):
            value = {"otid": otid, "dtid": dtid, **_user_portions(dialogue, components)}
        case End(dtid, dialogue, components):
            value = {"dtid": dtid, **_user_portions(dialogue, components)}
        case Abort(dtid, cause, dialogue):
            value = {"dtid": dtid}
            if cause is not None:
                value["reason"] = ("p-abortCause", int(cause))
            elif dialogue is not None:
                value["reason"] = ("u-abortCause", _encode_dialogue(dialogue))
    _MESSAGE.set_val((type(message).__name__.lower(), value))
    octets: bytes = _MESSAGE.to_ber()
    return octets


def _cause(value: _Value) -> PAbortCause | None:
    """Read the P-Abort cause of an Abort; one that has no name is none."""
    _, number = value.get("reason", ("", None))
    return PAbortCause(number) if number in list(PAbortCause) else None


def _decode_dialogue(octets: bytes | Unreadable | None) -> Dialogue | None:
    """Decode a dialogue portion (ITU-T Q.773 §3.2)."""
    if octets is None or isinstance(octets, Unreadable):
        return octets
    try:
        _DIALOGUE_PORTION.from_ber(octets)
        external = _DIALOGUE_PORTION.get_val()
    except _UNDECODABLE:
        return Unreadable()
    match external:
        case {"direct-reference": syntax, "encoding": (_, ("DialoguePDU", (name, value)))} if (
            syntax == _DIALOGUE_AS
        ):
            return _dialogue_unit(name, value)
    return Unreadable()


def _dialogue_unit(name: str, value: _Value) -> Dialogue:
    """Read a dialogue control unit; the user information in it is not looked at."""
    bits, length = value.get("protocol-version", _VERSION_1)  # DEFAULT { version1 }
    has_version1 = bool(length) and bool(bits >> length - 1)
    try:
        match name:
            # One that has no two numbers is no object identifier, and could not be refused by name.
            case "dialogueRequest" if len(value["application-context-name"]) > 1:
                return DialogueRequest(value["application-context-name"], has_version1)
            case "dialogueResponse" if has_version1:  # ITU-T Q.774 §3.2.3: else a syntax error
                source, diagnostic = value["result-source-diagnostic"]
                return DialogueResponse(
                    value["application-context-name"],
                    is_accepted=AssociateResult(value["result"]) is AssociateResult.ACCEPTED,
                    diagnostic=_DIAGNOSTICS[source](diagnostic),
                )
            case "dialogueAbort":
                return DialogueAbort(AbortSource(value["abort-source"]))
    except ValueError:
        pass  # a number that ITU-T Q.773 does not define
    return Unreadable()


def _decode_component(part: ComponentPart | Malformed) -> Component:
    """Decode one component (ITU-T Q.773 §3.1), as if it came in a message of its own."""
    if isinstance(part, Malformed):
        return part
    alone = Element(bytes([PortionTag.COMPONENTS]), part.octets)
    try:
        _MESSAGE.from_ber(Element(bytes([MessageTag.UNIDIRECTIONAL]), alone.octets).octets)
        _, value = _MESSAGE.get_val()
        return _component(value["components"][0], part)
    except (*_UNDECODABLE, ValueError):
        is_reject = part.octets[0] == ComponentTag.REJECT
        problem = None if is_reject else GeneralProblem.MISTYPED_COMPONENT
        return Malformed(part.invoke_id, problem)


def _component(component: _Value, part: ComponentPart) -> Component:
    """Read a component.

    Raises:
        ValueError: a number in it is out of range.
    """
    match component:
        case ("basicROS", ("invoke", value)):
            return Invoke(
                invoke_id=_invoke_id(value["invokeId"]),
                operation=_local(value["opcode"]),
                parameter=part.parameter,
                linked_id=_linked_id(value.get("linkedId")),
            )
        case ("basicROS", ("returnError", value)):
            code = _local(value["errcode"])
            return ReturnError(_invoke_id(value["invokeId"]), code, part.parameter)
        case ("basicROS", ("reject", {"invokeId": (present, number), "problem": (kind, problem)})):
            invoke_id = number if present == "present" else None
            return Rejection(invoke_id, _PROBLEMS[kind](problem))
        case ("basicROS", ("returnResult", value)):
            return _result(value, part, is_last=True)
        case ("returnResultNotLast", value):
            return _result(value, part, is_last=False)
    raise ValueError("no component")


def _result(value: _Value, part: ComponentPart, *, is_last: bool) -> ReturnResult:
    """Read a Return Result."""
    operation = _local(value["result"]["opcode"]) if "result" in value else None
    return ReturnResult(_invoke_id(value["invokeId"]), operation, part.parameter, is_last=is_last)


def _invoke_id(value: _Value) -> int:
    """Read an invoke id: -128 to 127, and 0 is one (ITU-T Q.773 §3.1)."""
    present, number = value
    if present != "present" or not -128 <= number <= 127:
        raise ValueError("no invoke id")
    return int(number)


def _linked_id(value: _Value) -> int | None:
    """Read a linked id."""
    return None if value is None or value[0] != "present" else _invoke_id(value)


def _local(value: _Value) -> int | None:
    """Read an operation or error code; a global one is None."""
    kind, code = value
    return int(code) if kind == "local" else None


def _user_portions(dialogue: Dialogue | None, components: tuple[Component, ...]) -> _Value:
    """Say dialogue and component portions in pycrate's words."""
    value: _Value = {}
    if dialogue is not None:
        value["dialoguePortion"] = _encode_dialogue(dialogue)
    if components:
        value["components"] = [_encode_component(component) for component in components]
    return value


def _encode_dialogue(dialogue: Dialogue) -> _Value:
    """Say a dialogue portion in pycrate's words."""
    unit: _Value
    match dialogue:
        case DialogueRequest(context, has_version1):
            version = _VERSION_1 if has_version1 else (0, 1)
            unit = (
                "dialogueRequest",
                {
                    "protocol-version": version,
                    "application-context-name": context,
                },
            )
        case DialogueResponse(context, is_accepted, diagnostic):
            unit = (
                "dialogueResponse",
                {
                    "protocol-version": _VERSION_1,
                    "application-context-name": context,
                    "result": int(_RESULTS[is_accepted]),
                    "result-source-diagnostic": (
                        _DIAGNOSTIC_NAMES[type(diagnostic)],
                        int(diagnostic),
                    ),
                },
            )
        case DialogueAbort(source, information):
            unit = "dialogueAbort", {"abort-source": int(source), **_information(information)}
        case Unreadable():
            raise ValueError("an unreadable dialogue portion is never sent")
    return _external(_DIALOGUE_AS, ("DialoguePDU", unit))


def _information(information: UserInformation | None) -> _Value:
    """Say user information in pycrate's words."""
    if information is None:
        return {}
    return {"user-information": [_external(information.syntax, _open(information.octets))]}


def _external(syntax: tuple[int, ...], value: _Value) -> _Value:
    return {"direct-reference": syntax, "encoding": ("single-ASN1-type", value)}


def _encode_component(component: Component) -> _Value:
    """Say a component in pycrate's words."""
    value: _Value
    match component:
        case Invoke(invoke_id, int(operation), parameter, linked_id):
            value = {"invokeId": ("present", invoke_id), "opcode": ("local", operation)}
            if linked_id is not None:
                value["linkedId"] = ("present", linked_id)
            return "basicROS", ("invoke", {**value, **_optional("argument", parameter)})
        case ReturnResult(invoke_id, operation, parameter, is_last):
            value = {"invokeId": ("present", invoke_id)}
            if operation is not None and parameter:
                value["result"] = {"opcode": ("local", operation), "result": _open(parameter)}
            return (
                ("basicROS", ("returnResult", value)) if is_last else ("returnResultNotLast", value)
            )
        case ReturnError(invoke_id, int(code), parameter):
            value = {"invokeId": ("present", invoke_id), "errcode": ("local", code)}
            return "basicROS", ("returnError", {**value, **_optional("parameter", parameter)})
        case Rejection(invoke_id, problem):
            known = ("absent", 0) if invoke_id is None else ("present", invoke_id)
            kind = _PROBLEM_NAMES[type(problem)]
            return "basicROS", ("reject", {"invokeId": known, "problem": (kind, int(problem))})
    raise ValueError(f"{type(component).__name__} is never sent")


def _optional(name: str, parameter: bytes) -> _Value:
    return {name: _open(parameter)} if parameter else {}


def _open(octets: bytes) -> _Value:
    """Say one encoded element in pycrate's words: "_unk_" with class, form and number, content."""
    (element,) = ber.elements(octets)
    first = element.tag[0]
    return f"_unk_{first >> 6}{first >> 5 & 1}{first & 0x1F}", element.content
