"""The settings, checks and answers of the model in the words of the program."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from eir.config import Config
from eir.decision.verdict import Check, Interface, Verdict
from tests.model_case import UNSAID, Answer
from tests.model_settings import Asked, Policy, Settings

# Settings that are a key of a table of their own, and the word that stands for None there.
TABLES = {
    "exception_no_imsi": ("exception", "no_imsi", "skip"),
    "binding_violated": ("binding", "violated", ""),
    "binding_no_imsi": ("binding", "no_imsi", "skip"),
    "unregistered": ("registration", "unregistered", "off"),
    "device_types": ("tac", "device_types", ""),
}


def config_of(settings: Settings) -> Config:
    """Write the configuration and read it."""
    chosen = {each.name: getattr(settings, each.name) for each in fields(settings)}
    policies = chosen.pop("policies")
    return Config.model_validate({
        "decision": table_of(chosen),
        "policy": [policy_table(place, policy) for place, policy in enumerate(policies)],
    })  # fmt: skip


def policy_table(place: int, policy: Policy) -> dict[str, Any]:
    """Write one `[[policy]]`."""
    match = {
        each.name: getattr(policy, each.name)
        for each in fields(policy)
        if each.name != "changes" and getattr(policy, each.name) is not None
    }
    if "point_codes" in match:
        match["point_codes"] = [str(code) for code in match["point_codes"]]
    return {"name": f"policy {place}", "match": match, **table_of(policy.changes)}


def table_of(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Write settings as the keys and tables of `[decision]`."""
    table: dict[str, Any] = {}
    for name, value in chosen.items():
        if name in TABLES:
            section, key, word = TABLES[name]
            table.setdefault(section, {})[key] = word if value is None else value
        elif name in ("malformed", "tac"):
            words = {key: "off" if status is None else status for key, status in value.items()}
            table.setdefault(name, {}).update(words)
        else:
            table[name] = value
    return table


def check_of(asked: Asked) -> Check:
    """Ask the program the same."""
    return Check(
        equipment=asked.text,
        software_version=asked.svn,
        imsi=asked.imsi,
        peer=asked.origin_host,
        interface=Interface(asked.interface),
        msisdn=asked.msisdn,
        point_code=asked.point_code,
        calling=asked.calling,
    )


def assert_agree(verdict: Verdict, answer: Answer) -> None:
    """Compare the answers of both; what the model does not say may be anything."""
    said = {name: value for name, value in answer._asdict().items() if value != UNSAID}
    assert {name: getattr(verdict, name) for name in said} == said
