"""What went over the wire between a peer and the EIR, however it was observed."""

import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tools.diameter_wire import Message

LINKTYPE_ETHERNET = 1
LINKTYPE_RAW = 101
LINKTYPE_USER0 = 147


class Recording(ABC):
    """Messages as they appear; a thread adds to it and tells `_grown`."""

    def __init__(self) -> None:
        self._grown = threading.Condition()

    @abstractmethod
    def write_capture(self, path: Path) -> None:
        """Write everything as a pcap file."""

    @abstractmethod
    def _messages(self) -> Iterator[Message]:
        """Give the messages of both directions, in the order in which they were complete."""

    def messages(self) -> list[Message]:
        """Give the messages of both directions so far."""
        with self._grown:
            return list(self._messages())

    def wait_for(self, wanted: Callable[[Message], bool], *, within: float) -> None:
        """Wait until a message was seen that is `wanted`; `within` seconds."""
        with self._grown:
            seen = self._grown.wait_for(lambda: any(map(wanted, self._messages())), within)
        assert seen, f"not seen within {within} s"


def write_pcap(path: Path, link_type: int, packets: Iterable[tuple[float, bytes]]) -> None:
    """Write a capture file; each packet has its time in seconds."""
    with path.open("wb") as file:
        # magic, version 2.4, zone, accuracy, snap length
        file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0x40000, link_type))
        for seconds, packet in packets:
            micro = int(seconds % 1 * 1_000_000)
            file.write(struct.pack("=IIII", int(seconds), micro, len(packet), len(packet)) + packet)


def write_messages(path: Path, messages: Iterable[bytes]) -> tuple[str, ...]:
    """Write bare messages as a capture, and tell the arguments with which tshark reads it."""
    write_pcap(path, LINKTYPE_USER0, ((second, octets) for second, octets in enumerate(messages)))
    return "-o", f'uat:user_dlts:"User 0 (DLT={LINKTYPE_USER0})","diameter","0","","0",""'
