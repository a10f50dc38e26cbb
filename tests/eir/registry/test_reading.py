"""What rows come to, and which of them are not believed."""

from pathlib import Path

import numpy as np
import pytest

from eir.config import Registry
from eir.lists.guarded import Guarded
from eir.lists.lines import read_subject
from eir.lists.names import ListName
from eir.lists.subjects import Kind, number_of
from eir.registry.bundle import FIRST, Bundle, Does
from eir.registry.chain import Way
from eir.registry.outcome import BundleError
from eir.registry.reading import Compared, compare, instant_of
from eir.store.catalog import Line
from eir.store.changes import Tally
from eir.store.layout import Truth
from eir.store.rows import Entry
from eir.store.writer import ListWriter
from tests.eir.lists_loading import load_text
from tests.eir.registry.runs import (
    BLACK,
    NAME,
    PAIRED,
    bundle,
    circumstances,
    configured,
    delivery,
    imei,
    listed,
    open_writer,
    part,
)


def compared(
    path: Path,
    run: Bundle,
    way: Way = Way.FULL,
    name: ListName = BLACK,
    *,
    guard: str = "",
    text: str = "",
    guarded: Guarded | None = None,
) -> Compared:
    config, registry = configured(path, text, guard)
    with open_writer(config) as writer:
        return compare(writer, run, name, way, circumstances(registry, guarded))


def has(path: Path, *numbers: int, name: ListName = BLACK) -> None:
    load_text(path / "store", listed(*numbers), name=name, source=NAME)


def test_a_full_list_is_compared_with_what_is_there(tmp_path: Path) -> None:
    has(tmp_path, 1, 2)
    found = compared(tmp_path, bundle(1, delivery(BLACK, listed(2, 3, 4))))
    assert (found.tally.added, found.tally.removed, found.tally.unchanged) == (2, 1, 1)
    assert (found.before, found.after, found.rows, found.present) == (2, 3, 3, 0)


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


@pytest.mark.parametrize("end", ["", "\n00100199000002"])
def test_a_file_whose_last_line_has_no_end_is_not_whole(tmp_path: Path, end: str) -> None:
    cut = part(listed(1).rstrip("\n") + end, name="a.csv")
    with pytest.raises(BundleError, match=r"a\.csv: .*more may be missing"):
        compared(tmp_path, bundle(1, delivery(BLACK, cut)))


def test_a_wrong_row_is_named_and_refused(tmp_path: Path) -> None:
    text = listed(1) + "123456789012\n"
    with pytest.raises(BundleError) as caught:
        compared(tmp_path, bundle(1, delivery(BLACK, part(text, name="a.csv"))))
    assert "line 3 of a.csv" in str(caught.value)
    assert "1 line of 2 wrong" in str(caught.value)


def test_wrong_rows_may_be_tolerated(tmp_path: Path) -> None:
    run = bundle(1, delivery(BLACK, listed(1) + "123456789012\n"))
    for guard in ("rejects_percent = 50", "partial = true"):
        found = compared(tmp_path, run, guard=guard)
        assert (found.bad, found.rows, found.tally.added) == (1, 2, 1)
    with pytest.raises(BundleError):
        compared(tmp_path, run, guard="rejects_percent = 49")


def test_a_manifest_knows_how_many_rows_there_are(tmp_path: Path) -> None:
    for rows in (1, 3):
        with pytest.raises(BundleError, match=f"2 lines, and its manifest says {rows}"):
            compared(tmp_path, bundle(1, delivery(BLACK, part(listed(1, 2), rows=rows))))
    compared(tmp_path, bundle(1, delivery(BLACK, part(listed(1, 2), rows=2))))


def test_lines_of_two_parts_contradict_each_other(tmp_path: Path) -> None:
    parts = part(listed(1), Does.PUT, "a.csv"), part(listed(1), Does.REMOVE, "b.csv")
    run = bundle(2, delivery(BLACK, None, *parts, base=1))
    for guard in ("", 'conflicts = "earliest-date"'):
        with pytest.raises(BundleError) as caught:
            compared(tmp_path, run, Way.DELTA, guard=guard)
        assert "line 2 of a.csv" in str(caught.value)
        assert "line 2 of b.csv" in str(caught.value)


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


def test_a_full_list_has_no_operations(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no column that says"):
        compared(tmp_path, bundle(1, delivery(BLACK, f"imei,op\n{imei(1)},add\n")))


def test_a_registry_speaks_for_itself(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="another source, local"):
        compared(tmp_path, bundle(1, delivery(BLACK, f"imei,source\n{imei(1)},local\n")))


@pytest.mark.parametrize(("policy", "left_out", "added"), [("store", 0, 2), ("skip", 1, 1)])
def test_identities_that_are_no_imei_are_stored_or_skipped(
    tmp_path: Path, policy: str, left_out: int, added: int
) -> None:
    run = bundle(1, delivery(BLACK, f"imei\n{imei(1)}\n0010*#AB\n"))
    found = compared(tmp_path, run, guard=f'malformed = "{policy}"')
    assert (found.malformed, found.tally.added, found.bad) == (left_out, added, 0)


def test_identities_that_are_no_imei_may_count_as_wrong(tmp_path: Path) -> None:
    run = bundle(1, delivery(BLACK, f"imei\n{imei(1)}\n0010*#AB\n"))
    with pytest.raises(BundleError, match="1 line of 2 wrong"):
        compared(tmp_path, run, guard='malformed = "refuse"')
    found = compared(tmp_path, run, guard='malformed = "refuse"\nrejects_percent = 50')
    assert (found.bad, found.tally.added) == (1, 1)


def test_what_the_operator_protects_is_left_out(tmp_path: Path) -> None:
    protected = Entry(ListName.PROTECTED, "local")
    lines = [
        Line(read_subject({"imei": imei(1)}, ListName.PROTECTED), protected),
        Line(read_subject({"imei": "0010*#AB"}, ListName.PROTECTED), protected),
    ]
    run = bundle(1, delivery(BLACK, listed(1, 2) + "0010*#AB\n"))
    found = compared(tmp_path, run, guarded=Guarded(lines, 0))
    assert (found.protected, found.tally.added) == (2, 1)
    has(tmp_path, 1)
    removal = bundle(2, delivery(BLACK, None, part(listed(1), Does.REMOVE), base=1))
    found = compared(tmp_path, removal, Way.DELTA, guarded=Guarded(lines, 0))
    assert (found.protected, found.tally.removed) == (0, 1)


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


def test_days_are_the_registrys_and_the_last_one_is_known(tmp_path: Path) -> None:
    run = bundle(1, delivery(BLACK, f"imei,block_date\n{imei(1)},20260101\n{imei(2)},20251231\n"))
    found = compared(tmp_path, run, text='timezone = "Asia/Karachi"')
    assert found.latest == 1767225600 - 5 * 3600


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
