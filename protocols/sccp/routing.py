"""Which messages are for us, and how answers and returned messages are addressed.

We are an end node: whatever the network brings to our point code has been routed already, so a
called address only has to name us (ITU-T Q.714 §2.3.1), and nothing is ever passed on.
"""

from dataclasses import replace

from protocols.mtp import PointCode, Transfer
from protocols.sccp import codec
from protocols.sccp.codec import Message, Segmentation
from protocols.sccp.codes import HOP_COUNTER, SSN_MANAGEMENT, MessageType, ReturnCause
from protocols.sccp.errors import (
    HopCounterViolationError,
    NoTranslationForAddressError,
    NoTranslationForNatureError,
    UndeliverableError,
    UnequippedUserError,
)
from protocols.sccp.local import SccpLocal
from protocols.sccp.primitives import GlobalTitle, PartyAddress, Unitdata

_INTERNATIONAL = 4  # nature of address (ITU-T Q.713 §3.4.2.3.1)
_E164 = 1  # numbering plan (ITU-T Q.713 §3.4.2.3.3)
_FILLER = "f"  # end of pulsing (ITU-T Q.713 §3.4.2.3.1)
_READABLE = {1, 2, 3, 4}  # global title indicators that ITU-T Q.713 §3.4.1 defines
_SERVICES = {  # ITU-T Q.714 §4.2: each kind of message comes back in its own kind
    MessageType.UDT: MessageType.UDTS,
    MessageType.XUDT: MessageType.XUDTS,
    MessageType.LUDT: MessageType.LUDTS,
}


def admit(message: Message, local: SccpLocal) -> None:
    """See that a message is for us.

    Raises:
        UndeliverableError: it is not; its return cause says why.
    """
    # ITU-T Q.714 §2.8.6: only who passes a message on counts down, but zero never arrives.
    if not 1 <= message.hop_counter <= HOP_COUNTER:
        raise HopCounterViolationError(f"hop counter {message.hop_counter}")
    if not is_named(message.calling):
        raise UndeliverableError("its sender has no address that an answer could go to")
    if message.called.route_on_ssn:
        _admit_on_ssn(message.called, local)
    else:
        _admit_on_global_title(message.called, local)


def answer(unitdata: Unitdata, user_data: bytes, local: SccpLocal) -> Transfer:
    """Address user data to whoever sent a message, in a message of the same kind.

    Raises:
        SccpError: it does not fit such a message.
    """
    message = Message(
        type=unitdata.kind,
        called=unitdata.calling,
        calling=_own(unitdata, local),
        user_data=user_data,
        protocol_class=unitdata.protocol_class,
    )
    return _transfer_back(unitdata, message)


def give_back(
    unitdata: Unitdata, cause: ReturnCause, segmentation: Segmentation | None
) -> Transfer:
    """Return a message to its sender, with the cause (ITU-T Q.714 §4.2).

    Raises:
        SccpError: its addresses do not fit a message the other way round.
    """
    message = Message(
        type=_SERVICES[unitdata.kind],
        called=unitdata.calling,
        calling=unitdata.called,
        user_data=unitdata.user_data,
        return_cause=cause,
        segmentation=segmentation,
    )
    return _transfer_back(unitdata, message)


def is_named(address: PartyAddress) -> bool:
    """Tell whether an answer can go there: a sender may leave its own empty (Q.713 §3.5)."""
    if address.global_title is not None:
        return bool(address.global_title.digits.rstrip(_FILLER))
    return bool(address.ssn)  # ITU-T Q.713 §3.4.2.2: 0 is "not known or not used"


def _admit_on_ssn(called: PartyAddress, local: SccpLocal) -> None:
    if called.ssn is None:
        raise UnequippedUserError("routed on a subsystem that it does not name")
    if called.ssn not in {local.ssn, SSN_MANAGEMENT}:  # ITU-T Q.714 §2.8.5
        raise UnequippedUserError(f"no subsystem {called.ssn} here")


def _admit_on_global_title(called: PartyAddress, local: SccpLocal) -> None:
    title = called.global_title
    if title is None or title.indicator not in _READABLE:  # ITU-T Q.714 §2.8.1
        raise NoTranslationForNatureError("routed on a global title that it does not have")
    digits = title.digits.rstrip(_FILLER)  # some end an even number of digits with end of pulsing
    if local.global_title and digits != local.global_title:  # ITU-T Q.714 §2.8.2
        raise NoTranslationForAddressError("routed on a global title that is not ours")
    # ITU-T Q.713 §3.4.2.2: 0 is "not known or not used"; the title alone names us then.
    if called.ssn not in {None, 0, local.ssn}:
        raise UnequippedUserError(f"no subsystem {called.ssn} here")


def _own(unitdata: Unitdata, local: SccpLocal) -> PartyAddress:
    """Take our address from a request: what was called, with our own digits if we have some.

    The translation that routed the question on our subsystem may have taken the title away. Who is
    known by a title itself gets ours, or what it sends on would not find the way again.
    """
    called = unitdata.called
    title = called.global_title
    if not local.global_title or (title is not None and title.indicator not in _READABLE):
        return called
    if title is None:
        if unitdata.calling.route_on_ssn or called.ssn == SSN_MANAGEMENT:
            return called
        ours = GlobalTitle(
            4,
            local.global_title,
            nature=_INTERNATIONAL,
            translation_type=0,
            numbering_plan=_E164,
        )
        return codec.encode_address(route_on_ssn=False, ssn=local.ssn, global_title=ours)
    if title.digits == local.global_title:
        return called
    return codec.encode_address(
        route_on_ssn=called.route_on_ssn,
        point_code=called.point_code,
        ssn=called.ssn,
        global_title=replace(title, digits=local.global_title),
    )


def _transfer_back(unitdata: Unitdata, message: Message) -> Transfer:
    """Send a message the way back; the SLS stays, so that class 1 stays in sequence."""
    transfer = unitdata.transfer
    return replace(
        transfer,
        opc=transfer.dpc,
        dpc=_destination(unitdata),
        user_data=codec.encode(message),
    )


def _destination(unitdata: Unitdata) -> PointCode:
    """Find who is to get an answer: the node that the calling address names, or whence it came."""
    calling = unitdata.calling
    if calling.route_on_ssn and calling.point_code is not None:
        return calling.point_code
    return unitdata.transfer.opc
