import pytest

from protocols.tcap import codes
from protocols.tcap.codes import (
    GeneralProblem,
    InvokeProblem,
    PAbortCause,
    Problem,
    Refusal,
    ReturnErrorProblem,
    ReturnResultProblem,
    refusal_of,
)


@pytest.mark.spec("ITU-T Q.772", "2.3")
def test_the_p_abort_causes_have_the_numbers_of_the_specification() -> None:
    assert [cause.name for cause in sorted(PAbortCause)] == [
        "UNRECOGNIZED_MESSAGE_TYPE",
        "UNRECOGNIZED_TRANSACTION_ID",
        "BADLY_FORMATTED_TRANSACTION_PORTION",
        "INCORRECT_TRANSACTION_PORTION",
        "RESOURCE_LIMITATION",
    ]


@pytest.mark.spec("ITU-T Q.772", "3.7.1")
def test_the_general_problems_have_the_numbers_of_the_specification() -> None:
    assert [problem.name for problem in sorted(GeneralProblem)] == [
        "UNRECOGNIZED_COMPONENT",
        "MISTYPED_COMPONENT",
        "BADLY_STRUCTURED_COMPONENT",
    ]


@pytest.mark.spec("ITU-T Q.773", "4.2.2.6")
def test_the_problems_of_invokes_results_and_errors_have_the_numbers_of_the_specification() -> None:
    problems = [*InvokeProblem, *ReturnResultProblem, *ReturnErrorProblem]
    assert [f"{problem.value} {problem.name}" for problem in problems] == [
        "0 DUPLICATE_INVOKE_ID",
        "1 UNRECOGNIZED_OPERATION",
        "2 MISTYPED_PARAMETER",
        "3 RESOURCE_LIMITATION",
        "4 INITIATING_RELEASE",
        "5 UNRECOGNIZED_LINKED_ID",
        "6 LINKED_RESPONSE_UNEXPECTED",
        "7 UNEXPECTED_LINKED_OPERATION",
        "0 UNRECOGNIZED_INVOKE_ID",
        "1 RETURN_RESULT_UNEXPECTED",
        "2 MISTYPED_PARAMETER",
        "0 UNRECOGNIZED_INVOKE_ID",
        "1 RETURN_ERROR_UNEXPECTED",
        "2 UNRECOGNIZED_ERROR",
        "3 UNEXPECTED_ERROR",
        "4 MISTYPED_PARAMETER",
    ]


@pytest.mark.spec("ITU-T Q.773", "3.1")
def test_the_tags_have_the_values_of_the_specification() -> None:
    assert [f"{tag.name} {tag:02x}" for tag in codes.MessageTag] == [
        "UNIDIRECTIONAL 61",
        "BEGIN 62",
        "END 64",
        "CONTINUE 65",
        "ABORT 67",
    ]


def test_every_cause_and_problem_is_a_refusal_of_its_own() -> None:
    problems: list[Problem] = [
        *GeneralProblem,
        *InvokeProblem,
        *ReturnResultProblem,
        *ReturnErrorProblem,
    ]
    refusals = [Refusal(cause) for cause in PAbortCause] + [refusal_of(p) for p in problems]
    assert len(set(refusals)) == len(refusals)
    others = {name for name in Refusal.__members__ if 10 <= Refusal[name] < 100}
    assert {refusal.name for refusal in refusals} | others == set(Refusal.__members__)


def test_a_refusal_is_named_as_what_it_is() -> None:
    assert Refusal(PAbortCause.RESOURCE_LIMITATION) is Refusal.RESOURCE_LIMITATION
    assert refusal_of(InvokeProblem.MISTYPED_PARAMETER) is Refusal.MISTYPED_ARGUMENT
    assert refusal_of(GeneralProblem.MISTYPED_COMPONENT) is Refusal.MISTYPED_COMPONENT
    assert (
        refusal_of(ReturnResultProblem.UNRECOGNIZED_INVOKE_ID)
        is Refusal.RESULT_UNRECOGNIZED_INVOKE_ID
    )
    assert (
        refusal_of(ReturnErrorProblem.UNRECOGNIZED_INVOKE_ID)
        is Refusal.ERROR_UNRECOGNIZED_INVOKE_ID
    )
