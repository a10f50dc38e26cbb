"""What SCCP gives its user: addresses and N-UNITDATA (ITU-T Q.711 §6.2, Q.713 §3.4)."""

from dataclasses import dataclass, field

from protocols.effects import Connection
from protocols.mtp import PointCode, Transfer, format_point_code
from protocols.sccp.codes import MessageType


@dataclass(frozen=True, slots=True)
class GlobalTitle:
    """A global title (ITU-T Q.713 §3.4.2.3).

    Attributes:
        indicator: 1 to 4, which of the other fields there are; a spare one has none of them.
        digits: the address signals; where the encoding is not BCD, the octets in hexadecimal.
        nature: nature of address indicator; None: not in this kind.
        translation_type: None: not in this kind.
        numbering_plan: None: not in this kind.
    """

    indicator: int
    digits: str
    nature: int | None = None
    translation_type: int | None = None
    numbering_plan: int | None = None


@dataclass(frozen=True, slots=True)
class PartyAddress:
    """A called or calling party address (ITU-T Q.713 §3.4).

    Attributes:
        octets: the parameter's value as it came, so that an answer can copy it to the bit.
        route_on_ssn: the routing indicator; False: on global title.
        point_code: None: not included.
        ssn: None: not included.
        global_title: None: not included.
    """

    octets: bytes
    route_on_ssn: bool
    point_code: PointCode | None = None
    ssn: int | None = None
    global_title: GlobalTitle | None = None


@dataclass(frozen=True, slots=True)
class Unitdata:
    """N-UNITDATA indication (ITU-T Q.711 §6.2.2): one whole message for our subsystem.

    Attributes:
        transfer: how it came; of a reassembled message, how its first segment did.
        kind: the message that carried it, which an answer is sent in: UDT, XUDT or LUDT.
        called: the address that it was sent to.
        calling: who sent it.
        protocol_class: 0, or 1 for in sequence.
        return_on_error: whether what cannot be delivered is to be returned.
        user_data: the user's message.
    """

    transfer: Transfer
    kind: MessageType
    called: PartyAddress
    calling: PartyAddress
    protocol_class: int
    return_on_error: bool
    user_data: bytes = field(repr=False)  # may hold personal data, which no log may show

    @property
    def connection(self) -> Connection:
        """The association that it came by."""
        return self.transfer.connection

    @property
    def origin(self) -> str | PointCode:
        """Who sent it, whichever way it took: calling digits, or else a point code.

        Who translates global titles puts its own point code in, and its mate another one.
        """
        title = self.calling.global_title
        if title is not None and title.digits:
            return title.digits
        named = self.calling.point_code
        return self.transfer.opc if named is None else named

    @property
    def peer(self) -> str:
        """Who asks, for records and logs: point code and calling digits, "2-10-5/994500000001"."""
        title = self.calling.global_title
        digits = "" if title is None else f"/{title.digits}"
        return f"{format_point_code(self.transfer.opc)}{digits}"
