"""Files that lack others, strange files, and links (docs/registry.md, cases 21 and 33)."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import PAIRS, Case, Run, black, first, imei, imsi, pair, table

NEXT = Run(number=41, base=36, blocked=black(11), added=[pair(11)])
ZIP = f"{NEXT.named}_blacklist.zip"
PAIRS_ZIP = f"{NEXT.named}_exceptions_op1.zip"
ADD = "ADD_Pair_List_2025-01-03_00-00-00.csv"
REMOVE = "REMOVE_Pair_List_2025-01-03_00-00-00.csv"


def halves(subscriber: int) -> dict[str, bytes]:
    """Let equipment 1 go on with another subscriber."""
    header = "imei,imsi,change_type"
    return {
        ADD: table(header, [f"{imei(1)},{imsi(subscriber)},add"]),
        REMOVE: table(header, [f"{imei(1)},{imsi(1)},remove"]),
    }


def whole(day: int, subscriber: int) -> dict[str, bytes]:
    lines = [f"{imei(1)},{imsi(subscriber)}"]
    return {f"Pair_List_Complete_2025-01-{day:02}_00-00-00.csv": table("imei,imsi", lines)}


@pytest.fixture
def dps(tmp_path: Path) -> Case:
    """Serve one pair, and wait for nothing."""
    case = Case(Shell(tmp_path), form="dps")
    case.configure("pair_wait_s = 0")
    case.applied(whole(2, 1))
    return case


def pairs(case: Case) -> list[tuple[str, ...]]:
    return sorted(case.contents(PAIRS))


def refuses_every_night(case: Case, *names: str) -> None:
    """See that files are told of and kept, however often a sync comes by."""
    assert set(names) <= set(case.sync().report["waiting"])
    for _ in range(3):
        with case.unchanged():
            synced = case.sync()
        assert (synced.code, sorted(synced.report["lacking"])) == (4, sorted(names))
        assert set(synced.report["refused"]) == set(names)
        assert synced.report["fetched"] == []  # to fetch them again would restart their clocks


def test_case_21_half_of_a_pair_of_dps_is_kept_until_the_other_half_comes(dps: Case) -> None:
    files = halves(2)
    dps.put({ADD: files[ADD]})
    refuses_every_night(dps, ADD)
    synced = dps.applied({REMOVE: files[REMOVE]})
    assert synced.report["refused"] == {}
    assert pairs(dps) == [(imei(1), imsi(2))]
    assert dps.sync().code == 0


def test_case_21_half_of_a_pair_of_dps_is_kept_until_a_later_full_list_serves(dps: Case) -> None:
    dps.put({ADD: halves(2)[ADD]})
    refuses_every_night(dps, ADD)
    synced = dps.applied(whole(4, 3))
    (ignored,) = synced.report["ignored"]
    assert (ignored["files"], synced.report["lacking"]) == ([ADD], [])
    assert "a later full list serves" in ignored["reason"]
    assert pairs(dps) == [(imei(1), imsi(3))]
    assert dps.sync().code == 0


def test_case_21_loose_files_of_dirbs_wait_for_each_other_every_night(case: Case) -> None:
    case.configure("pair_wait_s = 0")
    loose = NEXT.blacklist | NEXT.exceptions
    (late,) = (name for name in loose if name.endswith("unblocked.csv"))
    some = {name: octets for name, octets in NEXT.blacklist.items() if name != late}
    case.put(some)
    refuses_every_night(case, *some)
    case.applied(NEXT.exceptions, {late: loose[late]})
    assert (case.imeis(), case.imeis(PAIRS)) == (list(range(1, 12)), [10, 11])


def manifest_of(files: dict[str, bytes]) -> dict[str, bytes]:
    said = {
        "registry": "national",
        "run": 41,
        "base": 36,
        "generated": "2026-01-02T00:03:02Z",
        "files": [
            {"name": name, "sha256": hashlib.sha256(octets).hexdigest()}
            for name, octets in files.items()
        ],
    }
    return {"41.manifest.json": json.dumps(said).encode()}


def test_files_without_their_manifest_are_kept_until_it_comes(case: Case) -> None:
    case.configure("require_manifest = true\npair_wait_s = 0")
    case.put(NEXT)
    refuses_every_night(case, ZIP, PAIRS_ZIP)
    case.applied(manifest_of(NEXT.archives()))
    assert case.sync().code == 0


def test_a_manifest_without_one_of_its_files_is_kept_until_that_comes(case: Case) -> None:
    case.configure("pair_wait_s = 0")
    files = NEXT.archives()
    case.put(manifest_of(files), {ZIP: files[ZIP]})
    refuses_every_night(case, ZIP, "41.manifest.json")
    case.applied({PAIRS_ZIP: files[PAIRS_ZIP]})
    assert (case.imeis(), case.sync().code) == (list(range(1, 12)), 0)


def test_a_manifest_that_comes_late_and_is_wrong_does_not_use_up_the_files(case: Case) -> None:
    case.configure("require_manifest = true\npair_wait_s = 0")
    case.put(NEXT)
    refuses_every_night(case, ZIP, PAIRS_ZIP)
    case.put({"41.manifest.json": b"{"})
    assert case.sync().code == 4
    case.applied(manifest_of(NEXT.archives()))


def test_a_source_that_has_other_files_than_the_format_knows_is_told_of(tmp_path: Path) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure()
    case.put(first(), NEXT)
    synced = case.sync()
    assert synced.code == 0
    (warning,) = synced.report["warnings"]
    assert warning.startswith("none of the 4 files is one that gl-ceir knows: 20250101_000336_")


@pytest.mark.parametrize(("wait", "code"), [(3_600, 0), (0, 5)])
def test_a_run_without_exceptions_names_the_operator_they_were_looked_for_under(
    tmp_path: Path, wait: int, code: int
) -> None:
    case = Case(Shell(tmp_path))
    case.configure(f"pair_wait_s = {wait}")
    text = case.shell.config.read_text()
    case.shell.config.write_text(text.replace('operator = "op1"', 'operator = "op9"'))
    case.put(first())
    synced = case.sync()
    assert synced.code == code
    (warning,) = synced.report["warnings"]
    assert "run 36 lacks its exception list" in warning
    assert "looked for under the operator op9" in warning


def test_case_33_a_link_in_the_directory_is_refused_and_not_followed(case: Case) -> None:
    secret = case.shell.directory / "secret.zip"
    secret.write_bytes(NEXT.archives()[ZIP])
    (case.outbox / ZIP).symlink_to(secret)
    (case.outbox / "readme.txt").symlink_to("/etc/hostname")
    case.put({PAIRS_ZIP: NEXT.archives()[PAIRS_ZIP]})
    synced = case.sync()
    assert synced.code == 4
    assert list(synced.report["refused"]) == [ZIP]
    said = f"{ZIP} is a symbolic link, and those are never followed; next: "
    assert synced.report["refused"][ZIP].startswith(said)
    assert (synced.report["fetched"], case.imeis()) == ([PAIRS_ZIP], list(range(1, 11)))
    (case.outbox / ZIP).unlink()
    case.applied(NEXT)
