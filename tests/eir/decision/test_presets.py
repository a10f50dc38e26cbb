"""Each preset promises something in its first lines; here it keeps that."""

import tomllib
from pathlib import Path

import pytest

from eir.config import load
from eir.decision.decider import Decider
from eir.decision.policy import policies_of
from eir.decision.verdict import Check, Verdict
from tests.eir.decision.lists import IMEI, IMSI, NOW, OTHER, Line, Lists, on

PRESETS = Path(__file__).parents[3] / "config" / "presets"
STRANGER = "001010000000002"
VISITOR = "999990000000001"


def decide(preset: str, check: Check, *lines: Line) -> Verdict:
    policies = policies_of(load(PRESETS / f"{preset}.toml"))
    decider = Decider(Lists(*lines, tacs={}), policies, lambda: NOW, lambda _: None)
    with decider:
        return decider.decide(check)


def test_there_are_these_presets_and_the_page_names_each() -> None:
    names = {path.name for path in PRESETS.iterdir()}
    page = (PRESETS.parents[1] / "docs" / "decision.md").read_text(encoding="utf-8")
    assert names == {
        "audit-only.toml",
        "blacklist-with-exceptions.toml",
        "clone-binding.toml",
        "registration-required.toml",
    }
    assert all(f"presets/{name}" in page for name in names)


@pytest.mark.parametrize("path", sorted(PRESETS.iterdir()), ids=lambda path: path.stem)
def test_a_preset_says_what_it_is_for_and_only_decides(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert tomllib.loads(text).keys() <= {"decision", "policy"}


@pytest.mark.parametrize(
    ("check", "status", "rule"),
    [
        (Check(OTHER, imsi=IMSI), "permitted", "unlisted"),
        (Check(IMEI, imsi=IMSI), "permitted", "exception"),
        (Check(IMEI, imsi=STRANGER), "prohibited", "prohibited"),
        (Check(IMEI), "prohibited", "exception"),
    ],
    ids=["not listed", "ER-02 the pair", "ER-03 another subscriber", "no IMSI"],
)
def test_blacklist_with_exceptions(check: Check, status: str, rule: str) -> None:
    lines = [on("prohibited", IMEI), on("exception", IMEI, imsi=IMSI)]
    verdict = decide("blacklist-with-exceptions", check, *lines)
    assert (verdict.status, verdict.rule) == (status, rule)


@pytest.mark.parametrize(
    ("line", "imsi", "status", "rule"),
    [
        (on("registration", IMEI), IMSI, "permitted", "unlisted"),
        (on("permitted", IMEI), IMSI, "permitted", "permitted"),
        (on("registration", OTHER), IMSI, "prohibited", "registration"),
        (on("registration", OTHER), None, "prohibited", "registration"),
        (on("registration", OTHER), VISITOR, "permitted", "unlisted"),
        (on("prohibited", IMEI), VISITOR, "prohibited", "prohibited"),
    ],
)
def test_registration_required(line: Line, imsi: str | None, status: str, rule: str) -> None:
    verdict = decide("registration-required", Check(IMEI, imsi=imsi), line)
    assert (verdict.status, verdict.rule) == (status, rule)


@pytest.mark.parametrize(
    ("check", "status", "rule"),
    [
        (Check(IMEI, imsi=IMSI), "permitted", "unlisted"),
        (Check(IMEI, imsi=STRANGER), "prohibited", "binding"),
        (Check(IMEI), "tracking", "binding"),
        (Check(OTHER, imsi=IMSI), "permitted", "unlisted"),
    ],
    ids=["its subscriber", "a copy", "no IMSI", "another phone"],
)
def test_clone_binding(check: Check, status: str, rule: str) -> None:
    verdict = decide("clone-binding", check, on("binding", IMEI, imsi=IMSI, lock="equipment"))
    assert (verdict.status, verdict.rule) == (status, rule)


@pytest.mark.parametrize(
    ("check", "would_be", "rule"),
    [
        (Check(IMEI), "prohibited", "prohibited"),
        (Check("null"), "prohibited", "malformed"),
        (Check(OTHER), "tracking", "tac"),
    ],
)
def test_audit_only(check: Check, would_be: str, rule: str) -> None:
    verdict = decide("audit-only", check, on("prohibited", IMEI))
    assert (verdict.status, verdict.would_be, verdict.rule) == ("permitted", would_be, rule)
