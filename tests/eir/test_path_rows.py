import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from eir.path_rows import PathChanges, PathRow

KEYS = st.sampled_from(["s13 1 192.0.2.1", "s13 1 192.0.2.2", "map 1 192.0.2.1"])
TIMES = st.sampled_from([0.1, 0.2])
TABLES = st.dictionaries(
    KEYS,
    st.builds(
        PathRow,
        peer=st.just("stp1"),
        address=st.just("192.0.2.1"),
        state=st.just("ACTIVE"),
        rto_seconds=st.just(1.0),
        srtt_seconds=TIMES,
    ),
)


def test_a_path_has_a_state_that_the_kernel_knows() -> None:
    row = {"peer": "stp1", "address": "192.0.2.1", "rto_seconds": 1.0, "srtt_seconds": 0.1}
    assert PathRow.model_validate(row | {"state": "ACTIVE"}).state == "ACTIVE"
    with pytest.raises(ValidationError):
        PathRow.model_validate(row | {"state": "SLEEPY"})


@given(TABLES, TABLES)
def test_what_changed_is_told_and_nothing_else(
    told: dict[str, PathRow], now: dict[str, PathRow]
) -> None:
    changes = PathChanges.between(told, now)
    assert not any(told.get(key) == row for key, row in changes.rows.items())
    assert set(changes.gone) == told.keys() - now.keys()
    changes.apply(told)
    assert told == now
