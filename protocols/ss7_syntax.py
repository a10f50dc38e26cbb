"""Where the values of an SS7 message stand, for the fast lane."""

from collections.abc import Iterable

from protocols.errors import DecodeError
from protocols.lane.syntax import Leaf
from protocols.m3ua import layout as m3ua
from protocols.m3ua.framing import HEAD
from protocols.sccp import layout as sccp
from protocols.sccp.codes import Parameter
from protocols.tcap import ber


class Ss7Syntax:
    """The walk over an M3UA DATA with a whole SCCP message that carries TCAP.

    Values are the parameters of M3UA and the fields of its routing label; addresses, other
    parameters and fixed fields of SCCP; primitive elements of TCAP and its user.
    """

    head = HEAD

    def leaves(self, octets: bytes) -> tuple[Leaf, ...]:
        """Find the values of a whole message, in order and apart; of any other message none."""
        try:
            values, unitdata = m3ua.find_values(octets)
            layout = sccp.read_layout(octets[unitdata])
            if layout.type.is_service or Parameter.SEGMENTATION in layout.parameters:
                return ()
            message = _shift([layout.user_data], unitdata.start)[0]
            inside = ber.find_values(octets[message])
        except DecodeError:
            return ()
        values += _shift(layout.values, unitdata.start)
        values += _shift(inside, message.start)
        values.sort(key=lambda value: value.start)
        return tuple(Leaf(value.start, value.stop) for value in values if value.stop > value.start)

    def resize(self, octets: bytes, leaf: int, value: bytes) -> bytes:
        """No leaf stretches."""
        raise NotImplementedError


def _shift(values: Iterable[slice], by: int) -> list[slice]:
    return [slice(value.start + by, value.stop + by) for value in values]
