from protocols.tcap.primitives import ContextError


def test_a_refused_context_says_why_and_is_not_abnormal_unless_it_says_so() -> None:
    error = ContextError("version 4", alternative=(0, 4, 0, 0, 1, 0, 13, 3))

    assert (str(error), error.reason, error.abnormal) == ("version 4", "version 4", False)
    assert error.alternative == (0, 4, 0, 0, 1, 0, 13, 3)
