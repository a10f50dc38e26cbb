from dataclasses import FrozenInstanceError

import pytest

from tests.eir.status.made import facts


def test_what_was_known_at_a_moment_stays_so() -> None:
    known = facts()
    with pytest.raises(FrozenInstanceError):
        known.version = 2  # type: ignore[misc]
