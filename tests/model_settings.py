"""What an operator chose, and for which checks: the settings of the model.

Like `tests.model` it shares names with the program, and no code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eir.decision.verdict import Interface, Status

DEFAULT_ORDER = (
    *("override", "protected", "exception", "binding", "prohibited", "tracking", "permitted"),
    *("malformed", "tac", "registration", "unlisted"),
)
SKIP = None  # the rule gives no verdict


@dataclass(frozen=True, slots=True)
class Policy:
    """Other settings for some of the checks: those that fit everything that is not None."""

    changes: Mapping[str, Any]
    imsi_prefixes: tuple[str, ...] | None = None
    not_imsi_prefixes: tuple[str, ...] | None = None
    origin_hosts: tuple[str, ...] | None = None
    point_codes: tuple[int, ...] | None = None
    calling: tuple[str, ...] | None = None
    interfaces: tuple[Interface, ...] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator chose; a class that is missing from a mapping, or None there, is off."""

    order: tuple[str, ...] = DEFAULT_ORDER
    unlisted: Status = Status.PERMITTED
    exception_no_imsi: Status | None = Status.PROHIBITED
    binding_violated: Status = Status.PROHIBITED
    binding_no_imsi: Status | None = SKIP
    individual_first: bool = False
    malformed: Mapping[str, Status | None] = field(default_factory=dict)
    tac: Mapping[str, Status | None] = field(default_factory=dict)
    device_types: Mapping[str, Status] = field(default_factory=dict)
    unregistered: Status | None = SKIP
    response_type: int = 0
    audit: bool = False
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A check. `msisdn` is what is typed at the prompt; the network never knows it."""

    text: str
    at: float = 0
    svn: str | None = None
    imsi: str | None = None
    msisdn: str | None = None
    interface: Interface = Interface.S13
    origin_host: str = ""
    point_code: int | None = None
    calling: str = ""


def settings_for(asked: Asked, settings: Settings) -> Settings:
    """Take the first policy that fits; what it does not change stays, class by class."""
    for policy in settings.policies:
        if fits(policy, asked):
            changes = dict(policy.changes)
            changes["malformed"] = {**settings.malformed, **changes.get("malformed", {})}
            changes["tac"] = {**settings.tac, **changes.get("tac", {})}
            return replace(settings, **changes)
    return settings


def fits(policy: Policy, asked: Asked) -> bool:
    """Tell whether everything that a policy asks for is so."""
    imsi = asked.imsi
    if policy.imsi_prefixes is not None and (
        imsi is None or not imsi.startswith(policy.imsi_prefixes)
    ):
        return False
    if policy.not_imsi_prefixes is not None and (
        imsi is None or imsi.startswith(policy.not_imsi_prefixes)
    ):
        return False
    if policy.origin_hosts is not None and asked.origin_host.lower() not in [
        host.lower() for host in policy.origin_hosts
    ]:
        return False
    if policy.point_codes is not None and asked.point_code not in policy.point_codes:
        return False
    if policy.calling is not None and not asked.calling.startswith(policy.calling):
        return False
    return policy.interfaces is None or asked.interface in policy.interfaces
