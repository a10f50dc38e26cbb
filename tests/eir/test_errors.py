import pytest

from eir import errors


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (errors.EirError, 1),
        (errors.UsageError, 64),
        (errors.ListFileError, 65),
        (errors.UnavailableError, 69),
        (errors.StoreError, 74),
        (errors.StoreBusyError, 75),
        (errors.ConfigError, 78),
    ],
)
def test_each_error_has_its_exit_code(error: type[errors.EirError], exit_code: int) -> None:
    assert error("x").exit_code == exit_code


def test_an_error_may_say_what_to_do_next() -> None:
    assert errors.StoreError("x", next_step="load a list").next_step == "load a list"
    assert errors.StoreError("x").next_step == ""
