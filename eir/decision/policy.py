"""Which decision counts for a check: that of the first policy that fits, else `[decision]`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from eir.config import Config
from eir.config.decision import Decision, Match
from eir.decision.verdict import Check

Fits: TypeAlias = Callable[[Check], bool]


@dataclass(frozen=True, slots=True)
class Policy:
    """One decision of the configuration; `name` None: `[decision]` itself."""

    name: str | None
    settings: Decision


@dataclass(frozen=True, slots=True)
class Policies:
    """All of them.

    Attributes:
        default: `[decision]`.
        special: each `[[policy]]` in its order, and which checks it fits.
        imsi_digits: how many digits of an IMSI, from its first, may decide which one fits.
    """

    default: Policy
    special: tuple[tuple[Fits, Policy], ...] = ()
    imsi_digits: int = 15  # TS 23.003 §2.2: all that it can have

    def of(self, check: Check) -> Policy:
        """Choose the one that counts for a check."""
        for fits, policy in self.special:
            if fits(check):
                return policy
        return self.default

    @property
    def all(self) -> tuple[Policy, ...]:
        """Every one, `[decision]` first."""
        return (self.default, *(policy for _, policy in self.special))


def policies_of(config: Config) -> Policies:
    """Take the policies from the configuration."""
    special = tuple((_fits(table.match), Policy(table.name, table)) for table in config.policy)
    prefixes = (
        prefix
        for table in config.policy
        for prefix in (*table.match.imsi_prefixes, *table.match.not_imsi_prefixes)
    )
    digits = max(map(len, prefixes), default=0)
    return Policies(Policy(None, config.decision), special, digits)


def _fits(match: Match) -> Fits:
    """Prepare what is asked of a check: everything that `match` names."""
    tests = list[Fits]()
    if match.imsi_prefixes:
        tests.append(lambda check: (check.imsi or "").startswith(match.imsi_prefixes))
    if match.not_imsi_prefixes:
        tests.append(lambda check: _is_elsewhere(check.imsi, match.not_imsi_prefixes))
    if match.origin_hosts:
        hosts = {host.lower() for host in match.origin_hosts}  # as DNS compares (RFC 6733 §4.3.1)
        tests.append(lambda check: check.peer.lower() in hosts)
    if match.point_codes:
        tests.append(lambda check: check.point_code in match.point_codes)
    if match.calling:
        tests.append(lambda check: check.calling.startswith(match.calling))
    if match.interfaces:
        tests.append(lambda check: check.interface in match.interfaces)
    return lambda check: all(test(check) for test in tests)


def _is_elsewhere(imsi: str | None, prefixes: tuple[str, ...]) -> bool:
    """Tell a subscriber of other networks; one that is not known is of none."""
    return bool(imsi) and not str(imsi).startswith(prefixes)
