"""Faults in general."""

import contextlib
from pathlib import Path

import pytest

from tests.tools.registry.delivered import registry
from tools.registry.days import FORMATS, Registry, Settings
from tools.registry.faults.catalog import FAULTS
from tools.registry.faults.fault import FaultError


def test_every_fault_is_tested_by_its_name() -> None:
    here = Path(__file__)
    others = (path for path in here.parent.glob("test_*.py") if path != here)
    source = "".join(path.read_text() for path in others)

    assert [name for name in FAULTS if f'"{name}"' not in source] == []


@pytest.mark.parametrize("runs", [0, 3])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_strikes_or_says_why_it_cannot(fault: str, runs: int, tmp_path: Path) -> None:
    for form in FORMATS:
        simulated = Registry(Settings(format=form, size=20, keys=tmp_path))
        for _ in range(runs):
            simulated.deliver()
        with contextlib.suppress(FaultError):
            simulated.deliver(fault)

        assert simulated.deliver().parcels


@pytest.mark.parametrize("fault", ["replay", "older", "replay-altered", "empty-full", "bad-hash"])
def test_a_fault_that_cannot_be_is_told(fault: str) -> None:
    with pytest.raises(FaultError):
        registry().deliver(fault)


def test_a_delivery_can_have_several_faults() -> None:
    delivery = registry().deliver("bom", "no-full", "out-of-order")

    assert delivery.parcels == ()
    assert len(delivery.late) == 3
