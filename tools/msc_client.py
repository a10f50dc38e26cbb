"""An MSC's side of Check-IMEI (TS 29.002 §8.7.1): one dialogue for each question."""

import itertools
import random
import time
from dataclasses import dataclass
from typing import Final

from tools import ss7_map, ss7_sccp, ss7_tcap
from tools.asking import Answer
from tools.errors import WireError
from tools.msc_gateways import Gateways
from tools.ss7_m3ua import ProtocolData

INVOKE_ID: Final = 1
SLS_VALUES: Final = 16  # ITU-T Q.704 §2.2.4
NOBODYS: Final = -1  # the key of an answer to no question of ours


@dataclass(frozen=True, slots=True)
class Question:
    """One equipment to ask about.

    Attributes:
        imei: 14 digits get a 0 as MAP has it; anything else is sent as it is.
        imsi: None leaves it out.
    """

    imei: str
    imsi: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How questions are asked.

    Attributes:
        point_code: ours.
        eir_point_code: where the questions go, whatever the addresses inside say.
        network_indicator: 0 to 3.
        unitdata: addresses, class and kind of the SCCP messages.
        version: of MAP.
        empty_begin: open the dialogue first, ask when the EIR agreed (TS 29.002 Annex C.2.1).
    """

    point_code: int
    eir_point_code: int
    network_indicator: int
    unitdata: ss7_sccp.Unitdata
    version: int
    empty_begin: bool = False


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One question that is on its way; `invoked` says that the EIR has it."""

    own: bytes
    sls: int
    question: Question
    invoked: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says: a verdict or what went wrong, its number, and more words."""

    verdict: str
    code: int = 0
    text: str = ""


class Msc:
    """Asks over associations that are open, and understands the answers."""

    def __init__(self, gateways: Gateways, manner: Manner) -> None:
        self._gateways = gateways
        self._manner = manner
        self._dialogues: dict[bytes, Dialogue] = {}
        # A restart must not repeat the transactions of the last run.
        self._numbers = itertools.count(random.getrandbits(31))

    def ask(self, question: Question) -> int:
        """Send one check; the number returned comes back as its answer's `key`."""
        number = next(self._numbers) & 0xFFFFFFFF
        own = number.to_bytes(4, "big")
        manner = self._manner
        dialogue = Dialogue(own, number % SLS_VALUES, question, invoked=not manner.empty_begin)
        self._dialogues[own] = dialogue
        portions = []
        if manner.version > 1:  # version 1 has no dialogue portion
            context = ss7_map.application_context(manner.version)
            portions.append(ss7_tcap.request_dialogue(context))
        if dialogue.invoked:
            portions.append(self._invoke(question))
        self._send(dialogue, ss7_tcap.begin(own, *portions))
        return number

    def answers(self, seconds: float) -> list[Answer]:
        """Wait for answers to our checks; none when none came within `seconds`.

        Raises:
            PeerError: an association ended, and is not to be made anew.
        """
        received = self._gateways.receive(seconds)
        answers = (self._read(data, time.monotonic()) for data in received)
        return [answer for answer in answers if answer is not None]

    def _read(self, data: ProtocolData, now: float) -> Answer | None:
        """Read one message; None when the dialogue goes on."""
        sccp = ss7_sccp.parse(data.octets)
        message = ss7_tcap.parse(sccp.user_data)
        returned = sccp.kind in ss7_sccp.SERVICE_KINDS
        own = message.originating if returned else message.destination
        dialogue = self._dialogues.pop(own, None)
        if dialogue is None:
            return Answer(NOBODYS, "error unknown transaction", 0, own.hex(), now)
        if not returned and self._goes_on(dialogue, message):
            return None
        said = _returned(sccp) or self._astray(data, sccp) or self._outcome(dialogue, message)
        return Answer(int.from_bytes(own, "big"), said.verdict, said.code, said.text, now)

    def _astray(self, data: ProtocolData, sccp: ss7_sccp.Received) -> Said | None:
        """Tell what is wrong with the addresses of an answer."""
        if data.dpc != self._manner.point_code:
            return Said("error answer to another point code", data.dpc)
        if sccp.called != self._manner.unitdata.calling.octets:
            return Said("error answer to another address", text=sccp.called.hex())
        if sccp.protocol_class != self._manner.unitdata.protocol_class:
            return Said("error answer in another class", sccp.protocol_class or 0)
        return None

    def _refused(self, message: ss7_tcap.Message) -> Said | None:
        """Tell why a dialogue was not agreed to; below version 2 there is nothing to agree to."""
        dialogue = message.dialogue
        if dialogue is None or dialogue.tag != ss7_tcap.Tag.AARE:
            return None
        version = ss7_map.context_version(dialogue.context)
        if dialogue.result != 0:
            text = f"the EIR offers version {version}" if version else ""
            return Said("refused application context", dialogue.result or 0, text)
        if version != self._manner.version:
            return Said("error answer of another version", version or 0)
        return None

    def _goes_on(self, dialogue: Dialogue, message: ss7_tcap.Message) -> bool:
        """Ask the question once the EIR agreed to the dialogue."""
        if message.kind != ss7_tcap.Kind.CONTINUE or dialogue.invoked or self._refused(message):
            return False
        asked = Dialogue(dialogue.own, dialogue.sls, dialogue.question, invoked=True)
        self._dialogues[dialogue.own] = asked
        invoke = self._invoke(dialogue.question)
        self._send(asked, ss7_tcap.resume(dialogue.own, message.originating, invoke))
        return True

    def _outcome(self, dialogue: Dialogue, message: ss7_tcap.Message) -> Said:
        """Tell what the end of a dialogue says."""
        broken = _aborted(message) or self._refused(message)
        if broken is not None:
            return broken
        if message.kind != ss7_tcap.Kind.END or not dialogue.invoked:
            return Said(f"error unexpected {ss7_tcap.Kind(message.kind).name}")
        if len(message.components) != 1:
            return Said(f"error answer of {len(message.components)} components")
        (component,) = message.components
        if component.invoke_id not in (INVOKE_ID, None):  # a Reject may not know it
            return Said(f"error answer to invoke {component.invoke_id}, not {INVOKE_ID}")
        try:
            outcome = ss7_map.outcome(component, self._manner.version)
        except WireError as error:
            return Said("error", text=str(error))
        return Said(outcome.verdict, outcome.code)

    def _invoke(self, question: Question) -> bytes:
        argument = ss7_map.argument(self._manner.version, question.imei, question.imsi)
        return ss7_tcap.invoke(INVOKE_ID, ss7_tcap.OPERATION_CHECK_IMEI, argument)

    def _send(self, dialogue: Dialogue, octets: bytes) -> None:
        reference = int.from_bytes(dialogue.own, "big") & 0xFFFFFF
        for sccp in ss7_sccp.messages(self._manner.unitdata, octets, reference):
            data = ProtocolData(
                opc=self._manner.point_code,
                dpc=self._manner.eir_point_code,
                network_indicator=self._manner.network_indicator,
                sls=dialogue.sls,
                octets=sccp,
            )
            self._gateways.send(data)


def _returned(sccp: ss7_sccp.Received) -> Said | None:
    """Tell why one of our messages came back (ITU-T Q.714 §4.2)."""
    if sccp.cause is None:
        return None
    return Said(f"returned {ss7_sccp.cause_words(sccp.cause)}", sccp.cause)


def _aborted(message: ss7_tcap.Message) -> Said | None:
    """Tell why the EIR broke a dialogue off; a refused context is told of elsewhere."""
    if message.kind != ss7_tcap.Kind.ABORT:
        return None
    if message.abort_cause is not None:
        return Said(f"abort {ss7_tcap.abort_words(message.abort_cause)}", message.abort_cause)
    if message.dialogue is None or message.dialogue.tag != ss7_tcap.Tag.AARE:
        return Said("abort by the user")
    return None
