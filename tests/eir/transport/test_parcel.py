import json

import pytest

from eir.transport.parcel import Connected, Parcel, decode, encode
from protocols.mtp import SERVICE_SCCP, Transfer
from protocols.passing import Answer, Segment
from protocols.sccp.codes import MessageType
from protocols.sccp.primitives import GlobalTitle, PartyAddress, Unitdata

TRANSFER = Transfer(7, 10, 20, SERVICE_SCCP, 2, 0, 5, b"\0\xff", 100, None)
NOBODY = PartyAddress(b"", route_on_ssn=True)
MSC = PartyAddress(b"\x12\xff", False, 10, 8, GlobalTitle(4, "99450", 4, 0, 1))  # noqa: FBT003
UNITDATA = Unitdata(TRANSFER, MessageType.XUDT, NOBODY, MSC, 1, True, b"\x65\xfe")  # noqa: FBT003
HANDED_OVER = Connected("peer", "tcp", "192.0.2.1", (b"\1\0", b"\xff"), b"")


@pytest.mark.parametrize(
    "parcel", [UNITDATA, Segment(TRANSFER), Answer(TRANSFER), HANDED_OVER], ids=type
)
def test_what_is_given_is_what_comes(parcel: Parcel) -> None:
    came = decode(encode(parcel))
    assert (type(came), came) == (type(parcel), parcel)


def test_the_kind_of_a_message_is_a_code_point_again() -> None:
    came = decode(encode(UNITDATA))
    assert isinstance(came, Unitdata)
    assert came.kind is MessageType.XUDT


def test_what_is_no_part_of_a_parcel_is_a_bug() -> None:
    with pytest.raises(TypeError):
        encode(Segment({"a set"}))  # type: ignore[arg-type]


def test_octets_are_written_in_hexadecimal() -> None:
    name, fields = json.loads(encode(HANDED_OVER))
    assert (name, fields["messages"]) == ("Connected", [{"hex": "0100"}, {"hex": "ff"}])
