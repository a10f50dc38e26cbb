"""One SS7 node: M3UA, SCCP and TCAP put together.

This is what a driver drives. Octets of an association climb through the layers until an
invocation is left, which is delivered; its reply descends the same way, along the addresses of
the message that brought it. Each layer is a machine of its own and knows no other; what one
layer answers by itself (a heartbeat, a service message, an abort) turns round where it stands.

    octets -> M3uaNode -> Transfer -> SccpMachine -> Unitdata -> TcapMachine -> Invocation
    octets <- M3uaNode <- Transfer <- SccpMachine <- Respond  <- TcapMachine <- Reply
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from protocols import effects
from protocols.effects import Became, Connection, Deliver, Dropped, Note, PassOn, Refused, Send
from protocols.errors import FramingError
from protocols.gsm_map import check_imei
from protocols.lane.standing import Standing
from protocols.m3ua.errors import M3uaError
from protocols.m3ua.layout import find_values
from protocols.m3ua.node import M3uaNode
from protocols.mtp import Transfer
from protocols.passing import Answer, Passed, Segment
from protocols.probes import Probes
from protocols.sccp.codes import Parameter
from protocols.sccp.errors import SccpError
from protocols.sccp.layout import read_layout
from protocols.sccp.machine import SccpMachine
from protocols.sccp.primitives import Unitdata
from protocols.share import ALONE, Share
from protocols.tcap.codes import MessageTag
from protocols.tcap.machine import TcapMachine
from protocols.tcap.messages import TransactionId
from protocols.tcap.portions import outline
from protocols.tcap.primitives import Invocation, Reply, Respond
from protocols.timers import earliest

Effect: TypeAlias = effects.Effect[Invocation]

PRIORITY = 10  # as of a Diameter request that names none (RFC 7944 §8)

_BEGIN = bytes([MessageTag.BEGIN])
_Report: TypeAlias = PassOn | Became | Refused | Dropped | Note


def begins_dialogue(octets: bytes) -> bool:
    """Tell whether an M3UA message, which nobody decodes, carries a whole TC-BEGIN."""
    try:
        _, place = find_values(octets)
        layout = read_layout(octets[place])
    except (M3uaError, SccpError):
        return False
    is_part = layout.type.is_service or Parameter.SEGMENTATION in layout.parameters
    return not is_part and octets[place][layout.user_data][:1] == _BEGIN


class Ss7Node:
    """All associations of this node, and the dialogues that they carry.

    Every method takes the time in monotonic seconds and returns what is to be done, in order.
    None of them raises on what a peer sent.
    """

    def __init__(
        self,
        m3ua: M3uaNode,
        sccp: SccpMachine,
        tcap: TcapMachine,
        *,
        associations: Share[Connection] = ALONE,
        dialogues: Share[TransactionId] = ALONE,
    ) -> None:
        """Put the layers together.

        Args:
            m3ua: the associations.
            sccp: what they carry.
            tcap: the dialogues.
            associations: which of them are ours.
            dialogues: which of them are ours, by the ids that we gave.
        """
        self._associations = associations
        self._dialogues = dialogues
        self._m3ua = m3ua
        self._sccp = sccp
        self._tcap = tcap

    @property
    def deadline(self) -> float | None:
        """When to call `expire` at the latest."""
        return earliest(self._m3ua.deadline, self._sccp.deadline, self._tcap.deadline)

    @property
    def probes(self) -> Mapping[str, Probes]:
        """What heartbeats of configured peers came to, by their names."""
        return self._m3ua.probes

    def start(self, now: float) -> list[Effect]:
        """Open the associations that are ours to open."""
        return self._climb(self._m3ua.start(now), now)

    def stop(self, now: float) -> list[Effect]:
        """Take leave of every peer: ASP Inactive, ASP Down."""
        return self._climb(self._m3ua.stop(now), now)

    def accepted(
        self, connection: Connection, *, local: tuple[str, ...], remote: str, now: float
    ) -> list[Effect]:
        """Take an association that a peer opened."""
        return self._climb(
            self._m3ua.accepted(connection, local=local, remote=remote, now=now), now
        )

    def connected(
        self, connection: Connection, peer: str, *, local: tuple[str, ...], now: float
    ) -> list[Effect]:
        """Take an association that we opened after `Connect(peer)`."""
        return self._climb(self._m3ua.connected(connection, peer, local=local, now=now), now)

    def connect_failed(self, peer: str, reason: str, now: float) -> list[Effect]:
        """Take the failure of a `Connect(peer)`."""
        return self._climb(self._m3ua.connect_failed(peer, reason, now), now)

    def receive(
        self, connection: Connection, octets: bytes, now: float, *, stream: int | None = None
    ) -> list[Effect]:
        """Take one whole message; `stream` is the SCTP stream that it came on, None on TCP."""
        return self._climb(self._m3ua.receive(connection, octets, now, stream=stream), now)

    def priority_of(self, connection: Connection, octets: bytes) -> int | None:
        """Say how much a check matters; MAP has no priorities, so all do as much as another.

        None: a message is no question that can be discarded without leaving a dialogue behind,
        so it is no Begin that is whole.
        """
        del connection  # nobody is told, so its state is of no consequence
        return PRIORITY if begins_dialogue(octets) else None

    def shed(self, connection: Connection, octets: bytes, now: float) -> list[Effect]:
        """Discard a check unread, because there are too many (TS 29.002 §5.1.2)."""
        del octets, now  # nobody is told
        return [Dropped(connection, "map", "too many requests", self._m3ua.peer_of(connection))]

    def garbled(self, connection: Connection, error: FramingError, now: float) -> list[Effect]:
        """Take the end of framing on a stream."""
        return self._climb(self._m3ua.garbled(connection, error, now), now)

    def broken(self, connection: Connection, octets: bytes, now: float) -> list[Effect]:
        """Answer a message on which we failed: what it asked for gets systemFailure.

        A message is answered before the next one is taken, so whatever has no reply is of it.
        """
        done = self._climb(self._m3ua.broken(connection, octets, now), now)
        for invocation in self._tcap.pending:
            failure = check_imei.system_failure(invocation.version)
            done += self.send(connection, Reply(invocation, failure), now)
        return done

    def passed(self, message: Passed, now: float) -> list[Effect]:
        """Take what came by another worker."""
        match message:
            case Segment(transfer):
                return self._indicated(self._sccp.receive(transfer, now), now)
            case Answer(transfer):
                return self._climb(self._m3ua.send(transfer, now), now)
            case Unitdata():
                return self._invoked(self._tcap.receive(message, now), now)

    def restarted(self, connection: Connection, now: float) -> list[Effect]:
        """Take the peer's restart of its end of an association (RFC 4666 §4.3.1)."""
        return self._climb(self._m3ua.restarted(connection, now), now)

    def lost(self, connection: Connection, reason: str, now: float) -> list[Effect]:
        """Take the end of an association."""
        return self._climb(self._m3ua.lost(connection, reason, now), now)

    def expire(self, now: float) -> list[Effect]:
        """Act on `deadline`."""
        done = self._climb(self._m3ua.expire(now), now)
        done += self._indicated(self._sccp.expire(now), now)
        return done + self._invoked(self._tcap.expire(now), now)

    def send(self, connection: Connection, reply: Reply, now: float) -> list[Effect]:
        """Send the reply to a `Deliver`."""
        del connection  # the invocation knows how it came
        return self._invoked(self._tcap.send(reply, now), now)

    # For the fast lane: none of this has consequences, but that a peer was heard

    def standing(self, connection: Connection) -> Standing | None:
        """Tell what answers on an association depend on, beside what is asked.

        None: there, every message must be received. Ask again after any that was.
        """
        return self._m3ua.standing(connection)

    def preview(
        self, connection: Connection, octets: bytes, *, stream: int | None = None
    ) -> Invocation | None:
        """Tell which invocation `receive` would deliver; None: not just one, or more than that."""
        transfer = self._m3ua.preview(connection, octets, stream=stream)
        unitdata = None if transfer is None else self._sccp.preview(transfer)
        return None if unitdata is None else self._tcap.preview(unitdata)

    def preview_reply(self, connection: Connection, reply: Reply) -> Send | None:
        """Tell what `send` would send for an invocation of `preview`; None: not just one message.

        It may be asked about any number of outcomes.
        """
        del connection  # the invocation knows how it came
        respond = self._tcap.preview_reply(reply)
        if respond is None:
            return None
        try:
            transfer = self._sccp.answer(respond.unitdata, respond.octets)
        except SccpError:
            return None
        return self._m3ua.preview_send(transfer)

    def heard(self, connection: Connection, now: float) -> list[Effect]:
        """Take note of messages that came, and were answered without us."""
        return self._climb(self._m3ua.heard(connection, now), now)

    def _climb(self, done: Iterable[effects.Effect[Transfer]], now: float) -> list[Effect]:
        """Give what M3UA delivers to SCCP."""
        climbed: list[Effect] = []
        for effect in done:
            if isinstance(effect, Deliver):
                climbed += self._indicated(self._sccp.receive(effect.request, now), now)
            else:
                climbed.append(effect)
        return climbed

    def _indicated(
        self, indications: Iterable[Unitdata | Transfer | _Report], now: float
    ) -> list[Effect]:
        """Give what SCCP indicates to TCAP; what it answers by itself goes down again."""
        climbed: list[Effect] = []
        for indication in indications:
            match indication:
                case Unitdata() if (owner := self._elsewhere(indication)) is not None:
                    climbed.append(PassOn(owner, indication))
                case Unitdata():
                    climbed += self._invoked(self._tcap.receive(indication, now), now)
                case Transfer():
                    climbed += self._go_out(indication, now)
                case report:
                    climbed.append(report)
        return climbed

    def _elsewhere(self, unitdata: Unitdata) -> int | None:
        """Tell which other worker's dialogue a message goes on with; None: of none of them."""
        destination_id = outline(unitdata.user_data).destination_id
        return None if destination_id is None else self._dialogues.elsewhere(destination_id)

    def _invoked(
        self, indications: Iterable[Invocation | Respond | _Report], now: float
    ) -> list[Effect]:
        """Deliver what TCAP is asked for; what it answers goes down."""
        climbed: list[Effect] = []
        for indication in indications:
            match indication:
                case Invocation():
                    climbed.append(Deliver(indication.unitdata.connection, indication))
                case Respond():
                    climbed += self._respond(indication, now)
                case report:
                    climbed.append(report)
        return climbed

    def _respond(self, respond: Respond, now: float) -> list[Effect]:
        """Send a TCAP message back to where one came from."""
        unitdata = respond.unitdata
        try:
            transfer = self._sccp.answer(unitdata, respond.octets)
        except SccpError as error:
            return [Dropped(unitdata.connection, "sccp", error.reason, unitdata.peer)]
        return self._go_out(transfer, now)

    def _go_out(self, transfer: Transfer, now: float) -> list[Effect]:
        """Send traffic by an association of ours; else by the one that brought the question."""
        elsewhere = self._associations.elsewhere(transfer.connection)
        if elsewhere is not None and not self._m3ua.has_way(transfer):
            return [PassOn(elsewhere, Answer(transfer))]
        return self._climb(self._m3ua.send(transfer, now), now)
