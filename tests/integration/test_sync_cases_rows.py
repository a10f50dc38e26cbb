"""What lines of right files come to: docs/registry.md, cases 9, 11 to 16, 22 to 25; drift."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import (
    BLACK,
    NOTES,
    OLD,
    PAIRS,
    STOLEN,
    Case,
    Line,
    Run,
    black,
    first,
    imei,
    imsi,
    note,
    pair,
)

SINCE = "2025-01-01T00:00:00Z"


def test_case_11_lines_that_repeat_others_are_counted_and_do_nothing(case: Case) -> None:
    synced = case.applied(
        Run(number=41, base=36, blocked=black(11, 11, 12, 11), added=[pair(11)] * 2)
    )
    found = synced.list()
    assert (found["added"], found["duplicates"], found["rows"]) == (2, 2, 12)
    assert synced.list(PAIRS)["duplicates"] == 1
    assert "2 lines repeat others" in synced.sentences
    assert case.imeis() == list(range(1, 13))


EARLIER = "20240101"
CONFLICTS = [
    pytest.param((*black(11), *black(11, since=EARLIER)), id="another day"),
    pytest.param((*black(11, since=EARLIER), *black(11, reasons="other")), id="another reason"),
    pytest.param((*black(11), f"{imei(11)}5,{EARLIER},{STOLEN}"), id="15 digits"),
    pytest.param((*black(11), f"{imei(11)}01,{EARLIER},{STOLEN}"), id="16 digits"),
]


@pytest.mark.parametrize("lines", CONFLICTS)
def test_case_12_lines_that_contradict_others_are_refused(
    case: Case, lines: tuple[str, ...]
) -> None:
    case.put(Run(number=41, base=36, blocked=lines))
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (4, [(41, "refused")])
    assert "1 line contradict" in synced.run["reason"]
    assert "line 3" in synced.run["reason"]
    assert imei(11) not in synced.sentences


@pytest.mark.parametrize("lines", CONFLICTS)
def test_case_12_where_the_operator_wants_that_the_earliest_day_counts(
    case: Case, lines: tuple[str, ...]
) -> None:
    case.put(Run(number=41, base=36, blocked=lines))
    assert case.sync("--on-conflict", "earliest-date").code == 0
    assert case.contents()[imei(11),] == Line(STOLEN, "2024-01-01T00:00:00Z", "")


def test_case_12_a_full_list_that_contradicts_itself_is_refused(case: Case) -> None:
    lines = (*black(*range(1, 11)), *black(10, reasons="other"))
    case.put(Run(number=53, base=50, full=lines, pairs=[pair(10)]))
    with case.unchanged():
        assert case.sync().code == 4
    case.configure(guard='conflicts = "earliest-date"')
    assert case.sync().code == 0


def test_case_13_what_is_blocked_and_unblocked_in_one_delta_is_refused(case: Case) -> None:
    case.put(Run(number=41, base=36, blocked=black(11), unblocked=black(11)))
    with case.unchanged():
        synced = case.sync()
        by_date = case.sync("--on-conflict", "earliest-date")
    assert (synced.code, synced.runs) == (4, [(41, "refused")])
    assert (by_date.code, by_date.runs) == (4, [(41, "refused")])
    assert "_unblocked.csv" in synced.run["reason"]


def test_case_13_of_gl_such_an_identity_stays_as_it_is_until_the_next_full_list(
    tmp_path: Path,
) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure()
    case.applied({"BlackList_Full_20250101.csv": f"Device ID\n{imei(1)}\n{imei(2)}\n".encode()})
    lines = [
        f"{imei(n)},{does}"
        for n, does in ((1, "Add"), (1, "Delete"), (3, "Delete"), (3, "Add"), (4, "Add"))
    ]
    text = "".join(f"{line}\n" for line in ("Device Id,Operation", *lines))
    synced = case.applied({"BlackList_Incremental_20250102.csv": text.encode()})
    assert synced.list()["unordered"] == 2
    assert case.imeis() == [1, 2, 4]
    full = f"Device ID\n{imei(2)}\n{imei(3)}\n{imei(4)}\n"
    case.applied({"BlackList_Full_20250103.csv": full.encode()})
    assert case.imeis() == [2, 3, 4]


def test_case_14_a_removal_of_what_is_not_there_is_counted_and_does_no_harm(case: Case) -> None:
    case.configure(guard="unknown_removals = 1")
    synced = case.applied(Run(number=41, base=36, blocked=black(11), unblocked=black(1, 90)))
    found = synced.list()
    assert (found["added"], found["removed"], found["absent"]) == (1, 1, 1)
    assert "1 removed what is not there" in synced.sentences
    assert case.imeis() == list(range(2, 12))


@pytest.mark.parametrize("how", ["--strict", "strict = true"])
def test_case_14_a_strict_operator_refuses_it(case: Case, how: str) -> None:
    case.configure(guard="" if how.startswith("--") else how)
    case.put(Run(number=41, base=36, blocked=black(11), unblocked=black(1, 90)))
    with case.unchanged():
        synced = case.sync(*([how] if how.startswith("--") else []))
    assert (synced.code, synced.runs) == (4, [(41, "refused")])
    assert "1 rows remove what is not on the prohibited list" in synced.run["reason"]


def test_case_15_a_block_of_what_is_blocked_updates_what_is_said_of_it(case: Case) -> None:
    again = (*black(1, reasons="lost", since="20250105"), *black(2, 11))
    synced = case.applied(Run(number=41, base=36, blocked=again))
    found = synced.list()
    assert (found["added"], found["updated"], found["unchanged"]) == (1, 1, 1)
    assert found["present"] == 2
    assert "2 were there already" in synced.sentences
    assert case.contents()[imei(1),] == Line("lost", "2025-01-05T00:00:00Z", "")


def test_case_16_a_change_of_what_is_not_there_adds_it_and_warns(case: Case) -> None:
    changed = (*black(2, reasons="lost"), *black(11, reasons="lost"))
    synced = case.applied(Run(number=41, base=36, changed=changed))
    found = synced.list()
    assert (found["added"], found["updated"], found["restored"]) == (1, 1, 1)
    assert any("1 rows change what was not on" in text for text in synced.run["warnings"])
    assert case.contents()[imei(11),] == Line("lost", SINCE, "")
    assert case.contents()[imei(2),] == Line("lost", SINCE, "")


def test_case_22_an_exception_stays_while_a_second_number_has_it(case: Case) -> None:
    one, two = pair(5, msisdn=1), pair(5, msisdn=2)
    case.applied(Run(number=41, base=36, added=[one, two]))
    case.applied(Run(number=47, base=41, removed=[one]))
    assert case.answer(5, imsi=imsi(5)) == "permitted"
    case.applied(Run(number=53, base=47, removed=[two]))
    assert case.answer(5, imsi=imsi(5)) == "prohibited"


def test_case_23_an_exception_of_what_is_not_blocked_is_kept(case: Case) -> None:
    case.applied(Run(number=41, base=36, added=[pair(50)]))
    assert case.answer(50, imsi=imsi(50)) == "permitted"
    case.applied(Run(number=47, base=41, blocked=black(50)))
    assert case.answer(50) == "prohibited"
    assert case.answer(50, imsi=imsi(50)) == "permitted"


def test_case_24_what_the_operator_protects_is_left_out_with_an_alarm(case: Case) -> None:
    protected = case.shell.directory / "protected.csv"
    protected.write_text(f"imei,reason\n{imei(11)},the minister's\n")
    loaded = case.eir(*("lists", "load", str(protected), "--list", "protected", "--mode", "full"))
    assert loaded.code == 0, loaded.err
    synced = case.applied(Run(number=41, base=36, blocked=black(11, 12)))
    found = synced.list()
    assert (found["added"], found["protected"], found["rows"]) == (1, 1, 11)
    assert any("block what is protected" in text for text in synced.run["warnings"])
    assert case.imeis() == [*range(1, 11), 12]
    assert case.answer(11) == "permitted"


MALFORMED = (
    f"00100199A00003,{OLD},Malformed IMEI",
    f"0010*#000017,{OLD},Malformed IMEI",
    f"0000017,{OLD},Malformed IMEI",
)


def test_case_25_malformed_identities_are_kept_as_they_are(case: Case) -> None:
    synced = case.applied(Run(number=41, base=36, blocked=(*black(11), *MALFORMED)))
    assert synced.list()["added"] == 4
    keys = {key[0] for key in case.contents()}
    assert {"00100199A00003", "0010*#000017", "0000017"} <= keys
    case.applied(Run(number=47, base=41, unblocked=MALFORMED))
    assert case.imeis() == list(range(1, 12))


def test_case_25_malformed_identities_are_left_out_where_the_operator_wants_that(
    case: Case,
) -> None:
    case.configure(guard='malformed = "skip"')
    synced = case.applied(Run(number=41, base=36, blocked=(*black(11), *MALFORMED)))
    found = synced.list()
    assert (found["added"], found["malformed"], found["bad"]) == (1, 3, 0)
    assert case.imeis() == list(range(1, 12))


def test_case_25_malformed_identities_are_refused_where_the_operator_wants_that(
    case: Case,
) -> None:
    case.configure(guard='malformed = "refuse"')
    case.put(Run(number=41, base=36, blocked=(*black(11), *MALFORMED)))
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (4, [(41, "refused")])
    assert "3 lines of 4 wrong" in synced.run["reason"]


WRONG = (*black(11, 12, 13), "123456789012,20250101,a number without its zeros")


def test_wrong_lines_are_refused_unless_some_are_tolerated(case: Case) -> None:
    case.put(Run(number=41, base=36, blocked=WRONG))
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (4, [(41, "refused")])
    assert "line 5" in synced.run["reason"]
    assert "123456789012" not in synced.sentences
    case.configure(guard="rejects_percent = 24.9")
    assert case.sync().code == 4
    case.configure(guard="rejects_percent = 25.0")
    synced = case.sync()
    assert (synced.code, synced.report["outcome"], synced.list()["bad"]) == (0, "applied", 1)
    assert case.imeis() == list(range(1, 14))


def test_with_partial_the_right_lines_are_applied_and_the_exit_code_says_so(case: Case) -> None:
    case.configure(guard="partial = true")
    case.put(Run(number=41, base=36, blocked=WRONG))
    synced = case.sync()
    assert (synced.code, synced.runs) == (6, [(41, "partial")])
    assert synced.list()["bad"] == 1
    assert "1 wrong lines left out" in synced.sentences
    assert case.imeis() == list(range(1, 14))
    assert case.sync().code == 0


FULL = black(*range(1, 11), 12)  # the delta says 11, too, and not 12


def drifted(*, pairs: list[str] | None = None, added: tuple[str, ...] = ()) -> Run:
    return Run(
        number=41,
        base=36,
        blocked=black(11),
        added=added,
        full=FULL,
        pairs=[pair(10), *(pairs or ())],
    )


def test_where_delta_and_full_blacklist_differ_the_delta_counts_with_a_warning(case: Case) -> None:
    synced = case.applied(drifted())
    assert synced.list()["way"] == "delta"
    assert synced.list()["drift"] == {"missing": 1, "extra": 1, "different": 0}
    (warning,) = synced.run["warnings"]
    assert "differ by 2 entries: the delta counts" in warning
    assert case.imeis() == list(range(1, 12))


def test_with_repair_the_full_blacklist_counts(case: Case) -> None:
    case.put(drifted())
    synced = case.sync("--repair")
    assert (synced.code, synced.list()["way"]) == (0, "full")
    assert "the full list counts" in synced.run["warnings"][0]
    assert case.imeis() == [*range(1, 11), 12]


def test_where_delta_and_full_exceptions_differ_the_full_list_counts(case: Case) -> None:
    case.applied(
        Run(
            number=41,
            base=36,
            blocked=black(11),
            full=black(*range(1, 12)),
            added=[pair(3)],
            pairs=[pair(10), pair(4), pair(5), pair(6)],
        )
    )
    assert case.imeis(PAIRS) == [4, 5, 6, 10]
    assert case.imeis() == list(range(1, 12))


def test_a_delta_that_agrees_with_the_full_list_has_no_drift(case: Case) -> None:
    synced = case.applied(
        Run(number=41, base=36, blocked=black(11), full=black(*range(1, 12)), pairs=[pair(10)])
    )
    assert synced.list()["drift"] == {"missing": 0, "extra": 0, "different": 0}
    assert synced.run["warnings"] == []


@pytest.fixture
def told(tmp_path: Path) -> Case:
    """Serve run 36, which told that 30 and 31 will be blocked."""
    case = Case(Shell(tmp_path))
    case.configure()
    case.applied(replace(first(), notes={"new": [note(30), note(31, since=OLD)]}))
    return case


def test_notifications_are_shown_and_never_block(told: Case) -> None:
    assert told.imeis(NOTES) == [30, 31]
    assert told.answer(30, imsi=imsi(30)) == "permitted"
    assert told.answer(31, imsi=imsi(31)) == "permitted"
    shown = told.eir("lists", "show", imei(30))
    assert shown.code == 0
    assert "notification" in shown.out
    gone = {"blacklisted": [note(30)], "no_longer_seen": [note(31, since=OLD)]}
    told.applied(Run(number=41, base=36, blocked=black(30), notes=gone))
    assert told.imeis(NOTES) == []
    assert told.answer(30) == "prohibited"


def test_notifications_that_lack_a_delta_keep_no_other_list_back(told: Case) -> None:
    told.applied(Run(number=41, base=36, blocked=black(30)))
    synced = told.applied(
        Run(number=47, base=41, blocked=black(31), notes={"new": [note(32)]}),
    )
    (warning,) = synced.run["warnings"]
    assert warning.startswith("the notification list stays as it is until a full one comes")
    assert told.last_run() == {BLACK: 47, PAIRS: 47, NOTES: 36}
    assert told.imeis(NOTES) == [30, 31]
    assert told.answer(31) == "prohibited"


@pytest.mark.parametrize("digits", [10, 11, 12, 13])
def test_case_09_a_list_of_identities_whose_last_one_was_cut_is_refused(
    tmp_path: Path, digits: int
) -> None:
    case = Case(Shell(tmp_path), form="gl-ceir")
    case.configure(guard="partial = true")
    case.applied({"BlackList_Full_20241231.csv": f"Device ID\n{imei(1)}\n".encode()})
    name = "BlackList_Full_20250101.csv"
    case.put({name: f"Device ID\n{imei(1)}\n{imei(2)[:digits]}\n".encode()})
    with case.unchanged():
        synced = case.sync()
    assert (synced.code, synced.runs) == (4, [(20250101, "refused")])
    assert synced.run["reason"] == f"{name}: its last line may be cut: an IMEI has 14 to 16 digits"
    case.applied({name: f"Device ID\n{imei(2)[:11]}\n{imei(1)}\n".encode()})
    assert len(case.contents()) == 2
