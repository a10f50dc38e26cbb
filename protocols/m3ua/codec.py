"""Octets to M3UA messages and back: the one module of this layer that knows pycrate.

A message is decoded one level deep, as pycrate's generic parameters: what an unknown parameter
holds can then break nothing. The value of a parameter that we read is decoded when it is read.
`protocols.m3ua.layout` has walked the lengths of the parameters before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pycrate_core.utils import PycrateErr
from pycrate_mobile.M3UA import AffectedPC, RoutingContext, UserCause
from pycrate_mobile.M3UA import ProtocolData as PycrateProtocolData
from pycrate_mobile.SIGTRAN import SIGTRAN, Params

from protocols.m3ua.codes import MessageType
from protocols.m3ua.errors import M3uaError, ParameterFieldError
from protocols.m3ua.layout import LABEL_OCTETS, read_body, read_type, walk
from protocols.mtp import PointCode

MAX_PARAMETERS = 32  # ours: no message has ten; a decode costs 0.1 ms a parameter


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `value` is without header and padding (RFC 4666 §3.2)."""

    tag: int
    value: bytes = field(repr=False)  # may hold personal data, which no log may show


@dataclass(frozen=True, slots=True)
class Message:
    """A message; parameters in the order in which they came (RFC 4666 §3.1)."""

    type: MessageType
    parameters: tuple[Parameter, ...] = ()

    def first(self, tag: int) -> Parameter | None:
        """Return the first parameter with this tag."""
        return next(iter(self.every(tag)), None)

    def every(self, tag: int) -> list[Parameter]:
        """Return all parameters with this tag, in order."""
        return [parameter for parameter in self.parameters if parameter.tag == tag]


@dataclass(frozen=True, slots=True)
class ProtocolData:
    """An MTP3 message: its routing label and what it carries (RFC 4666 §3.3.1)."""

    opc: PointCode
    dpc: PointCode
    service_indicator: int
    network_indicator: int
    priority: int
    sls: int
    user_data: bytes = field(repr=False)  # may hold personal data, which no log may show


@dataclass(frozen=True, slots=True, order=True)
class Affected:
    """Point codes: `mask` says how many low bits of `point_code` are any (RFC 4666 §3.4.1)."""

    mask: int
    point_code: PointCode


def decode(octets: bytes) -> Message:
    """Decode one whole message.

    Raises:
        M3uaError: it is none; the class says which Error answers it.
    """
    kind = read_type(octets)
    body = read_body(octets)
    for count, _ in enumerate(walk(body)):
        if count == MAX_PARAMETERS:
            raise M3uaError(f"more than {MAX_PARAMETERS} parameters")
    return Message(kind, _parameters(body))


def is_error(octets: bytes) -> bool:
    """Tell whether octets, which need not decode, claim to be an Error (RFC 4666 §3.8.1).

    Octets that end before they say what they are may be one.
    """
    return octets[2:4] in (b"\0\0", b"\0", b"")


def encode(message: Message) -> bytes:
    """Encode a message; lengths are computed, padding is added."""
    header = {"Class": message.type >> 8, "Type": message.type & 0xFF}
    element = SIGTRAN(val={"Header": header, "Params": _values(message.parameters)})
    octets: bytes = element.to_bytes()
    return octets


def group(parameter: Parameter) -> tuple[Parameter, ...]:
    """Read the parameters inside a parameter (RFC 4666 §3.6.1)."""
    for _ in walk(parameter.value):
        pass
    return _parameters(parameter.value)


def group_parameter(tag: int, parameters: Iterable[Parameter]) -> Parameter:
    """Make a parameter of parameters."""
    return Parameter(tag, Params(val=_values(parameters)).to_bytes())


def unsigned32(parameter: Parameter) -> int:
    """Read one number of 32 bits."""
    _check_length(parameter, 4)
    (value,) = unsigned32s(parameter)
    return value


def unsigned32s(parameter: Parameter) -> tuple[int, ...]:
    """Read one or more numbers of 32 bits."""
    _check_length(parameter, _whole(parameter))
    element = RoutingContext()
    element.from_bytes(parameter.value)
    return tuple(int(value) for value in element.get_val())


def unsigned32_parameter(tag: int, *values: int) -> Parameter:
    """Make a parameter of numbers of 32 bits."""
    return Parameter(tag, RoutingContext(val=list(values)).to_bytes())


def affected(parameter: Parameter) -> tuple[Affected, ...]:
    """Read the point codes of an Affected Point Code (RFC 4666 §3.4.1)."""
    _check_length(parameter, _whole(parameter))
    element = AffectedPC()
    element.from_bytes(parameter.value)
    return tuple(Affected(int(mask), int(point_code)) for mask, point_code in element.get_val())


def affected_parameter(tag: int, *values: Affected) -> Parameter:
    """Make a parameter of masks and point codes."""
    pairs = [[value.mask, value.point_code] for value in values]
    return Parameter(tag, AffectedPC(val=pairs).to_bytes())


def user_cause(parameter: Parameter) -> tuple[int, int]:
    """Read a User/Cause: the cause, then the user part (RFC 4666 §3.4.5)."""
    _check_length(parameter, 4)
    element = UserCause()
    element.from_bytes(parameter.value)
    cause, user = element.get_val()
    return int(cause), int(user)


def protocol_data(parameter: Parameter) -> ProtocolData:
    """Read a Protocol Data (RFC 4666 §3.3.1)."""
    _check_length(parameter, max(LABEL_OCTETS, len(parameter.value)))
    element = PycrateProtocolData()
    element.from_bytes(parameter.value)
    opc, dpc, service_indicator, network_indicator, priority, sls, user_data = element.get_val()
    return ProtocolData(
        opc=int(opc),
        dpc=int(dpc),
        service_indicator=int(service_indicator),
        network_indicator=int(network_indicator),
        priority=int(priority),
        sls=int(sls),
        user_data=bytes(user_data),
    )


def protocol_data_parameter(tag: int, value: ProtocolData) -> Parameter:
    """Make a Protocol Data."""
    label = [value.opc, value.dpc, value.service_indicator, value.network_indicator]
    rest = [value.priority, value.sls, value.user_data]
    return Parameter(tag, PycrateProtocolData(val=label + rest).to_bytes())


def _parameters(body: bytes) -> tuple[Parameter, ...]:
    """Let pycrate decode parameters whose lengths are right."""
    element = Params()
    try:
        element.from_bytes(body + bytes(-len(body) % 4))
    except PycrateErr as error:
        raise M3uaError("the message cannot be decoded") from error
    return tuple(Parameter(int(tag), bytes(value)) for tag, _, value, _ in element.get_val())


def _values(parameters: Iterable[Parameter]) -> list[dict[str, object]]:
    """Say parameters in pycrate's words."""
    return [{"Tag": parameter.tag, "Val": parameter.value} for parameter in parameters]


def _whole(parameter: Parameter) -> int:
    """Tell how many octets a value of one or more fields of 4 octets has."""
    return max(4, len(parameter.value) & ~3)


def _check_length(parameter: Parameter, octets: int) -> None:
    """Check the length of a parameter's value.

    Raises:
        ParameterFieldError: it has more octets or fewer.
    """
    if len(parameter.value) != octets:
        found = len(parameter.value)
        raise ParameterFieldError(f"parameter {parameter.tag:#06x} has a value of {found} octets")
