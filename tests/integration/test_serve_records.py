"""What checks leave behind: files of records, whatever happens to who writes them."""

import contextlib
import csv
import gzip
import io
import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eir.lists.names import ListName
from eir.records.names import files_in
from tests.harness import (
    MME,
    PATIENCE,
    PEER,
    PROHIBITED,
    SUCCESS,
    Client,
    Node,
    ecr,
    load_list,
    serving,
)
from tests.integration.test_serve_map_tcp import LISTENING, VECTORS, connect
from tests.integration.test_serve_reload import reload
from tests.protocols.sccp.messages import MSC_DIGITS, MSC_GT, UDT
from tests.protocols.sccp.messages import message as sccp
from tests.protocols.ss7_octets import with_user_data

LISTED, UNLISTED = "35209900000001", "35209900100002"
ROOM = 1_024  # records that wait at most
RECORDS = """[records]
identities = "whole"
permitted_one_in = 1
leave_free_octets = 0
rotate_octets = 65536
"""
LITTLE_ROOM = f"waiting_records = {ROOM}\n"

Row = dict[str, str]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path, PEER + RECORDS) as node:
        yield node


@pytest.fixture
def node_of_little_room(tmp_path: Path) -> Iterator[Node]:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path, PEER + RECORDS + LITTLE_ROOM) as node:
        yield node


def recorder_of(node: Node) -> int:
    """Find the process that writes records; wait until there is one."""
    children = Path(f"/proc/{node.process.pid}/task/{node.process.pid}/children")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for pid in children.read_text(encoding="ascii").split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended since
                if b"eir.records.recorder" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return int(pid)
    raise AssertionError("there is no recorder")


def rows_in(directory: Path) -> list[Row]:
    """Read every record that a node of this directory wrote."""
    return rows_of(directory / "store" / "records")


def rows_of(records: Path) -> list[Row]:
    """Read every record, in the order of the files' names; each file is whole."""
    rows = []
    for name, path in files_in(records):
        assert name.last is not None, "it was not finished"
        octets = path.read_bytes()
        text = (gzip.decompress(octets) if name.is_packed else octets).decode()
        assert text.endswith("\n")
        is_csv = name.form == "csv"
        lines = io.StringIO(text)
        rows += list(csv.DictReader(lines)) if is_csv else [json.loads(line) for line in lines]
    return rows


def ask(mme: Client, count: int, *, first: int = 0) -> set[int]:
    """Ask about so many equipments, each another one, many at a time; give which were checked.

    A machine that is busy for long sheds some: they are answered, and leave no record.
    """
    checked = set()
    for start in range(first, first + count, 50):
        numbers = range(start, min(start + 50, first + count))
        mme.send(b"".join(ecr(f"352099{number:08}", number=number + 1) for number in numbers))
        answers = [mme.receive() for _ in numbers]
        assert {answer.number for answer in answers} == {number + 1 for number in numbers}
        checked |= {answer.number - 1 for answer in answers if answer.result == SUCCESS}
    return checked


def numbers_in(rows: list[Row]) -> list[int]:
    return [int(row["imei"][6:]) for row in rows]


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until


def wait_until_written(node: Node, count: int) -> None:
    wait_until(lambda: node.metrics()["eir_written_check_records_total"] >= count)


def wait_until_none_waits(node: Node) -> None:
    wait_until(lambda: not node.metrics()["eir_waiting_check_records"])


def test_a_record_says_who_was_asked_about_and_what_was_answered(
    node: Node, tmp_path: Path
) -> None:
    with node.connect() as mme:
        mme.open()
        assert mme.check(LISTED).status == PROHIBITED
    assert node.stop() == 0
    (row,) = rows_in(tmp_path)
    assert float(row.pop("duration_us")) > 0
    assert row.pop("time").endswith("Z")
    assert row == {
        "interface": "s13",
        "peer": MME,
        "tac": "35209900",
        "imei": LISTED,
        "svn": "",
        "plmn": "00101",
        "imsi": "001010000000001",
        "verdict": "prohibited",
        "reason": "listed",
        "rule": "prohibited",
        "version": "1",
        "would_be": "",
    }


def test_a_record_of_map_says_the_point_code_and_the_calling_digits(tmp_path: Path) -> None:
    load_list(tmp_path, ListName.PROHIBITED, LISTED)
    with serving(tmp_path, LISTENING + RECORDS) as node, connect(node) as msc:
        msc.open()
        msc.ask(VECTORS["jss7_v3_begin"].octets)
        msc.ask(with_user_data(sccp(UDT, calling=MSC_GT)))
        msc.ask(VECTORS["hand_v2_huawei_imsi_begin"].octets)
        assert node.stop() == 0
    rows = rows_in(tmp_path)
    assert {row["interface"] for row in rows} == {"map"}
    assert [(row["peer"], row["imei"], row["imsi"], row["verdict"]) for row in rows] == [
        ("0-1-2", f"{LISTED}0", "", "prohibited"),
        (f"0-1-2/{MSC_DIGITS}", f"{LISTED}0", "", "prohibited"),
        ("0-1-2", "356467044989910", "724340300385763", "permitted"),
    ]


