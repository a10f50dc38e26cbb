"""SCCP management, told through the machine that it is part of."""

from dataclasses import replace

import pytest

from protocols.effects import Became, Dropped, Note
from protocols.mtp import Transfer
from protocols.sccp.machine import Indication, SccpMachine
from protocols.sccp.management import MAX_PROHIBITED
from tests.protocols.sccp.messages import (
    EIR_PC,
    LOCAL,
    MSC_PC,
    SCMG,
    STP_PC,
    UDT,
    message,
    scmg,
    transfer,
)

SSA, SSP, SST, SOR, SOG, SSC = 1, 2, 3, 4, 5, 6


def managed(data: bytes, *, machine: SccpMachine | None = None) -> list[Indication]:
    octets = message(UDT, SCMG, SCMG, data)
    return (machine or SccpMachine(LOCAL)).receive(transfer(octets, opc=STP_PC), 0.0)


@pytest.mark.spec("ITU-T Q.714", "5.3.4.3")
@pytest.mark.parametrize("ssn", [9, 1])
def test_a_test_of_what_we_have_is_answered_allowed(ssn: int) -> None:
    (answer,) = managed(scmg(SST, ssn, EIR_PC))
    assert isinstance(answer, Transfer)
    assert (answer.opc, answer.dpc) == (EIR_PC, STP_PC)
    assert answer.user_data == message(UDT, SCMG, SCMG, scmg(SSA, ssn, EIR_PC))


@pytest.mark.spec("ITU-T Q.714", "5.3.4.3")
@pytest.mark.parametrize(("ssn", "point_code"), [(8, EIR_PC), (9, MSC_PC), (0, EIR_PC)])
def test_a_test_of_what_we_do_not_have_is_not_answered(ssn: int, point_code: int) -> None:
    (dropped,) = managed(scmg(SST, ssn, point_code))
    assert isinstance(dropped, Dropped)
    assert "which is not here" in dropped.reason


@pytest.mark.spec("ITU-T Q.714", "5.3.4.3")
@pytest.mark.parametrize(("point_code", "answers"), [(EIR_PC, 1), (21, 1), (22, 0)])
def test_a_test_may_name_us_by_our_point_code_or_by_the_one_that_it_was_sent_to(
    point_code: int, answers: int
) -> None:
    octets = message(UDT, SCMG, SCMG, scmg(SST, 9, point_code))
    came = replace(transfer(octets), dpc=21)
    effects = SccpMachine(LOCAL).receive(came, 0.0)
    assert len([effect for effect in effects if isinstance(effect, Transfer)]) == answers


@pytest.mark.spec("ITU-T Q.713", "5.2")
def test_an_answer_says_nothing_of_multiplicity() -> None:
    (answer,) = managed(scmg(SST, 9, EIR_PC)[:-1] + b"\3")
    assert isinstance(answer, Transfer)
    assert answer.user_data.endswith(scmg(SSA, 9, EIR_PC))


@pytest.mark.spec("ITU-T Q.714", "5.3.2")
@pytest.mark.spec("ITU-T Q.714", "5.3.3")
def test_a_subsystem_is_prohibited_and_allowed_again() -> None:
    machine = SccpMachine(LOCAL)
    prohibited, allowed = scmg(SSP, 8, MSC_PC), scmg(SSA, 8, MSC_PC)
    assert managed(allowed, machine=machine) == []  # nobody said otherwise
    assert managed(prohibited, machine=machine) == [
        Became("subsystem", "0-1-2 ssn 8", "PROHIBITED")
    ]
    assert managed(prohibited, machine=machine) == []
    assert managed(allowed, machine=machine) == [Became("subsystem", "0-1-2 ssn 8", "ALLOWED")]
    assert managed(allowed, machine=machine) == []


def test_no_network_has_so_many_subsystems_that_we_forget_ourselves() -> None:
    machine = SccpMachine(LOCAL)
    for each in range(MAX_PROHIBITED):
        (became,) = managed(scmg(SSP, 8, each), machine=machine)
        assert isinstance(became, Became)
    (dropped,) = managed(scmg(SSP, 8, MAX_PROHIBITED), machine=machine)
    assert isinstance(dropped, Dropped)
    (became,) = managed(scmg(SSA, 8, 3), machine=machine)
    assert isinstance(became, Became)
    (became,) = managed(scmg(SSP, 8, MAX_PROHIBITED), machine=machine)
    assert isinstance(became, Became)


@pytest.mark.spec("ITU-T Q.714", "5.3.5")
@pytest.mark.parametrize(("kind", "name"), [(SOR, "SOR"), (SOG, "SOG")])
def test_a_coordinated_change_of_state_is_not_taken_part_in(kind: int, name: str) -> None:
    (dropped,) = managed(scmg(kind, 9, EIR_PC))
    assert isinstance(dropped, Dropped)
    assert dropped.reason.startswith(name)


@pytest.mark.spec("ITU-T Q.713", "5.3")
def test_congestion_is_noted() -> None:
    assert managed(scmg(SSC, 1, MSC_PC, 5)) == [
        Note("sccp_congested", {"subsystem": "0-1-2 ssn 1", "level": 5}, level="warning")
    ]


@pytest.mark.parametrize("data", [b"", b"\x07", b"\x03\x09", b"\0" * 5])
def test_what_is_no_management_message_is_dropped(data: bytes) -> None:
    (dropped,) = managed(data)
    assert isinstance(dropped, Dropped)
    assert dropped.layer == "sccp"
