from pathlib import Path

import pytest

from eir.config import Decision
from eir.decision import rules
from eir.decision.rule import Basis
from eir.lists.names import ListName
from eir.lists.subjects import Kind
from tests.eir.decision.lists import IMEI, Lists, ask, on

QUIET = '''
"""`quiet`: an example."""

from eir.decision.verdict import Status, Verdict


def prepare(settings, basis):
    def run(facts):
        if facts.digits.endswith("148"):
            return Verdict(Status.TRACKING, "quiet", "ends in 148", version=basis.version)
        return None
    return run
'''


def test_the_rules_are_the_modules_of_their_package() -> None:
    assert set(rules.names()) == set(Decision().order)


def test_a_new_rule_is_one_file_and_one_line_of_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quiet.py").write_text(QUIET)
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(tmp_path)])
    verdict = ask(Lists(), order=["override", "quiet", "unlisted"])
    assert (verdict.status, verdict.rule) == ("tracking", "quiet")


def test_a_basis_is_what_a_version_of_the_lists_holds() -> None:
    lists = Lists(on("prohibited", IMEI), tacs={}, version=3)
    wanted = Basis(3, frozenset({(ListName.PROHIBITED, Kind.EQUIPMENT)}), has_tacs=True)
    assert Basis.of(lists, None) == wanted


def test_what_is_on_the_tracking_list_may_come_to_be_prohibited() -> None:
    basis = Basis.of(Lists(on("tracking", tac="35209900"), on("permitted", IMEI)), None)
    assert basis.kinds(ListName.PROHIBITED) == {Kind.TAC}
    assert basis.kinds(ListName.TRACKING) == {Kind.TAC}
    assert basis.kinds(ListName.PERMITTED) == {Kind.EQUIPMENT}
