"""What a run comes to on one list."""

from pathlib import Path

import numpy as np
import pytest

from eir.config import Registry
from eir.lists.subjects import Kind, number_of
from eir.registry.applying.comparing import compare, instant_of
from eir.registry.bundle import FIRST, Bundle, Does
from eir.registry.outcome import BundleError
from eir.registry.planning.chain import Way
from eir.store.changes import Tally
from eir.store.layout import Truth
from eir.store.writer import ListWriter
from tests.eir.registry.runs import (
    BLACK,
    PAIRED,
    bundle,
    circumstances,
    compared,
    configured,
    delivery,
    has,
    imei,
    listed,
    open_writer,
    part,
)


def test_a_full_list_is_compared_with_what_is_there(tmp_path: Path) -> None:
    has(tmp_path, 1, 2)
    found = compared(tmp_path, bundle(1, delivery(BLACK, listed(2, 3, 4))))
    assert (found.tally.added, found.tally.removed, found.tally.unchanged) == (2, 1, 1)
    assert (found.before, found.after, found.rows, found.present) == (2, 3, 3, 0)


@pytest.mark.parametrize("number", [19600110, 19691231235959, 20260230, 1, 10**15])
def test_a_dated_run_without_an_instant_that_can_be_written_is_wrong(number: int) -> None:
    with pytest.raises(BundleError, match=f"prohibited.zip: {number} is no date since 1970"):
        instant_of(bundle(number, delivery(BLACK, listed(1)), dated=True))


def test_what_parts_of_a_delta_do_is_counted_apart(tmp_path: Path) -> None:
    has(tmp_path, 1, 2, 3)
    parts = (
        part(f"imei,reason\n{imei(1)},a\n{imei(5)},b\n", Does.PUT, "blocked"),
        part(f"imei,reason\n{imei(2)},c\n{imei(6)},d\n", Does.CHANGE, "changed"),
        part(f"imei,reason\n{imei(3)},old\n{imei(7)},old\n", Does.REMOVE, "unblocked"),
    )
    found = compared(tmp_path, bundle(2, delivery(BLACK, None, *parts, base=1)), Way.DELTA)
    assert (found.tally.added, found.tally.removed, found.tally.updated) == (2, 1, 2)
    assert (found.tally.absent, found.present, found.restored) == (1, 1, 1)
    assert found.after == 4


def test_a_delta_since_there_was_nothing_is_a_whole_list(tmp_path: Path) -> None:
    has(tmp_path, 1)
    parts = part(listed(2)), part(listed(), Does.REMOVE)
    found = compared(tmp_path, bundle(2, delivery(BLACK, None, *parts, base=FIRST)))
    assert (found.tally.added, found.tally.removed) == (1, 1)


def test_of_different_dates_the_earliest_may_count(tmp_path: Path) -> None:
    text = f"imei,block_date\n{imei(1)},20260102\n{imei(1)},20260101\n{imei(1)},\n"
    run = bundle(1, delivery(BLACK, text))
    with pytest.raises(BundleError, match="contradict"):
        compared(tmp_path, run)
    config, registry = configured(tmp_path, guard='conflicts = "earliest-date"')
    with open_writer(config) as writer:
        found = compare(writer, run, BLACK, Way.FULL, circumstances(registry))
        (changes,) = (c for c in found.changes.values() if c.count)
        (number,) = (int(part[-1, 0]) for part in changes)
        entry = writer.texts.entry(number)
    assert entry.effective == 1767225600  # 2026-01-01


def test_of_a_file_without_order_what_it_says_twice_is_left_alone(tmp_path: Path) -> None:
    has(tmp_path, 1)
    text = f"imei,op\n{imei(1)},Delete\n{imei(1)},Add\n{imei(2)},Add\n"
    said = delivery(BLACK, None, part(text, Does.SAID), unordered=True)
    found = compared(tmp_path, bundle(20260101, said, dated=True), Way.DELTA)
    assert (found.unordered, found.tally.added, found.tally.removed) == (1, 1, 0)


def test_most_subscribers_must_be_of_home(tmp_path: Path) -> None:
    text = "imei,imsi\n" + "".join(
        f"{imei(n)},{imsi}\n"
        for n, imsi in enumerate(["001010000000001", "00101123", "262010000000001", "26"])
    )
    run = bundle(1, delivery(PAIRED, text))
    found = compared(tmp_path, run, name=PAIRED, text='home_imsi_prefixes = ["00101"]')
    assert (found.imsis, found.foreign) == (4, 2)
    with pytest.raises(BundleError, match=r"2 of 4 IMSIs are not of 00101"):
        compared(
            tmp_path,
            run,
            name=PAIRED,
            text='home_imsi_prefixes = ["00101"]',
            guard="foreign_imsis_percent = 49",
        )


def test_a_late_delta_counts_where_nothing_newer_spoke(tmp_path: Path) -> None:
    config, registry = configured(tmp_path)
    run = bundle(20260101, delivery(BLACK, None, part(listed(1, 2), Does.PUT)), dated=True)
    with open_writer(config) as writer:
        spoken = _stamped(writer, registry, run)
        found = compare(writer, run, BLACK, Way.LATE, circumstances(registry))
    assert spoken == instant_of(run) + 1
    assert (found.superseded, found.tally.added) == (1, 1)


def _stamped(writer: ListWriter, registry: Registry, run: Bundle) -> int:
    """Let a newer file have spoken of the first equipment."""
    newer = instant_of(run) + 1
    name = Truth(BLACK, registry.name).dated(Kind.EQUIPMENT)
    line = np.array([[number_of(imei(1))], [newer]], np.uint64)
    writer.amend(name, [line], Tally())
    writer.apply()
    return newer
