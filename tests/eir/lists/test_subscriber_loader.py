import io
from pathlib import Path

import pytest

from eir.errors import ListFileError, UsageError
from eir.lists.loader import Mode, Outcome, Request
from eir.lists.names import ListName
from eir.lists.subscriber_loader import load_subscribers
from eir.store.catalog import reading_lists
from eir.store.journal import Action, Counts
from eir.store.layout import Truth
from eir.store.verify import verify

ONE, TWO = "001010000000001", "001010000000002"


def load(path: Path, text: str, mode: Mode | None = Mode.FULL, **request: int) -> Outcome:
    asked = Request(
        Truth(ListName.PROHIBITED, "local"),
        mode,
        "tester",
        "subscribers.csv",
        action=Action.SUBSCRIBERS,
        max_bad=request.get("max_bad", 0),
        allow_empty=bool(request.get("allow_empty")),
    )
    return load_subscribers(path, io.BytesIO(text.encode()), asked, progress=lambda _: None)


def subscribers(path: Path, version: int | None = None) -> dict[str, str]:
    with reading_lists(path, version) as lists:
        return dict(lists.subscribers())


def test_a_full_file_is_the_whole_map(tmp_path: Path) -> None:
    assert load(tmp_path, f"imsi,msisdn\n{ONE},15550001\n{TWO},15550002\n").version == 1
    outcome = load(tmp_path, f"msisdn,imsi\n15550003,{TWO}\n")
    assert (outcome.version, outcome.counts) == (2, Counts(updated=1, removed=1))
    assert subscribers(tmp_path) == {TWO: "15550003"}
    assert subscribers(tmp_path, 1) == {ONE: "15550001", TWO: "15550002"}
    assert verify(tmp_path).version == 2


def test_a_delta_puts_and_removes(tmp_path: Path) -> None:
    load(tmp_path, f"imsi,msisdn\n{ONE},15550001\n")
    text = f"op,imsi,msisdn\nremove,{ONE},\nadd,{TWO},15550002\nremove,00101,\n"
    outcome = load(tmp_path, text, mode=None)
    assert (outcome.mode, outcome.counts) == (Mode.DELTA, Counts(added=1, removed=1, absent=1))
    assert subscribers(tmp_path) == {TWO: "15550002"}


def test_the_journal_tells_it_from_a_list(tmp_path: Path) -> None:
    load(tmp_path, f"imsi,msisdn\n{ONE},15550001\n")
    with reading_lists(tmp_path) as lists:
        record = lists.record(1)
    assert (record.action, record.changes) == (Action.SUBSCRIBERS, {"subscribers": -1})


def test_the_same_again_makes_no_version(tmp_path: Path) -> None:
    text = f"imsi,msisdn\n{ONE},15550001\n"
    load(tmp_path, text)
    outcome = load(tmp_path, text)
    assert (outcome.changed, outcome.version, outcome.counts) == (False, 1, Counts(unchanged=1))


@pytest.mark.parametrize("columns", ["imsi", "msisdn", "imei,imsi,msisdn", "imsi,msisdn,reason"])
def test_other_columns_are_refused(tmp_path: Path, columns: str) -> None:
    with pytest.raises(ListFileError, match=r"subscribers\.csv: .*imsi and msisdn"):
        load(tmp_path, f"{columns}\n")


def test_a_header_that_cannot_be_read_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ListFileError, match=r"subscribers\.csv: the file is empty"):
        load(tmp_path, "")


def test_a_file_without_operations_needs_a_mode(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load(tmp_path, "imsi,msisdn\n", mode=None)


@pytest.mark.parametrize("line", [f"{ONE},", ",15550001"])
def test_a_line_without_both_numbers_is_wrong(tmp_path: Path, line: str) -> None:
    text = f"imsi,msisdn\n{line}\n{TWO},15550002\n"
    with pytest.raises(ListFileError, match="1 bad line") as caught:
        load(tmp_path, text)
    assert ONE not in str(caught.value)
    assert load(tmp_path, text, max_bad=1).counts == Counts(added=1, bad=1)


def test_repeated_lines_are_counted_and_contradictions_refused(tmp_path: Path) -> None:
    line = f"{ONE},15550001\n"
    assert load(tmp_path, f"imsi,msisdn\n{line}{line}").counts == Counts(added=1, duplicates=1)
    with pytest.raises(ListFileError, match="the same subscriber as line 2") as caught:
        load(tmp_path, f"imsi,msisdn\n{line}{ONE},15550002\n")
    assert ONE not in str(caught.value)
    assert verify(tmp_path).version == 1


def test_an_empty_map_needs_a_word_more(tmp_path: Path) -> None:
    load(tmp_path, f"imsi,msisdn\n{ONE},15550001\n")
    with pytest.raises(ListFileError, match="the 1 of the map would all go"):
        load(tmp_path, "imsi,msisdn\n")
    assert load(tmp_path, "imsi,msisdn\n", allow_empty=1).counts == Counts(removed=1)
    assert subscribers(tmp_path) == {}
