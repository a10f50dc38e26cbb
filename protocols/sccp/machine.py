"""SCCP put together: what the MTP brings in, N-UNITDATA out, and back."""

from typing import TypeAlias

from protocols.effects import Became, Dropped, Note, PassOn, Refused
from protocols.mtp import SERVICE_SCCP, Transfer, format_point_code
from protocols.passing import Segment
from protocols.sccp import codec, routing
from protocols.sccp.codec import Message, Segmentation
from protocols.sccp.codes import SSN_MANAGEMENT, ReturnCause
from protocols.sccp.errors import SccpError, UndeliverableError
from protocols.sccp.local import SccpLocal
from protocols.sccp.management import Management
from protocols.sccp.primitives import Unitdata
from protocols.sccp.reassembly import Lost, Reassembly, name_of
from protocols.share import ALONE, Share

Indication: TypeAlias = Unitdata | Transfer | PassOn | Became | Refused | Dropped | Note


class SccpMachine:
    """The connectionless service of one end node (ITU-T Q.714 §4).

    `receive` and `expire` take the time in monotonic seconds, return what follows in order, and
    never raise on what a peer sent. A `Transfer` among it is to be sent.
    """

    def __init__(self, local: SccpLocal, *, share: Share[bytes] = ALONE) -> None:
        """Start without segments.

        Args:
            local: our address.
            share: which messages in segments are put together here, by `reassembly.name_of`.
        """
        self._local = local
        self._share = share
        self._reassembly = Reassembly()
        self._management = Management(local)

    @property
    def deadline(self) -> float | None:
        """When to call `expire` at the latest."""
        return self._reassembly.deadline

    def receive(self, transfer: Transfer, now: float) -> list[Indication]:
        """Take one message from the MTP."""
        if transfer.service_indicator != SERVICE_SCCP:
            return [_dropped(transfer, f"service indicator {transfer.service_indicator}")]
        try:
            message = codec.decode(transfer.user_data)
        except SccpError as error:  # ITU-T Q.714 §4.3: a syntax error, discarded
            return [_dropped(transfer, error.reason)]
        unitdata = _unitdata(transfer, message)
        if message.type.is_service:  # never answered, lest two nodes return it for ever
            return [_came_back(unitdata, message)]
        try:
            routing.admit(message, self._local)
        except UndeliverableError as error:
            return self._return(unitdata, message.segmentation, error.return_cause, error.reason)
        if message.segmentation is None:
            return self._deliver(unitdata)
        return self._reassemble(unitdata, message.segmentation, now)

    def preview(self, transfer: Transfer) -> Unitdata | None:
        """Tell which whole message for our user `receive` would indicate; None: none."""
        if transfer.service_indicator != SERVICE_SCCP:
            return None
        try:
            message = codec.decode(transfer.user_data)
            routing.admit(message, self._local)
        except (SccpError, UndeliverableError):
            return None
        is_plain = not message.type.is_service and message.segmentation is None
        is_ours = is_plain and message.called.ssn != SSN_MANAGEMENT
        return _unitdata(transfer, message) if is_ours else None

    def answer(self, unitdata: Unitdata, user_data: bytes) -> Transfer:
        """Send user data back to where a message came from, in its kind (N-UNITDATA request).

        Raises:
            SccpError: it does not fit such a message.
        """
        return routing.answer(unitdata, user_data, self._local)

    def expire(self, now: float) -> list[Indication]:
        """Act on `deadline`: give up messages whose last segment did not come."""
        return [done for lost in self._reassembly.expire(now) for done in self._lose(lost)]

    def _reassemble(
        self, unitdata: Unitdata, segmentation: Segmentation, now: float
    ) -> list[Indication]:
        elsewhere = self._share.elsewhere(name_of(unitdata, segmentation))
        if elsewhere is not None:
            return [PassOn(elsewhere, Segment(unitdata.transfer))]
        done: list[Indication] = []
        for outcome in self._reassembly.add(unitdata, segmentation, now):
            match outcome:
                case Unitdata():
                    done += self._deliver(outcome)
                case Lost():
                    done += self._lose(outcome)
        return done

    def _deliver(self, unitdata: Unitdata) -> list[Indication]:
        if unitdata.called.ssn != SSN_MANAGEMENT:
            return [unitdata]
        try:
            return [*self._management.receive(unitdata)]
        except SccpError as error:
            return [_dropped_of(unitdata, error.reason)]

    def _lose(self, lost: Lost) -> list[Indication]:
        if lost.cause is None:
            return [_dropped_of(lost.unitdata, lost.reason)]
        return self._return(lost.unitdata, lost.segmentation, lost.cause, lost.reason)

    def _return(
        self,
        unitdata: Unitdata,
        segmentation: Segmentation | None,
        cause: ReturnCause,
        reason: str,
    ) -> list[Indication]:
        """Return a message if its sender asked for that, else discard it (ITU-T Q.714 §4.2)."""
        if not unitdata.return_on_error or not routing.is_named(unitdata.calling):
            return [_dropped_of(unitdata, reason)]
        try:
            transfer = routing.give_back(unitdata, cause, segmentation)
        except SccpError:
            return [_dropped_of(unitdata, f"{reason}, and it cannot be returned")]
        return [
            transfer,
            Refused(unitdata.connection, cause, reason, unitdata.peer, layer="sccp"),
        ]


def _unitdata(transfer: Transfer, message: Message) -> Unitdata:
    return Unitdata(
        transfer=transfer,
        kind=message.type,
        called=message.called,
        calling=message.calling,
        protocol_class=message.protocol_class,
        return_on_error=message.return_on_error,
        user_data=message.user_data,
    )


def _came_back(unitdata: Unitdata, message: Message) -> Dropped:
    """Tell of an answer of ours that came back, with the name of the cause if it has one."""
    names = {int(cause): cause.name for cause in ReturnCause}
    cause = names.get(message.return_cause, str(message.return_cause))
    return _dropped_of(unitdata, f"{message.type.name} of an answer: {cause}")


def _dropped_of(unitdata: Unitdata, reason: str) -> Dropped:
    return Dropped(unitdata.connection, "sccp", reason, unitdata.peer)


def _dropped(transfer: Transfer, reason: str) -> Dropped:
    return Dropped(transfer.connection, "sccp", reason, format_point_code(transfer.opc))
