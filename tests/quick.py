"""Checks as messages of a known shape ask them, and both ways to decide each of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from eir.decision.decider import Decider
from eir.decision.verdict import Check, Interface, Verdict
from eir.lists.subjects import number_of

OCTETS = b"a message"


class Message:
    """One check in the place of `OCTETS`; `built` says whether it was asked for as a whole."""

    def __init__(self, asks: Check) -> None:
        self._asks = asks
        self.built = False

    @property
    def interface(self) -> Interface:
        return self._asks.interface

    def check(self, octets: bytes, /) -> Check:
        assert octets is OCTETS
        self.built = True
        return self._asks

    def imsi(self, octets: bytes, /) -> int:
        assert octets is OCTETS
        return number_of(self._asks.imsi) if self._asks.imsi else 0


def is_quick(check: Check) -> bool:
    """Tell whether a message of a known shape can ask this."""
    text = check.equipment
    return 14 <= len(text) <= 16 and text.isascii() and text.isdigit() and check.msisdn is None


def decide_quickly(decider: Decider, check: Check, message: Message | None = None) -> Verdict:
    """Decide a check of this batch as one of a known shape."""
    asked = message or Message(check)
    return decider.decide_quickly(number_of(check.equipment[:14]), asked, OCTETS)


class _Checks:
    """Checks in the place of messages."""

    interface = Interface.S13

    def check(self, check: Any, /) -> Check:
        assert isinstance(check, Check)
        return check

    def imsi(self, check: Any, /) -> int:
        return number_of(check.imsi) if check.imsi else 0


def decide_run(decider: Decider, checks: Sequence[Check]) -> list[Verdict]:
    """Decide checks of this batch together."""
    asked = _Checks()
    asked.interface = checks[0].interface
    return decider.decide_run(
        [number_of(each.equipment[:14]) for each in checks], [asked] * len(checks), checks
    )


def decide(decider: Decider, check: Check) -> Verdict:
    """Decide a check of this batch in every way that it can be asked; all must agree."""
    verdict = decider.decide(check)
    if is_quick(check):
        once, again = decide_quickly(decider, check), decide_quickly(decider, check)
        assert once == replace(verdict, matched=None)
        assert again is once
    return verdict
