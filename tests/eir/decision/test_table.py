"""The whole decision as tables: each rule, each pair that competes, each malformed identity."""

from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest

from eir.decision.facts import Facts
from eir.decision.override import Override
from eir.decision.rules import names
from eir.decision.verdict import Check, Interface, Status, Verdict
from eir.interfaces.check_imei import CheckImeiInterface
from eir.interfaces.s13 import S13Interface
from protocols.gsm_map.imsi import ImsiPlace
from tests.eir.decision.lists import NOW, Line, Lists, on, plan
from tests.protocols.diameter.messages import LOCAL, ecr, parse, terminal_information, text
from tests.protocols.gsm_map.invocations import imei, invocation

ZEROS = "0" * 14  # an IMEI, and malformed: all zeros
IMSI, STRANGER = "001010000000001", "001010000000002"


@dataclass(frozen=True)
class Case:
    """What makes a rule decide about ZEROS and IMSI, and what it then answers."""

    status: str
    reason: str = "listed"
    list: str | None = None
    matched: str | None = None
    line: Line | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    override: Override | None = None


CASES = {
    "override": Case(
        "unknown", "drill", override=Override(Status.UNKNOWN, "drill", "root", since=0)
    ),
    "protected": Case("permitted", "listed", "protected", IMSI, on("protected", imsi=IMSI)),
    "exception": Case(
        "permitted", "listed", "exception", f"{ZEROS}+{IMSI}", on("exception", ZEROS, imsi=IMSI)
    ),
    "binding": Case(
        "prohibited", "binding_equipment", "binding", ZEROS, on("binding", ZEROS, imsi=STRANGER)
    ),
    "prohibited": Case("prohibited", "listed", "prohibited", ZEROS, on("prohibited", ZEROS)),
    "tracking": Case("tracking", "listed", "tracking", "0" * 8, on("tracking", tac="0" * 8)),
    "permitted": Case("permitted", "listed", "permitted", IMSI, on("permitted", imsi=IMSI)),
    "malformed": Case(
        "unknown", "malformed_all_zeros", settings={"malformed": {"all_zeros": "unknown"}}
    ),
    "tac": Case(
        "tracking", "tac_unallocated", None, "0" * 8, settings={"tac": {"unallocated": "tracking"}}
    ),
    "registration": Case(
        "prohibited", "unregistered", settings={"registration": {"unregistered": "prohibited"}}
    ),
    "unlisted": Case("unknown", "unlisted", settings={"unlisted": "unknown"}),
}
# What is on the permitted list is registered, so these two never compete.
NO_RIVALS = {"permitted", "registration"}
PAIRS = [
    pair for pair in permutations(CASES, 2) if pair[0] != "unlisted" and set(pair) != NO_RIVALS
]


def decide(*rules: str, interface: Interface) -> Verdict:
    """Ask where these rules are all that could decide, in this order."""
    cases = [CASES[rule] for rule in rules]
    lists = Lists(*(case.line for case in cases if case.line), tacs={})
    settings = {key: value for case in cases for key, value in case.settings.items()}
    first = [rule for rule in rules if rule != "unlisted"]
    settings["order"] = list(dict.fromkeys([*first, "override", "unlisted"]))
    override = next((case.override for case in cases if case.override), None)
    check = Check(ZEROS, imsi=IMSI, interface=interface)
    return plan(lists, override, **settings).decide(Facts(check, lists, NOW))


def test_every_rule_has_its_case() -> None:
    assert set(CASES) == set(names())


@pytest.mark.parametrize("interface", list(Interface))
@pytest.mark.parametrize("rule", CASES)
def test_each_rule_decides(rule: str, interface: Interface) -> None:
    verdict, case = decide(rule, interface=interface), CASES[rule]
    assert verdict.rule == rule
    assert (verdict.status, verdict.reason) == (case.status, case.reason)
    assert (verdict.list, verdict.matched, verdict.version) == (case.list, case.matched, 7)


@pytest.mark.parametrize("interface", [Interface.S13, Interface.MAP])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_rules_the_one_that_comes_first_decides(
    first: str, second: str, interface: Interface
) -> None:
    assert decide(first, second, interface=interface).rule == first


@pytest.mark.parametrize("order", list(permutations(sorted(NO_RIVALS))))
def test_what_is_permitted_is_registered_in_either_order(order: tuple[str, str]) -> None:
    assert decide(*order, interface=Interface.S13).rule == "permitted"


# Identities of the kinds that registries test networks with, and their class.
OVER_S13 = [
    ("", "empty"),
    ("null", "null"),
    ("NULL", "null"),
    ("\0\0", "null"),
    ("               ", "blanks"),
    ("35209900 176148", "blanks"),
    ("3520990017614*", "special"),
    ("3520-9900-1761", "special"),
    ("3520990017614f", "hex"),
    ("ABCDEFABCDEFAB", "hex"),
    ("35209900176IME", "letters"),
    ("3520990017614", "too_short"),
    ("1", "too_short"),
    ("35209900176148012", "too_long"),
    ("000000000000000", "all_zeros"),
    ("111111111111111", "same_digit"),
    ("352099001761481", None),
    ("35209900176148", None),
]
OVER_MAP = [  # octets of TBCD: two digits each, the low half first (TS 29.002 §17.7.8)
    ("ffffffffffffffff", "empty"),
    ("5302990071164af8", "special"),
    ("53029900711684ba", "special"),
    ("530299007116c4f8", "hex"),
    ("53029900711684fc", "hex"),
    ("530299007116f4", "too_short"),
    ("00000000000000f0", "all_zeros"),
    ("0000000000000000", "all_zeros"),
    ("11111111111111f1", "same_digit"),
    ("53029900711684f1", None),
]  # fmt: skip
CLASSES = dict.fromkeys(
    (
        *("empty", "null", "blanks", "special", "hex", "letters"),
        *("too_short", "too_long", "all_zeros", "same_digit"),
    ),
    "prohibited",
)


def answer(check: Check) -> Verdict:
    lists = Lists()
    return plan(lists, malformed=CLASSES).decide(Facts(check, lists, NOW))


def expected(name: str | None) -> tuple[str, str, str]:
    if name is None:
        return "permitted", "unlisted", "unlisted"
    return "prohibited", "malformed", f"malformed_{name}"


@pytest.mark.parametrize(("identity", "name"), OVER_S13)
def test_malformed_identities_over_s13(identity: str, name: str | None) -> None:
    terminal = terminal_information(text(1402, identity, vendor=10415))
    asked = parse(ecr({"terminal_information": terminal}))
    verdict = S13Interface(LOCAL, answer).answer(asked).verdict
    assert verdict is not None
    assert (verdict.status, verdict.rule, verdict.reason) == expected(name)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("octets", "name"), OVER_MAP)
def test_malformed_identities_over_map(octets: str, name: str | None, version: int) -> None:
    asked = invocation(version, imei(bytes.fromhex(octets)))
    interface = CheckImeiInterface(answer, imsi_places=lambda _: tuple(ImsiPlace))
    verdict = interface.answer(asked).verdict
    assert verdict is not None
    assert (verdict.status, verdict.rule, verdict.reason) == expected(name)