def test_another_configuration_counts_for_the_records_that_follow(
    node: Node, tmp_path: Path
) -> None:
    first, second = tmp_path / "store" / "records", tmp_path / "store" / "elsewhere"
    with node.connect() as mme:
        mme.open()
        ask(mme, 3)
        wait_until_written(node, 3)
        settings = 'directory = "elsewhere"\nformat = "jsonl"\nidentities = "tac"'
        reload(node, lambda text: follow(text, settings))
        wait_until(lambda: all(name.last is not None for name, _ in files_in(first)))
        ask(mme, 2, first=3)
        wait_until_written(node, 5)
        reload(node, lambda text: text.replace('"elsewhere"', '""'))
        wait_until(lambda: all(name.last is not None for name, _ in files_in(second)))
        ask(mme, 1, first=5)
        wait_until_none_waits(node)
    assert node.stop() == 0
    assert numbers_in(rows_of(first)) == [0, 1, 2]
    assert [row["tac"] for row in rows_of(second)] == ["35209900"] * 2
    assert not any(row["imei"] for row in rows_of(second))


def follow(text: str, settings: str) -> str:
    """Put other settings into `[records]`."""
    return text.replace('[records]\nidentities = "whole"', f"[records]\n{settings}")


def put(file: Path, text: str, mode: int) -> None:
    """Write a file that nobody sees with other rights, whatever the umask is."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.chmod(mode)
    new.rename(file)


def test_records_wait_for_the_key_that_they_are_hashed_with(node: Node, tmp_path: Path) -> None:
    key = tmp_path / "key"
    with node.connect() as mme:
        mme.open()
        reload(node, lambda text: follow(text, f'identities = "hashed"\nkey_file = "{key}"'))
        assert node.wait_for("records_not_written")["reason"] == f"{key}: No such file or directory"
        assert mme.check(LISTED).status == PROHIBITED
        put(key, "", 0o604)
        said = f"{key}: others may read this key, or change it"
        assert node.wait_for("records_not_written")["reason"] == said
        put(key, "a key of sixteen", 0o600)
        node.wait_for("records_written_again", lost=0)
    assert node.stop() == 0
    (row,) = rows_in(tmp_path)
    assert row["imei"].startswith("x")
    assert (row["tac"], row["verdict"]) == ("35209900", "prohibited")


def test_a_recorder_that_is_killed_costs_no_record_and_writes_none_twice(
    node: Node, tmp_path: Path
) -> None:
    with node.connect() as mme:
        mme.open()
        checked = set()
        for turn in range(3):
            checked |= ask(mme, 400, first=400 * turn)
            os.kill(recorder_of(node), signal.SIGKILL)
            node.wait_for("recorder_died", cause="SIGKILL")
        checked |= ask(mme, 100, first=1200)
    assert node.metrics()["eir_recorder_restarts_total"] == 3
    assert node.stop() == 0
    assert sorted(numbers_in(rows_in(tmp_path))) == sorted(checked)


def test_a_disk_that_takes_nothing_never_touches_answers(
    node_of_little_room: Node, tmp_path: Path
) -> None:
    node = node_of_little_room
    recorder = recorder_of(node)
    _, hard = resource.prlimit(recorder, resource.RLIMIT_FSIZE)
    with node.connect() as mme:
        mme.open()
        before = ask(mme, 100)
        wait_until_written(node, len(before))
        resource.prlimit(recorder, resource.RLIMIT_FSIZE, (0, hard))
        meanwhile = ask(mme, 2 * ROOM, first=100)
        line = node.wait_for("records_not_written")
        assert line["reason"] == f"{tmp_path}/store/records: File too large"
        assert node.page("/readyz")[0] == 200
        assert node.metrics()["eir_check_records_failing"] == 1
        resource.prlimit(recorder, resource.RLIMIT_FSIZE, (hard, hard))
        node.wait_for("records_written_again")
        after = ask(mme, 10, first=5 * ROOM)
        wait_until_none_waits(node)
        lost = node.metrics()['eir_lost_check_records_total{cause="refused"}']
    assert node.stop() == 0
    numbers = numbers_in(rows_in(tmp_path))
    assert len(set(numbers)) == len(numbers) == len(before | meanwhile | after) - lost
    assert before | after <= set(numbers)
    assert lost > 0


def test_what_a_recorder_does_not_read_in_time_is_lost_and_counted(
    node_of_little_room: Node, tmp_path: Path
) -> None:
    node = node_of_little_room
    os.kill(recorder_of(node), signal.SIGSTOP)
    with node.connect() as mme:
        mme.open()
        checked = ask(mme, 3 * ROOM)
        os.kill(recorder_of(node), signal.SIGKILL)
        node.wait_for("recorder_died", cause="SIGKILL")
        wait_until_none_waits(node)
        found = node.metrics()
    assert found["eir_check_records_total"] == len(checked)
    assert found['eir_lost_check_records_total{cause="late"}'] == len(checked) - ROOM
    assert node.stop() == 0
    written = numbers_in(rows_in(tmp_path))
    assert len(written) == ROOM
    assert set(written) <= checked
