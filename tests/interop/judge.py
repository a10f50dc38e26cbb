"""tshark reads a capture for us: a decoder that shares no code with the EIR."""

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WARNING = 0x600000  # tshark's PI_WARN; PI_ERROR is above


@dataclass(frozen=True, slots=True)
class JudgedAvp:
    """One AVP as tshark reads it; `value` is its text, empty for a grouped one."""

    code: int
    flags: int
    vendor: int
    value: str
    members: tuple["JudgedAvp", ...]


@dataclass(frozen=True, slots=True)
class JudgedMessage:
    """One Diameter message as tshark reads it.

    Attributes:
        flags: the command flags.
        complaints: what tshark warns of, a line each.
    """

    command: int
    flags: int
    application: int
    hop_by_hop: int
    end_to_end: int
    avps: tuple[JudgedAvp, ...]
    complaints: tuple[str, ...]

    @property
    def is_request(self) -> bool:
        return bool(self.flags & 0x80)

    def values(self, code: int) -> list[str]:
        """Find the values of all AVPs with this code, at any depth."""
        return [avp.value for avp in _walk(self.avps) if avp.code == code]

    def find(self, code: int) -> list[JudgedAvp]:
        """Find all AVPs with this code, at any depth."""
        return [avp for avp in _walk(self.avps) if avp.code == code]


def judge(capture: Path, *arguments: str) -> list[JudgedMessage]:
    """Let tshark decode every Diameter message of a capture."""
    command = ["tshark", "-n", "-r", str(capture), "-T", "pdml", "-Y", "diameter", *arguments]
    pdml = subprocess.run(command, capture_output=True, check=True).stdout
    packets = ET.fromstring(pdml)  # noqa: S314 - tshark wrote it
    return [message for packet in packets for message in _messages(packet)]


def _messages(packet: ET.Element) -> Iterator[JudgedMessage]:
    malformed = packet.find("proto[@name='_ws.malformed']") is not None
    for protocol in packet.findall("proto[@name='diameter']"):
        yield _message(protocol, ("malformed packet",) if malformed else ())


def _complaints(protocol: ET.Element) -> Iterator[str]:
    for expert in protocol.iter("field"):
        if expert.get("name") == "_ws.expert":
            severity = expert.find("field[@name='_ws.expert.severity']")
            if severity is not None and int(severity.get("show", "0")) >= WARNING:
                yield expert.get("showname", "")


def _message(protocol: ET.Element, complaints: tuple[str, ...]) -> JudgedMessage:
    numbers = {field.get("name"): field.get("show", "") for field in protocol.findall("field")}
    return JudgedMessage(
        command=int(numbers["diameter.cmd.code"]),
        flags=int(numbers["diameter.flags"], 0),
        application=int(numbers["diameter.applicationId"]),
        hop_by_hop=int(numbers["diameter.hopbyhopid"], 0),
        end_to_end=int(numbers["diameter.endtoendid"], 0),
        avps=tuple(_avps(protocol)),
        complaints=(*complaints, *_complaints(protocol)),
    )


def _avps(parent: ET.Element) -> Iterator[JudgedAvp]:
    for field in parent.findall("field[@name='diameter.avp']"):
        shown = {part.get("name", ""): part.get("show", "") for part in field.findall("field")}
        members = tuple(avp for part in field.findall("field") for avp in _avps(part))
        code = int(shown["diameter.avp.code"])
        vendor = int(shown.get("diameter.avp.vendorId", "0"))
        flags = int(shown["diameter.avp.flags"], 0)
        yield JudgedAvp(code, flags, vendor, "" if members else _value(field), members)


def _value(field: ET.Element) -> str:
    """Find the part of an AVP that is not of its header; an Address shows one level below."""
    parts = {part.get("name", ""): part for part in field.iter("field")}
    address = [part for name, part in parts.items() if name.endswith((".IPv4", ".IPv6"))]
    own = (part for part in field if not part.get("name", "").startswith(("diameter.avp", "_ws")))
    return next((part.get("show", "") for part in (*address, *own)), "")


def _walk(avps: tuple[JudgedAvp, ...]) -> Iterator[JudgedAvp]:
    for avp in avps:
        yield avp
        yield from _walk(avp.members)
