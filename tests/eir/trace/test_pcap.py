import io
import struct

from eir.decision.verdict import Interface
from eir.trace.pcap import Capture, packet
from tests.eir.trace.exchanges import came, exchange, went
from tests.harness import ecr

OCTETS = ecr("35209900176148")


def tags_of(octets: bytes) -> tuple[dict[int, bytes], bytes]:
    """Read tags, and what follows them."""
    tags: dict[int, bytes] = {}
    while True:
        number, length = struct.unpack_from("!HH", octets)
        value, octets = octets[4 : 4 + length], octets[4 + length :]
        if number == 0:
            return tags, octets
        tags[number] = value


def test_a_message_stands_behind_who_sent_it_to_whom_and_by_what() -> None:
    tags, rest = tags_of(packet(exchange(), came(OCTETS)))
    assert rest == OCTETS
    assert tags == {
        12: b"diameter",
        20: bytes([192, 0, 2, 1]),
        21: bytes([192, 0, 2, 9]),
        24: b"\0\0\0\2",
        25: (0xC005).to_bytes(4),
        26: (3868).to_bytes(4),
    }
    back, _ = tags_of(packet(exchange(), went(OCTETS)))
    assert [back[tag] for tag in (20, 21, 25, 26)] == [tags[tag] for tag in (21, 20, 26, 25)]


def test_ss7_is_m3ua_over_sctp_or_tcp() -> None:
    found = exchange(interface=Interface.MAP, transport="sctp")
    tags, _ = tags_of(packet(found, came(b"\1\0\3\1\0\0\0\x08")))
    assert (tags[12], tags[24], tags[26]) == (b"m3ua\0\0\0\0"[:4], b"\0\0\0\1", (2905).to_bytes(4))


def test_addresses_of_either_family_are_written_if_both_are_known() -> None:
    six = exchange().model_copy(update={"remote": "2001:db8::1", "local": "2001:db8::9"})
    tags, _ = tags_of(packet(six, came(OCTETS)))
    assert (tags[22][-1], tags[23][-1]) == (1, 9)
    unknown = exchange().model_copy(update={"local": ""})
    assert not tags_of(packet(unknown, came(OCTETS)))[0].keys() & {20, 21, 22, 23}


def test_each_message_is_a_record_with_its_time() -> None:
    file = io.BytesIO()
    capture = Capture(file)
    found = exchange(came(OCTETS), went(OCTETS))
    capture.add(found)
    octets = file.getvalue()
    assert struct.unpack_from("=IHHiIII", octets)[-1] == 252
    first = struct.unpack_from("=IIII", octets, 24)
    assert first[:2] == divmod(found.at_ns - found.duration_ns, 10**9)
    assert first[2] == len(packet(found, found.messages[0]))
    assert len(octets) == 24 + sum(16 + len(packet(found, each)) for each in found.messages)


def test_a_request_came_before_its_answer_went() -> None:
    file = io.BytesIO()
    capture = Capture(file)
    found = exchange(came(OCTETS), went(OCTETS)).model_copy(update={"duration_ns": 2_000_000})
    capture.add(found)
    octets = file.getvalue()
    request = struct.unpack_from("=IIII", octets, 24)
    answer = struct.unpack_from("=IIII", octets, 24 + 16 + request[2])
    assert answer[1] - request[1] == 2_000_000
    assert answer[:2] == divmod(found.at_ns, 10**9)
