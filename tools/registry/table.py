"""The `[[registry]]` table that makes an EIR take the lists of a simulated registry."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from tools.registry.days import Settings
from tools.registry.signing import CURRENT, EXPIRED, REVOKED, signer_in

_HOME_PREFIXES: Final = ("001",)
_ENDED: Final = date(2024, 12, 31)  # before the first run there is


def table_for(settings: Settings, source: str, access: Mapping[str, str]) -> str:
    """Write the table, and those below it.

    Args:
        settings: what the registry is like.
        source: the URL of its outbox.
        access: keys of `[registry.access]`.
    """
    return "\n".join(_lines(settings, source, access))


def _lines(settings: Settings, source: str, access: Mapping[str, str]) -> Iterator[str]:
    yield "[[registry]]"
    yield f"name = {_text(settings.name)}"
    yield f"format = {_text(settings.format)}"
    yield f"source = {_text(source)}"
    yield f"operator = {_text(settings.operator)}"
    yield f"home_imsi_prefixes = {json.dumps(_HOME_PREFIXES)}"
    if settings.keys is not None:
        yield "require_manifest = true"
        yield "require_signature = true"
    if access:
        yield "\n[registry.access]"
        yield from (f"{key} = {_text(value)}" for key, value in access.items())
    if settings.keys is not None:
        yield from _key(settings.keys, CURRENT)
        yield from _key(settings.keys, EXPIRED)
        yield f"not_after = {_ENDED}"
        yield from _key(settings.keys, REVOKED)
        yield "revoked = true"


def _key(keys: Path, key_id: str) -> Iterator[str]:
    signer_in(keys, key_id)  # makes it where it is not there yet
    yield "\n[[registry.key]]"
    yield f"id = {_text(key_id)}"
    yield f"file = {_text(str((keys / f'{key_id}.pub.pem').resolve()))}"


def _text(text: str) -> str:
    return json.dumps(text)  # a string of JSON is one of TOML
