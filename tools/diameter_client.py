"""An MME's side of S13 (TS 29.272 §6.2.1): opens, asks, answers the watchdog, leaves.

There is no state machine here: a client that asks in order needs none, and one that shared the
server's would share its errors.
"""

import contextlib
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tools.asking import STATUS_NAMES, Answer
from tools.diameter_wire import (
    S13,
    VENDOR_3GPP,
    Code,
    Command,
    CommandFlag,
    Message,
    address,
    avp,
    find,
    message,
    parse,
    take_messages,
)
from tools.errors import LinkError, RefusedError
from tools.link import Link, Protocol

DIAMETER: Final = Protocol(ppid=46, take_messages=take_messages)  # RFC 6733 §2.1.1

SUCCESS: Final = 2001  # RFC 6733 §7.1.2
EQUIPMENT_UNKNOWN: Final = 5422  # TS 29.272 §7.4.3.5

NO_STATE_MAINTAINED: Final = 1  # RFC 6733 §8.11
NO_INBAND_SECURITY: Final = 0  # RFC 6733 §6.10
REBOOTING: Final = 0  # RFC 6733 §5.4.3


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we say we are, and whom we ask."""

    origin_host: str
    origin_realm: str
    destination_realm: str
    destination_host: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One equipment to ask about.

    Attributes:
        imei: sent as it is: 14 or 15 digits, or whatever a test wants to send.
        software_version: two digits; None leaves the AVP out.
        imsi: sent as User-Name; None leaves the AVP out.
    """

    imei: str
    software_version: str | None = None
    imsi: str | None = None


class Mme:
    """One connection to an EIR."""

    def __init__(self, link: Link, identity: Identity) -> None:
        self._link = link
        self._identity = identity
        # RFC 6733 §3: identifiers start at random, so that a restart does not repeat them.
        self._identifiers = itertools.count(random.getrandbits(31))
        self._is_open = False
        self._session = f"{identity.origin_host};{random.getrandbits(32)};"

    def open(self, seconds: float) -> str:
        """Exchange capabilities (RFC 6733 §5.3) and return the EIR's Origin-Host.

        Raises:
            RefusedError: the answer is not SUCCESS, or none came within `seconds`.
            LinkError: the connection ended.
        """
        avps = [
            *self._origin(),
            *(avp(Code.HOST_IP_ADDRESS, address(text)) for text in self._link.addresses),
            avp(Code.VENDOR_ID, VENDOR_3GPP),
            avp(Code.PRODUCT_NAME, "simulated MME"),
            avp(Code.SUPPORTED_VENDOR_ID, VENDOR_3GPP),
            _APPLICATION,
            # freeDiameter takes its absence for a peer that wants TLS.
            avp(Code.INBAND_SECURITY_ID, NO_INBAND_SECURITY),
        ]
        self._request(Command.CAPABILITIES_EXCHANGE, avps)
        answer = self._await(Command.CAPABILITIES_EXCHANGE, seconds)
        if answer is None:
            raise RefusedError(f"no answer to our Capabilities-Exchange-Request in {seconds:g} s")
        result, text = _result_of(answer)
        if result != SUCCESS:
            raise RefusedError(f"the EIR refused us with Result-Code {result}{_suffix(text)}")
        self._is_open = True
        host = answer.first(Code.ORIGIN_HOST)
        return host.text if host else ""

    def ask(self, question: Question) -> int:
        """Send one check; the number returned comes back as its answer's `key`."""
        number = next(self._identifiers) & 0xFFFFFFFF
        session = avp(Code.SESSION_ID, f"{self._session}{number}")  # RFC 6733 §8.8
        octets = message(
            Command.ME_IDENTITY_CHECK,
            [session, _check_avps(self._identity, question)],
            flags=CommandFlag.REQUEST | CommandFlag.PROXIABLE,
            hop_by_hop=number,
            end_to_end=number,
            application=S13,
        )
        self._link.send(octets)
        return number

    def answers(self, seconds: float) -> list[Answer]:
        """Wait for answers to our checks; none when none came within `seconds`.

        Raises:
            LinkError: the EIR left, or the connection ended.
        """
        messages = self._receive(seconds)
        now = time.monotonic()
        return [
            _read_answer(answer, now)
            for answer in messages
            if answer.command == Command.ME_IDENTITY_CHECK and not answer.is_request
        ]

    def close(self, seconds: float) -> None:
        """Leave as RFC 6733 §5.4 asks; the EIR may take `seconds` to agree."""
        if self._is_open:
            avps = [*self._origin(), avp(Code.DISCONNECT_CAUSE, REBOOTING)]
            with contextlib.suppress(LinkError):  # it left before us
                self._request(Command.DISCONNECT_PEER, avps)
                self._await(Command.DISCONNECT_PEER, seconds)
        self._link.close()

    def _origin(self) -> list[bytes]:
        return [
            avp(Code.ORIGIN_HOST, self._identity.origin_host),
            avp(Code.ORIGIN_REALM, self._identity.origin_realm),
        ]

    def _request(self, command: Command, avps: list[bytes]) -> None:
        number = next(self._identifiers) & 0xFFFFFFFF
        flags = CommandFlag.REQUEST
        self._link.send(message(command, avps, flags=flags, hop_by_hop=number, end_to_end=number))

    def _await(self, command: Command, seconds: float) -> Message | None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for received in self._receive(left):
                if received.command == command and not received.is_request:
                    return received
        return None

    def _receive(self, seconds: float) -> list[Message]:
        messages = [parse(octets) for octets in self._link.receive(seconds)]
        for request in messages:
            if request.is_request:
                self._obey(request)
        return messages

    def _obey(self, request: Message) -> None:
        """Answer the two requests that an EIR sends (RFC 6733 §5.5, §5.4)."""
        if request.command not in (Command.WATCHDOG, Command.DISCONNECT_PEER):
            return
        answer = message(
            Command(request.command),
            [avp(Code.RESULT_CODE, SUCCESS), *self._origin()],
            flags=CommandFlag(0),
            hop_by_hop=request.hop_by_hop,
            end_to_end=request.end_to_end,
        )
        self._link.send(answer)
        if request.command == Command.DISCONNECT_PEER:
            self._is_open = False
            raise LinkError("the EIR asked us to disconnect")


