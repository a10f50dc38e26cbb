"""Files that are damaged, hostile or not whole (docs/registry.md, cases 8 to 10, 20, 26, 33)."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import (
    PAIRS,
    Case,
    Run,
    Synced,
    black,
    imei,
    pair,
    table,
    zipped,
)

NEXT = Run(number=41, base=36, blocked=black(11), added=[pair(11)])
ZIP = f"{NEXT.named}_blacklist.zip"
PAIRS_ZIP = f"{NEXT.named}_exceptions_op1.zip"
HEADER = "imei,block_date,reasons"
BLOCKED = f"{NEXT.named}_blacklist_delta_36_41_blocked.csv"

# Runs `eir`, and whenever that waits, the file that is named first has one octet more.
GROWING = """
import pathlib, sys, time
file = pathlib.Path(sys.argv.pop(1))
time.sleep = lambda _: file.write_bytes(file.read_bytes() + bytes(1))
from eir.cli import main
main()
"""


def refused(case: Case, *files: dict[str, bytes]) -> Synced:
    """Deliver the next run with some files that are wrong; then the right ones, which are taken."""
    case.put(NEXT.archives() | {name: octets for each in files for name, octets in each.items()})
    with case.unchanged():
        synced = case.sync()
        assert case.sync().code == 4  # it is fetched again, and is wrong still
    assert (synced.code, synced.report["outcome"]) == (4, "refused")
    assert case.answer(1) == "prohibited"
    again = case.applied(NEXT)
    assert (again.runs, case.imeis(), case.imeis(PAIRS)) == (
        [(41, "applied")],
        list(range(1, 12)),
        [10, 11],
    )
    return synced


def damaged(name: str) -> bytes:
    """Change an octet inside a member."""
    octets = NEXT.archives()[name]
    return octets.replace(imei(11).encode(), imei(12).encode(), 1)


def without(member: str) -> bytes:
    return zipped({name: octets for name, octets in NEXT.blacklist.items() if member not in name})


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        pytest.param(NEXT.archives()[ZIP][:300], "damaged", id="truncated"),
        pytest.param(b"", "damaged", id="empty"),
        pytest.param(damaged(ZIP), "damaged: Bad CRC-32", id="checksum"),
        pytest.param(without("unblocked"), "lacks a member: unblocked", id="member missing"),
        pytest.param(zipped({}), "is empty", id="no member"),
        pytest.param(
            zipped(NEXT.blacklist | {"readme.txt": b"hello"}),
            "does not belong there",
            id="unknown member",
        ),
    ],
)
def test_case_08_a_damaged_archive_is_refused_and_fetched_again(
    case: Case, octets: bytes, why: str
) -> None:
    synced = refused(case, {ZIP: octets})
    assert why in synced.report["refused"][ZIP]
    assert f"refused {ZIP}: " in synced.sentences


def test_case_08_an_archive_with_another_operators_list_is_not_opened(case: Case) -> None:
    foreign = Run(number=41, base=36, added=[f"{imei(7)},001100000000777,1550000777"])
    others = {
        name.replace("exceptions_op1", "exceptions_op10"): octets
        for name, octets in foreign.exceptions.items()
    }
    synced = refused(case, {PAIRS_ZIP: zipped(NEXT.exceptions | others)})
    assert "has lists of other operators (op10)" in synced.report["refused"][PAIRS_ZIP]
    everywhere = [path for path in case.shell.store.rglob("*") if path.is_file()]
    assert not [path for path in everywhere if b"001100000000777" in path.read_bytes()]


def test_case_08_another_operators_archive_in_the_same_directory_is_left_there(case: Case) -> None:
    other = Run(number=41, base=36, added=[pair(3)], operator="op10")
    name = f"{other.named}_exceptions_op10.zip"
    synced = case.applied(NEXT, {name: other.archives()[name]})
    assert name not in synced.report["fetched"]
    assert case.imeis(PAIRS) == [10, 11]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda lines: lines[:-2], id="no end of line"),
        pytest.param(lambda lines: lines[:-20], id="fewer cells"),
        pytest.param(lambda lines: lines[: lines.index(b"\n") + 12], id="an IMEI of 11 digits"),
    ],
)
def test_case_09_a_list_that_is_cut_off_is_refused(
    case: Case, change: Callable[[bytes], bytes]
) -> None:
    members = NEXT.blacklist
    synced = refused(case, {ZIP: zipped(members | {BLOCKED: change(members[BLOCKED])})})
    assert synced.runs == [(41, "refused")]
    assert synced.run["reason"] == (
        f"{ZIP}: {BLOCKED}: its last line has no end, so more may be missing"
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param(f"{imei(11)},20250101", "2 cells, and the header has 3", id="fewer cells"),
        pytest.param(imei(11)[:11], "1 cells, and the header has 3", id="only an IMEI's start"),
    ],
)
def test_case_09_a_line_that_lacks_cells_is_refused(case: Case, line: str, why: str) -> None:
    wrong = table(HEADER, [*black(12), line])
    synced = refused(case, {ZIP: zipped(NEXT.blacklist | {BLOCKED: wrong})})
    assert synced.runs == [(41, "refused")]
    assert f"line 3 of {ZIP}: {BLOCKED}: {why}" in synced.run["reason"]
    assert imei(11) not in synced.sentences


def test_case_09_a_plain_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path), form="csv")
    case.configure()
    case.applied({"prohibited_full_1.csv": table("imei", [imei(1)])})
    case.put({"prohibited_delta_1_2.csv": table("imei", [imei(2), imei(3)])[:-4]})
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (4, [(2, "refused")])


@pytest.mark.parametrize("ending", [".part", ".tmp", ".filepart"])
def test_case_10_a_file_with_the_name_of_one_that_is_written_waits(case: Case, ending: str) -> None:
    files = NEXT.archives()
    case.put({PAIRS_ZIP: files[PAIRS_ZIP], f"{ZIP}{ending}": files[ZIP][:100]})
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.report["outcome"]) == (0, "waiting")
    assert f"{ZIP}{ending}" in synced.report["waiting"]
    (case.outbox / f"{ZIP}{ending}").unlink()
    assert case.applied(files).runs == [(41, "applied")]


def test_case_10_a_file_that_grows_waits(case: Case) -> None:
    case.configure(fetch="settle_s = 1")
    case.put(NEXT)
    with case.unchanged():
        ended = case.program(GROWING, str(case.outbox / ZIP), "sync", "--json")
    (report,) = ended.said["registries"]
    assert (ended.code, report["outcome"]) == (0, "waiting")
    assert ZIP in report["waiting"]
    case.configure()
    assert case.applied(NEXT).runs == [(41, "applied")]


def test_case_20_notifications_under_the_name_of_the_blacklist_are_refused(case: Case) -> None:
    grey = table("imei,imsi,msisdn,block_date,reasons", [f"{pair(11)},20250301,because"])
    synced = refused(case, {ZIP: zipped(NEXT.blacklist | {BLOCKED: grey})})
    why = synced.report["refused"][ZIP]
    assert "its columns are imei, imsi, msisdn, block_date, reasons" in why


def test_case_20_another_operators_list_under_our_name_is_refused(case: Case) -> None:
    other = Run(number=41, base=36, added=[pair(3)], operator="op2")
    synced = refused(case, {PAIRS_ZIP: zipped(other.exceptions)})
    assert "other operators (op2)" in synced.report["refused"][PAIRS_ZIP]


@pytest.mark.parametrize(
    ("foreign", "code"), [pytest.param(2, 0, id="half"), pytest.param(3, 4, id="more than half")]
)
def test_case_20_where_most_subscribers_are_another_countrys_the_list_is_refused(
    case: Case, foreign: int, code: int
) -> None:
    case.configure('home_imsi_prefixes = ["00101", "00110"]')
    strangers = [f"{imei(20 + n)},99999{n:010},1550000000" for n in range(foreign)]
    case.put(Run(number=41, base=36, added=[pair(1), pair(2), *strangers]))
    before = case.export(PAIRS)
    synced = case.sync()
    assert (synced.code, [run for run, _ in synced.runs]) == (code, [41])
    if code:
        assert "3 of 5 IMSIs are not of 00101, 00110" in synced.run["reason"]
        assert case.export(PAIRS) == before


AS_EVER = black(11, 12, reasons='"Duplicate IMEI, cloned|TAC not found"')


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"\xef\xbb\xbf" + table(HEADER, AS_EVER), id="byte order mark"),
        pytest.param(table(HEADER, AS_EVER).replace(b"\r\n", b"\n"), id="LF"),
        pytest.param(table(HEADER, AS_EVER).replace(b"\r\n", b"\n", 2), id="mixed line ends"),
        pytest.param(table(HEADER.upper(), AS_EVER), id="upper case"),
        pytest.param(
            table(
                "reasons,block_date,imei",
                [f'"Duplicate IMEI, cloned|TAC not found",20250101,{imei(n)}' for n in (11, 12)],
            ),
            id="reordered columns",
        ),
        pytest.param(
            table(HEADER, [line.replace(",20250101,", " ,20250101 ,") for line in AS_EVER]),
            id="trailing spaces",
        ),
    ],
)
def test_case_26_the_same_lines_written_otherwise_say_the_same(case: Case, octets: bytes) -> None:
    case.applied(
        {ZIP: zipped(NEXT.blacklist | {BLOCKED: octets})}, {PAIRS_ZIP: NEXT.archives()[PAIRS_ZIP]}
    )
    said = case.contents()
    assert {key[0][8:] for key in said} == {f"{n:06}" for n in range(1, 13)}
    for number in (11, 12):
        line = said[imei(number),]
        assert line.reason == "Duplicate IMEI, cloned|TAC not found"
        assert line.effective == "2025-01-01T00:00:00Z"


def test_case_26_a_reason_in_latin_1_is_read_and_an_identity_that_is_no_utf_8_is_not(
    case: Case,
) -> None:
    umlaut = table(HEADER, black(11, reasons="gestohlen in K\xf6ln")).decode().encode("latin-1")
    damaged_key = table(HEADER, AS_EVER).replace(
        imei(12).encode(), imei(12).encode()[:13] + b"\xff"
    )
    synced = refused(case, {ZIP: zipped(NEXT.blacklist | {BLOCKED: damaged_key})})
    assert "line 3" in synced.report["runs"][0]["reason"]
    later = Run(number=47, base=41, blocked=["x"])
    members = {
        name: umlaut.replace(imei(11).encode(), imei(13).encode()) if "_blocked" in name else octets
        for name, octets in later.blacklist.items()
    }
    case.applied(later.archives() | {f"{later.named}_blacklist.zip": zipped(members)})
    assert case.contents()[imei(13),].reason == "gestohlen in K\xf6ln"


def hostile(name: str, *, mode: int = 0) -> bytes:
    """Put one more member into the archive."""
    octets = io.BytesIO(zipped(NEXT.blacklist))
    with zipfile.ZipFile(octets, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, "/etc/hostname")
    return octets.getvalue()


def bomb() -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in NEXT.blacklist.items():
            archive.writestr(name, content + bytes(1 << 20) * (name == BLOCKED))
    return octets.getvalue()


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        pytest.param(bomb(), "and 100000 are allowed", id="bomb"),
        pytest.param(hostile("../../cron.csv"), "no plain file name", id="path traversal"),
        pytest.param(hostile("/srv/cron.csv"), "no plain file name", id="absolute"),
        pytest.param(hostile("link.csv", mode=0o120777), "it is a link", id="link"),
    ],
)
def test_case_33_a_hostile_archive_is_refused_and_leaves_nothing(
    case: Case, octets: bytes, why: str
) -> None:
    case.configure(fetch="settle_s = 0\nmax_unpacked_octets = 100000")
    synced = refused(case, {ZIP: octets})
    assert why in synced.report["refused"][ZIP]
    assert not list(case.shell.directory.rglob("cron.csv"))
    assert not (case.shell.store / "registry" / case.name / "scratch").exists()
