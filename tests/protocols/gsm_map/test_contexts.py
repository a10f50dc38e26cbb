import pytest

from protocols.gsm_map.codec import abnormal_dialogue
from protocols.gsm_map.contexts import equipment_mngt, negotiator
from protocols.tcap.primitives import ApplicationContext, ContextError

ALL = (1, 2, 3)


def refusal(
    context: ApplicationContext | None,
    operation: int | None = 43,
    versions: tuple[int, ...] = ALL,
) -> ContextError:
    with pytest.raises(ContextError) as caught:
        negotiator(versions)(context, operation)
    return caught.value


@pytest.mark.spec("TS 29.002", "17.3.2.14")
def test_the_context_is_equipment_management() -> None:
    assert equipment_mngt(3) == (0, 4, 0, 0, 1, 0, 13, 3)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("operation", [43, 99, None])
def test_version_2_and_3_are_named(version: int, operation: int | None) -> None:
    assert negotiator(ALL)(equipment_mngt(version), operation) == version


@pytest.mark.spec("TS 29.002", "15.2.2")
def test_no_context_is_version_1() -> None:
    assert negotiator(ALL)(None, 43) == 1


@pytest.mark.spec("TS 29.002", "15.2.2")
def test_without_a_context_the_operation_must_tell_it() -> None:
    assert refusal(None, None).abnormal
    for operation in (0, 2, 58):
        assert (
            refusal(None, operation).reason
            == f"operation {operation} without an application context"
        )


@pytest.mark.spec("TS 29.002", "15.2.2")
def test_a_version_1_context_by_name_is_abnormal() -> None:
    for versions in (ALL, (1,), (2, 3)):
        error = refusal(equipment_mngt(1), versions=versions)
        assert error.abnormal
        assert error.information == abnormal_dialogue()


@pytest.mark.spec("TS 29.002", "15.2.2")
@pytest.mark.parametrize(
    ("asked", "versions", "alternative"),
    [
        (4, ALL, 3),
        (0, ALL, 3),
        (200, ALL, 3),
        (4, (1, 2), 2),
        (3, (1, 2), 2),
        (2, (1, 3), 3),
        (3, (1,), None),
    ],
)
def test_another_version_is_refused_with_the_best_that_there_is(
    asked: int, versions: tuple[int, ...], alternative: int | None
) -> None:
    error = refusal(equipment_mngt(asked), versions=versions)
    assert not error.abnormal
    assert error.alternative == (None if alternative is None else equipment_mngt(alternative))


def test_version_1_can_be_disabled() -> None:
    assert not refusal(None, 43, (2, 3)).abnormal


@pytest.mark.parametrize(
    "context",
    [(0, 4, 0, 0, 1, 0, 14, 3), (0, 4, 0, 0, 1, 0, 13), (0, 4, 0, 0, 1, 0, 13, 3, 3), (2, 5)],
)
def test_another_context_is_refused_without_an_alternative(context: ApplicationContext) -> None:
    error = refusal(context)
    assert (error.abnormal, error.alternative) == (False, None)
    assert error.reason == f"application context {'.'.join(map(str, context))}"
