import pytest

from eir.decision.override import Override
from eir.decision.verdict import Status


@pytest.mark.parametrize(
    ("expires", "at", "counts"),
    [(None, 99.9, 0), (None, 100.0, 1), (None, 1e9, 1), (200, 199.9, 1), (200, 200.0, 0)],
)
def test_an_override_counts_from_when_it_is_set_until_it_expires(
    expires: int | None, at: float, counts: int
) -> None:
    override = Override(Status.PERMITTED, "drill", "root", since=100, expires=expires)
    assert override.in_force(at) == bool(counts)
