from eir.metrics import traffic
from protocols.diameter.codes import ResultCode


def test_success_is_no_refusal_and_every_other_code_has_its_name() -> None:
    names = traffic.CODE_NAMES["diameter"]
    assert ResultCode.SUCCESS not in names
    assert names[ResultCode.MISSING_AVP] == "MISSING_AVP"


def test_a_connection_that_ended_has_no_state() -> None:
    assert "CLOSED" not in traffic.STATES
