"""The code points, against the tables of the Recommendation."""

import pytest

from protocols.sccp.codes import MessageType, ReturnCause, ScmgType


@pytest.mark.spec("ITU-T Q.713", "2.1")
def test_message_types_have_the_codes_of_the_table() -> None:
    names = ["UDT", "UDTS", "XUDT", "XUDTS", "LUDT", "LUDTS"]
    assert [MessageType[name].value for name in names] == [
        0b0000_1001,
        0b0000_1010,
        0b0001_0001,
        0b0001_0010,
        0b0001_0011,
        0b0001_0100,
    ]


@pytest.mark.spec("ITU-T Q.713", "3.12")
def test_return_causes_have_the_codes_of_the_table() -> None:
    assert [cause.value for cause in ReturnCause] == [*range(15)]
    assert ReturnCause.UNEQUIPPED_USER.value == 4
    assert ReturnCause.ERROR_IN_MESSAGE_TRANSPORT.value == 8
    assert ReturnCause.HOP_COUNTER_VIOLATION.value == 12


@pytest.mark.spec("ITU-T Q.713", "5.1")
def test_scmg_messages_have_the_codes_of_the_table() -> None:
    assert [kind.name for kind in ScmgType] == ["SSA", "SSP", "SST", "SOR", "SOG", "SSC"]
    assert [kind.value for kind in ScmgType] == [1, 2, 3, 4, 5, 6]


def test_kinds_of_messages_are_told_apart() -> None:
    assert [kind.name for kind in MessageType if kind.is_long] == ["LUDT", "LUDTS"]
    assert [kind.name for kind in MessageType if kind.is_service] == ["UDTS", "XUDTS", "LUDTS"]
    assert [kind.name for kind in MessageType if not kind.is_extended] == ["UDT", "UDTS"]
