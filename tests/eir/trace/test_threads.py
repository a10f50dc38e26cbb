from eir.decision.verdict import Interface
from eir.trace.exchange import Exchange
from eir.trace.threads import KEPT, Threads, knots
from tests.eir.trace.exchanges import came, exchange, went
from tests.harness import ecr
from tests.protocols.sccp.messages import UDT, message, segments
from tests.protocols.ss7_octets import with_user_data
from tests.protocols.tcap.octets import aare, tlv
from tests.protocols.test_passing import CHECK, EMPTY_BEGIN, PEER_ID

OURS = bytes.fromhex("00000007")


def data(tcap: bytes) -> bytes:
    return with_user_data(message(UDT, data=tcap))


BEGIN = data(EMPTY_BEGIN)
AGREED = data(tlv("65", tlv("48", OURS), PEER_ID, aare(3)))
ASKING = data(tlv("65", PEER_ID, tlv("49", OURS)))


def map_exchange(*messages: object) -> Exchange:
    return exchange(*messages, interface=Interface.MAP)  # type: ignore[arg-type]


def test_what_goes_on_with_a_dialogue_brings_what_opened_it() -> None:
    threads = Threads()
    opened = map_exchange(came(BEGIN), went(AGREED))
    threads.keep(opened)
    threads.keep(map_exchange(came(data(CHECK))))
    asked = map_exchange(came(ASKING))
    assert threads.before([asked]) == [opened]
    assert threads.before([asked]) == []


def test_the_last_segment_brings_those_before_it() -> None:
    threads = Threads()
    *before, last = (
        map_exchange(came(with_user_data(part))) for part in segments(CHECK, 3, reference=5)
    )
    (other, _) = segments(CHECK, 2, reference=6)
    for each in (*before, map_exchange(came(with_user_data(other)))):
        threads.keep(each)
    assert threads.before([last]) == before


def test_a_message_that_is_no_part_of_anything_is_not_kept() -> None:
    assert knots(ecr("35209900176148"), came=True) == set()
    assert knots(data(CHECK), came=True) == set()
    assert knots(BEGIN[:20], came=True) == set()


def test_only_so_much_is_kept() -> None:
    threads = Threads()
    opened = map_exchange(came(BEGIN), went(AGREED))
    threads.keep(opened)
    other = data(tlv("65", tlv("48", b"\1\2\3\4"), PEER_ID))
    for _ in range(KEPT):
        threads.keep(map_exchange(went(other)))
    assert threads.before([map_exchange(came(ASKING))]) == []
