from eir.decision.verdict import Check, Interface, Status, Verdict


def test_a_check_from_the_prompt_has_no_peer() -> None:
    check = Check("35209900176148")
    assert (check.peer, check.interface) == ("", Interface.PROMPT)


def test_a_verdict_by_no_list_names_none() -> None:
    verdict = Verdict(Status.UNKNOWN, "unlisted", "unlisted")
    assert (verdict.list, verdict.matched, verdict.source, verdict.version) == (None,) * 4


def test_neither_question_nor_answer_shows_whom_they_are_about() -> None:
    check = Check("35209900176148", imsi="001010000000001")
    verdict = Verdict(Status.UNKNOWN, "prohibited", "listed", matched="35209900176148")
    shown = f"{check} {verdict}"
    assert "35209900" not in shown
    assert "00101" not in shown
