from dataclasses import replace

from protocols.mtp import Transfer
from protocols.sccp.codes import MessageType
from protocols.sccp.primitives import GlobalTitle, PartyAddress, Unitdata

TRANSFER = Transfer(
    connection=7,
    opc=4180,
    dpc=20,
    service_indicator=3,
    network_indicator=2,
    priority=0,
    sls=1,
    user_data=b"",
)
UNITDATA = Unitdata(
    transfer=TRANSFER,
    kind=MessageType.UDT,
    called=PartyAddress(b"\x42\x09", route_on_ssn=True, ssn=9),
    calling=PartyAddress(b"\x42\x08", route_on_ssn=True, ssn=8),
    protocol_class=0,
    return_on_error=False,
    user_data=b"",
)


def test_a_peer_is_named_by_its_point_code() -> None:
    assert UNITDATA.peer == "2-10-4"


def test_a_peer_with_a_global_title_is_named_by_its_digits_too() -> None:
    title = GlobalTitle(indicator=4, digits="994500000001")
    calling = replace(UNITDATA.calling, global_title=title)

    assert replace(UNITDATA, calling=calling).peer == "2-10-4/994500000001"


def test_the_digits_tell_the_origin_whichever_relay_a_message_took() -> None:
    title = GlobalTitle(indicator=4, digits="994500000001")
    titled = replace(UNITDATA, calling=replace(UNITDATA.calling, global_title=title))
    relayed = replace(titled, transfer=replace(TRANSFER, opc=4181))

    assert titled.origin == relayed.origin == "994500000001"


def test_without_digits_a_point_code_tells_the_origin() -> None:
    calling = UNITDATA.calling
    named = replace(UNITDATA, calling=replace(calling, point_code=5))
    untold = replace(UNITDATA, calling=replace(calling, global_title=GlobalTitle(4, "")))

    assert (UNITDATA.origin, named.origin, untold.origin) == (4180, 5, 4180)


def test_a_message_knows_the_association_that_it_came_by() -> None:
    assert UNITDATA.connection == 7
