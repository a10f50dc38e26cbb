"""A registry day after day."""

import contextlib
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.tools.registry.delivered import members, registry
from tools.registry.days import FORMATS, Registry, Settings
from tools.registry.faults.fault import FaultError
from tools.registry.parcel import File, put


@pytest.mark.parametrize("form", FORMATS)
def test_the_truth_of_a_run_is_what_was_known_then(form: str) -> None:
    simulated = registry(form)
    runs = [simulated.deliver().run for _ in range(4)]

    assert [simulated.truth(run) for run in runs] == simulated.world.history
    with pytest.raises(KeyError):
        simulated.truth(0)


def test_several_runs_a_day_have_several_times() -> None:
    simulated = Registry(Settings(size=20, per_day=3, start=date(2025, 2, 27)))
    for _ in range(7):
        simulated.deliver()
    moments = [snapshot.moment for snapshot in simulated.world.history]

    assert moments[0].date() == date(2025, 2, 27)
    assert moments[-1] - moments[0] == timedelta(days=2)


@pytest.mark.parametrize(("every", "fulls"), [(1, "111111"), (3, "100100"), (0, "100000")])
def test_full_lists_come_as_often_as_is_wanted(every: int, fulls: str) -> None:
    simulated = Registry(Settings(format="csv", size=20, full_every=every))
    deliveries = [simulated.deliver() for _ in range(6)]

    assert (
        "".join(str(int(any("_full_" in name for name in members(each)))) for each in deliveries)
        == fulls
    )


def test_the_same_settings_deliver_the_same_octets() -> None:
    first, again = registry("dirbs"), registry("dirbs")

    assert [first.deliver() for _ in range(3)] == [again.deliver() for _ in range(3)]


def test_a_registry_that_went_through_its_days_again_goes_on_alike(tmp_path: Path) -> None:
    first = registry()
    for fault in ((), ("gap",), ("out-of-order",)):
        first.put(tmp_path / "first", *fault)
    again = registry().replayed([(), ("gap",), ("out-of-order",)])
    for simulated, outbox in ((first, "first"), (again, "again")):
        simulated.put(tmp_path / outbox)
    new = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}

    assert len(new) == 6  # of the last run, and of the one that was late
    assert all((tmp_path / "first" / name).read_bytes() == new[name] for name in new)


def test_files_are_put_by_a_rename(tmp_path: Path) -> None:
    put([File("a.csv", b"imei\r\n")], tmp_path)
    seen = (tmp_path / "a.csv").open("rb")
    put([File("a.csv", b"serial\r\n")], tmp_path)

    with seen:
        assert seen.read() == b"imei\r\n"  # who reads the old one reads it to its end
    assert (tmp_path / "a.csv").read_bytes() == b"serial\r\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    "faults",
    [
        ("missing-member", "unknown-removals"),
        ("bad-utf-8-key", "unknown-removal"),
        ("truncated-zip", "zip-bomb"),
    ],
)
def test_faults_that_leave_each_other_nothing_say_so(faults: tuple[str, str]) -> None:
    for pair in (faults, faults[::-1]):
        simulated = Registry(Settings(size=20))
        simulated.deliver()
        with contextlib.suppress(FaultError):
            simulated.deliver(*pair)
        assert len(simulated.world.history) == 2
