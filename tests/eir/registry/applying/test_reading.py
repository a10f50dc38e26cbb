"""What rows come to, and which of them are not believed."""

from pathlib import Path

import pytest

from eir.lists.guarded import Guarded
from eir.lists.lines import read_subject
from eir.lists.names import ListName
from eir.registry.bundle import Does
from eir.registry.outcome import BundleError
from eir.registry.planning.chain import Way
from eir.store.catalog import Line
from eir.store.rows import Entry
from tests.eir.registry.runs import (
    BLACK,
    bundle,
    compared,
    delivery,
    has,
    imei,
    listed,
    part,
)


@pytest.mark.parametrize("end", ["", "\n00100199000002"])
def test_a_file_whose_last_line_has_no_end_is_not_whole(tmp_path: Path, end: str) -> None:
    cut = part(listed(1).rstrip("\n") + end, name="a.csv")
    with pytest.raises(BundleError, match=r"a\.csv: .*more may be missing"):
        compared(tmp_path, bundle(1, delivery(BLACK, cut)))


@pytest.mark.parametrize("digits", [10, 11, 12, 13])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_whose_last_identity_lost_digits_is_not_whole(
    tmp_path: Path, digits: int, end: str
) -> None:
    cut = part(listed(1) + imei(2)[:digits] + end, name="a.csv")
    with pytest.raises(BundleError, match=r"a\.csv: its last line may be cut"):
        compared(tmp_path, bundle(1, delivery(BLACK, cut)), guard="partial = true")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("imei\n00100199001\n00100199000002\n", id="elsewhere"),
        pytest.param("imei\n00100199000002\n001001990\n", id="shorter"),
        pytest.param("imei\n00100199000002\n00100199001\n\n", id="a blank line behind it"),
        pytest.param("imei,reason\n00100199000002,a\n00100199001,\n", id="a cell behind it"),
        pytest.param("imei,reason\n00100199000001,\n00100199000002,00100199001\n", id="a reason"),
    ],
)
def test_short_identities_are_believed_where_nothing_is_cut(tmp_path: Path, text: str) -> None:
    assert compared(tmp_path, bundle(1, delivery(BLACK, text))).tally.added == 2


def test_a_wrong_row_is_named_and_refused(tmp_path: Path) -> None:
    text = listed(1) + "123456789012345678\n"
    with pytest.raises(BundleError) as caught:
        compared(tmp_path, bundle(1, delivery(BLACK, part(text, name="a.csv"))))
    assert "line 3 of a.csv" in str(caught.value)
    assert "1 line of 2 wrong" in str(caught.value)


def test_wrong_rows_may_be_tolerated(tmp_path: Path) -> None:
    run = bundle(1, delivery(BLACK, listed(1) + "123456789012345678\n"))
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


def test_days_are_the_registrys_and_the_last_one_is_known(tmp_path: Path) -> None:
    run = bundle(1, delivery(BLACK, f"imei,block_date\n{imei(1)},20260101\n{imei(2)},20251231\n"))
    found = compared(tmp_path, run, text='timezone = "Asia/Karachi"')
    assert found.latest == 1767225600 - 5 * 3600
