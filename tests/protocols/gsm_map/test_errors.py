import pytest

from protocols.gsm_map import errors
from protocols.gsm_map.codes import ErrorCode
from protocols.tcap.codes import InvokeProblem


@pytest.mark.spec("TS 29.002", "17.6.6")
@pytest.mark.parametrize(
    ("version", "code"),
    [
        (1, ErrorCode.UNEXPECTED_DATA_VALUE),
        (2, ErrorCode.DATA_MISSING),
        (3, ErrorCode.DATA_MISSING),
    ],
)
def test_version_1_has_no_data_missing(version: int, code: ErrorCode) -> None:
    assert errors.DataMissingError("why").code_in(version) is code


def test_a_reject_says_its_problem_itself() -> None:
    assert errors.UnrecognizedOperationError("why").problem is InvokeProblem.UNRECOGNIZED_OPERATION
    assert errors.MistypedParameterError("why").problem is InvokeProblem.MISTYPED_PARAMETER


def test_an_error_keeps_its_reason_for_the_log() -> None:
    assert errors.MistypedParameterError("no argument").reason == "no argument"
    assert str(errors.DataMissingError("no version")) == "no version"
