"""tshark reads SS7 for us: a decoder that shares no code with the EIR."""

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.interop.judge import WARNING
from tests.interop.recording import LINKTYPE_USER0, write_pcap


@dataclass(frozen=True, slots=True)
class Judged:
    """One M3UA message as tshark reads it, with all that it carries.

    Attributes:
        protocols: the names of the layers, M3UA first.
        fields: what each field shows, by its name; a field may stand more than once.
        complaints: what tshark warns of, a line each.
    """

    protocols: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    complaints: tuple[str, ...]

    def values(self, name: str) -> tuple[str, ...]:
        """Find what a field shows, each time that it stands."""
        return self.fields.get(name, ())

    def value(self, name: str) -> str:
        """Find what a field shows that stands once."""
        (value,) = self.fields[name]
        return value

    @property
    def kind(self) -> int:
        """The M3UA message class and type in one number."""
        return int(self.value("m3ua.message_class")) << 8 | int(self.value("m3ua.message_type"))


def judge_messages(path: Path, messages: Iterable[bytes]) -> list[Judged]:
    """Let tshark decode bare M3UA messages; `path` is a file to write them to."""
    write_pcap(path, LINKTYPE_USER0, ((second, octets) for second, octets in enumerate(messages)))
    table = f'uat:user_dlts:"User 0 (DLT={LINKTYPE_USER0})","m3ua","0","","0",""'
    return judge_capture(path, "-o", table)


def judge_legs(path: Path, address: str) -> list[Judged]:
    """Let tshark decode what this address sends and takes, then everything else.

    A segment that an STP passes on is seen twice; together tshark would put both into one message.
    """
    judged: list[Judged] = []
    for name, wanted in (("near", f"ip.addr == {address}"), ("far", f"!(ip.addr == {address})")):
        leg = path.with_name(f"{path.stem}-{name}.pcap")
        split = ["tshark", "-n", "-r", str(path), "-Y", wanted, "-w", str(leg)]
        subprocess.run(split, capture_output=True, check=True)
        judged += judge_capture(leg)
    return judged


def judge_capture(path: Path, *arguments: str) -> list[Judged]:
    """Let tshark decode every M3UA message of a capture."""
    command = ["tshark", "-n", "-r", str(path), "-T", "pdml", "-Y", "m3ua", *arguments]
    pdml = subprocess.run(command, capture_output=True, check=True).stdout
    packets = ET.fromstring(pdml)  # noqa: S314 - tshark wrote it
    return [message for packet in packets for message in _messages(packet)]


def _messages(packet: ET.Element) -> Iterator[Judged]:
    """Cut a packet where an M3UA message begins: SCTP bundles."""
    protocols = list(packet.findall("proto"))
    starts = [at for at, each in enumerate(protocols) if each.get("name") == "m3ua"]
    for start, stop in zip(starts, [*starts[1:], len(protocols)], strict=True):
        yield _message(protocols[start:stop])


def _message(layers: list[ET.Element]) -> Judged:
    fields: dict[str, tuple[str, ...]] = {}
    for layer in layers:
        for field in layer.iter("field"):
            name = field.get("name", "")
            fields[name] = (*fields.get(name, ()), field.get("show", ""))
    names = tuple(layer.get("name", "") for layer in layers)
    malformed = ("malformed packet",) if "_ws.malformed" in names else ()
    complaints = (text for layer in layers for text in _complaints(layer))
    return Judged(names, fields, (*malformed, *complaints))


def _complaints(layer: ET.Element) -> Iterator[str]:
    for expert in layer.iter("field"):
        if expert.get("name") == "_ws.expert":
            severity = expert.find("field[@name='_ws.expert.severity']")
            if severity is not None and int(severity.get("show", "0")) >= WARNING:
                yield expert.get("showname", "")