_APPLICATION: Final = avp(
    Code.VENDOR_SPECIFIC_APPLICATION_ID,
    [avp(Code.VENDOR_ID, VENDOR_3GPP), avp(Code.AUTH_APPLICATION_ID, S13)],
)


@lru_cache(maxsize=65536)  # a rate run asks the same questions over and over
def _check_avps(identity: Identity, question: Question) -> bytes:
    """Write everything of an ECR that follows the Session-Id (TS 29.272 §7.2.19)."""
    return b"".join(_write_check_avps(identity, question))


def _write_check_avps(identity: Identity, question: Question) -> Iterator[bytes]:
    yield _APPLICATION
    yield avp(Code.AUTH_SESSION_STATE, NO_STATE_MAINTAINED)
    yield avp(Code.ORIGIN_HOST, identity.origin_host)
    yield avp(Code.ORIGIN_REALM, identity.origin_realm)
    if identity.destination_host:
        yield avp(Code.DESTINATION_HOST, identity.destination_host)
    yield avp(Code.DESTINATION_REALM, identity.destination_realm)
    terminal = [avp(Code.IMEI, question.imei)]
    if question.software_version:
        terminal.append(avp(Code.SOFTWARE_VERSION, question.software_version))
    yield avp(Code.TERMINAL_INFORMATION, terminal)
    if question.imsi:
        yield avp(Code.USER_NAME, question.imsi)


def _read_answer(answer: Message, now: float) -> Answer:
    """Read the verdict of an ECA (TS 29.272 §6.2.1.3)."""
    result, text = _result_of(answer)
    status = answer.first(Code.EQUIPMENT_STATUS)
    verdict = f"error {result}"
    if answer.flags & CommandFlag.ERROR:
        pass
    elif result == SUCCESS and status is not None:
        verdict = STATUS_NAMES.get(status.number, f"error status {status.number}")
    elif result == EQUIPMENT_UNKNOWN:
        verdict = "unknown"
    return Answer(answer.hop_by_hop, verdict, result, text, now)


def _result_of(answer: Message) -> tuple[int, str]:
    """Find Result-Code or Experimental-Result-Code, 0 where both are absent, and Error-Message."""
    result = answer.first(Code.RESULT_CODE)
    if result is None and (group := answer.first(Code.EXPERIMENTAL_RESULT)) is not None:
        result = find(group.members, Code.EXPERIMENTAL_RESULT_CODE)
    text = answer.first(Code.ERROR_MESSAGE)
    return result.number if result else 0, text.text if text else ""


def _suffix(text: str) -> str:
    return f": {text}" if text else ""
