"""The golden messages of other stacks, in both directions and by our own readers."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

import pytest

from protocols.diameter import codec
from protocols.diameter.codec import Avp, Message
from protocols.diameter.codes import AvpCode, AvpCode3gpp
from tests import vectors
from tests.protocols.diameter.messages import parse

VECTORS = vectors.load("diameter")

TEXTS = {"session_id", "user_name", "product_name", "error_message", "imei", "software_version"}
GROUPS = {
    AvpCode.VENDOR_SPECIFIC_APPLICATION_ID,
    AvpCode.EXPERIMENTAL_RESULT,
    AvpCode.PROXY_INFO,
    AvpCode3gpp.TERMINAL_INFORMATION,
}
READERS: dict[str, Callable[[Avp], object]] = {
    **dict.fromkeys(TEXTS, codec.text),
    "host_ip_address": lambda avp: str(ip_address(avp.data[2:])),
    "proxy_state": lambda avp: avp.data.hex(),
    "failed_avp": lambda avp: codec.group(avp)[0].code,
}


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_a_golden_message_means_what_its_maker_says(vector: vectors.Vector) -> None:
    message = codec.decode(vector.octets)
    assert meaning(message, like=vector.meaning) == vector.meaning


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_a_golden_message_is_encoded_octet_for_octet(vector: vectors.Vector) -> None:
    message = parse(vector.octets)  # not by our decoder: a mistake on both sides would hide
    assert codec.encode(message.header, message.avps) == vector.octets


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_a_golden_message_survives_decoding_and_encoding(vector: vectors.Vector) -> None:
    message = codec.decode(vector.octets)
    assert message == parse(vector.octets)
    assert codec.encode(message.header, message.avps) == vector.octets


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_the_outline_of_a_golden_message_is_the_message(vector: vectors.Vector) -> None:
    assert codec.outline(vector.octets) == parse(vector.octets)


def meaning(message: Message, *, like: Mapping[str, object]) -> dict[str, object]:
    """Say what a message carries in the words of the vectors: its header, and all its AVPs."""
    header = message.header
    letters = zip("RPET", (0x80, 0x40, 0x20, 0x10), strict=True)
    said: dict[str, object] = {
        "command": header.command,
        "flags": "".join(letter for letter, bit in letters if header.flags & bit),
        "application": header.application,
        "hop_by_hop": header.hop_by_hop,
        "end_to_end": header.end_to_end,
    }
    lists: dict[str, list[object]] = {}
    for name, value in values(message.avps, top=True):
        lists.setdefault(name, []).append(value)
    for name, listed in lists.items():
        several = f"{name}es" if name.endswith("ss") else f"{name}s"
        if several in like:
            said[several] = listed
        else:
            (said[name],) = listed
    return said


def values(avps: tuple[Avp, ...], *, top: bool) -> Iterator[tuple[str, object]]:
    """Read every AVP, those in groups too; the Vendor-Id of a group belongs to its group."""
    for avp in avps:
        code = AvpCode3gpp(avp.code) if avp.vendor else AvpCode(avp.code)
        if code in GROUPS:
            yield from values(codec.group(avp), top=False)
        elif top or code is not AvpCode.VENDOR_ID:
            name = code.name.lower()
            reader = READERS.get(name, _identity_or_number)
            yield name, reader(avp)


def _identity_or_number(avp: Avp) -> object:
    if avp.vendor == 0 and AvpCode(avp.code).name.endswith(("HOST", "REALM", "RECORD")):
        return codec.identity(avp)
    return codec.unsigned32(avp)
