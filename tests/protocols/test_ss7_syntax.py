"""Where the values of SS7 messages stand, by messages that are built by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.ss7_syntax import Ss7Syntax
from tests.protocols.m3ua.wire import asp_up, data
from tests.protocols.sccp.messages import (
    EIR_GT,
    LUDT,
    MSC_GT,
    SCMG,
    UDT,
    UDTS,
    XUDT,
    XUDTS,
    message,
    scmg,
    segmentation,
)
from tests.protocols.tcap.octets import OTID, aarq, begin, endless, invoke, tlv
from tests.vectors import Vector, load

SYNTAX = Ss7Syntax()
VECTORS = load("map")
LABEL = ["00000064", "0000000a", "00000014", "03", "02", "00", "05"]
CHECK = begin(invoke(), dialogue=aarq())
ASKED = ["00000001", "00118605010101", "0780", "04000001000d02", "01", "2b", "53029900000010f0"]
IMPORTANCE = bytes([18, 1, 5, 0])


def data_of(sccp: bytes) -> bytes:
    """Make a DATA with routing context 100."""
    return data(100, user_data=sccp)


def values(octets: bytes) -> list[str]:
    """Give the values of a message."""
    return [octets[leaf.start : leaf.end].hex() for leaf in SYNTAX.leaves(octets)]


@pytest.mark.parametrize(
    ("kind", "fixed"), [(UDT, ["00"]), (XUDT, ["00", "0f"]), (LUDT, ["00", "0f"])]
)
def test_a_question_has_the_values_of_every_layer(kind: int, fixed: list[str]) -> None:
    asked = data_of(message(kind, EIR_GT, MSC_GT, CHECK))

    assert values(asked) == [*LABEL, *fixed, EIR_GT.hex(), MSC_GT.hex(), *ASKED]


def test_optional_parameters_of_sccp_are_values() -> None:
    asked = data_of(message(XUDT, data=CHECK, options=IMPORTANCE))

    assert values(asked)[-1] == "05"


def test_values_are_in_order_when_pointers_are_not() -> None:
    behind = len(CHECK) + 1  # the addresses come after the user data
    pointers = bytes([behind + 3, behind + 5, 1])
    addresses = bytes.fromhex("02 4209 02 4208")
    asked = data_of(bytes([UDT, 0]) + pointers + bytes([len(CHECK)]) + CHECK + addresses)

    assert values(asked) == [*LABEL, "00", *ASKED, "4209", "4208"]


def test_what_is_empty_is_no_value() -> None:
    asked = data_of(message(UDT, data=tlv("62", tlv("48", OTID), tlv("05"))))

    assert values(asked)[-1] == OTID.hex()


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_every_golden_message_has_values(vector: Vector) -> None:
    assert len(values(vector.octets)) >= 13


@pytest.mark.parametrize(
    "octets",
    [
        asp_up(1),
        data_of(b""),
        data_of(message(UDTS, data=CHECK)),
        data_of(message(XUDTS, data=CHECK)),
        data_of(message(XUDT, data=CHECK, options=segmentation(first=True, remaining=0))),
        data_of(message(UDT, SCMG, SCMG, scmg(3, 9, 20))),
        data_of(message(UDT, data=endless("62", tlv("48", OTID)))),
        data_of(message(UDT, data=CHECK[:-1])),
        data_of(message(UDT, data=CHECK))[:-4],
    ],
)
def test_nothing_is_found_in_other_messages(octets: bytes) -> None:
    assert SYNTAX.leaves(octets) == ()


@given(st.sampled_from(VECTORS), st.integers(0, 200), st.binary(max_size=3))
def test_whatever_comes_values_are_in_order_and_apart(
    vector: Vector, at: int, instead: bytes
) -> None:
    octets = vector.octets[:at] + instead + vector.octets[at + len(instead) :]
    end = 0
    for leaf in SYNTAX.leaves(octets):
        assert end <= leaf.start < leaf.end <= len(octets)
        end = leaf.end


@given(st.sampled_from(VECTORS), st.data())
def test_where_values_stand_does_not_depend_on_them(vector: Vector, chosen: st.DataObject) -> None:
    leaves = SYNTAX.leaves(vector.octets)
    leaf = chosen.draw(st.sampled_from(leaves))
    size = leaf.end - leaf.start
    other = chosen.draw(st.binary(min_size=size, max_size=size))
    octets = vector.octets[: leaf.start] + other + vector.octets[leaf.end :]

    assert SYNTAX.leaves(octets) == leaves


def test_no_value_stretches() -> None:
    octets = VECTORS[0].octets
    assert not any(leaf.stretches for leaf in SYNTAX.leaves(octets))
    with pytest.raises(NotImplementedError):
        SYNTAX.resize(octets, 0, b"")
