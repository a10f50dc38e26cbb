import json

import pytest

from eir.transport.machine import Whole
from eir.transport.parcel import Connected, Parcel, PassedOn, decode, encode
from protocols.mtp import SERVICE_SCCP, Transfer
from protocols.passing import Answer, Segment
from protocols.sccp.codes import MessageType
from protocols.sccp.primitives import GlobalTitle, PartyAddress, Unitdata
from tests.eir.trace.exchanges import exchange

TRANSFER = Transfer(7, 10, 20, SERVICE_SCCP, 2, 0, 5, b"\0\xff", 100, None)
NOBODY = PartyAddress(b"", route_on_ssn=True)
MSC = PartyAddress(b"\x12\xff", False, 10, 8, GlobalTitle(4, "99450", 4, 0, 1))  # noqa: FBT003
UNITDATA = Unitdata(TRANSFER, MessageType.XUDT, NOBODY, MSC, 1, True, b"\x65\xfe")  # noqa: FBT003
READ = (Whole(b"\1\0", 3, 46), Whole(b"\xff"))
HANDED_OVER = Connected("peer", "sctp", "192.0.2.1", READ, b"")


@pytest.mark.parametrize(
    "parcel",
    [
        *(PassedOn(m, "stp1") for m in (UNITDATA, Segment(TRANSFER), Answer(TRANSFER))),
        PassedOn(Segment(TRANSFER), "stp1", (exchange(), exchange())),
        HANDED_OVER,
    ],
    ids=str,
)
def test_what_is_given_is_what_comes(parcel: Parcel) -> None:
    came = decode(encode(parcel))
    assert (type(came), came) == (type(parcel), parcel)


def test_the_kind_of_a_message_is_a_code_point_again() -> None:
    came = decode(encode(PassedOn(UNITDATA, "stp1")))
    assert isinstance(came, PassedOn)
    assert isinstance(came.message, Unitdata)
    assert came.message.kind is MessageType.XUDT


def test_what_is_no_part_of_a_parcel_is_a_bug() -> None:
    with pytest.raises(TypeError):
        encode(PassedOn(Segment({"a set"}), ""))  # type: ignore[arg-type]


def test_octets_are_written_in_hexadecimal() -> None:
    name, fields = json.loads(encode(HANDED_OVER))
    octets = [message["octets"] for message in fields["messages"]]
    assert (name, octets) == ("Connected", [{"hex": "0100"}, {"hex": "ff"}])
