"""One record of what the operator decided, and the chain that they make.

Pure: octets and records. The file is `eir.policy_log`'s.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from eir.decision.verdict import Status
from eir.errors import StoreError

GENESIS = "0" * 64  # the "previous hash" of the first record


class _Part(BaseModel):
    """A part of a record: immutable, and nothing in it is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OverrideSet(_Part):
    """Every check gets this answer from now on."""

    kind: Literal["override_set"] = "override_set"
    status: Status
    reason: str
    expires: int | None  # UTC seconds from which it is off again; None: when it is cleared


class OverrideCleared(_Part):
    """Checks are answered from the lists again."""

    kind: Literal["override_cleared"] = "override_cleared"
    reason: str


class Configuration(_Part):
    """A server began to serve with this."""

    kind: Literal["configuration"] = "configuration"
    sha256: str  # of the text, in hex
    text: str  # of the whole file; empty: every default


Change: TypeAlias = OverrideSet | OverrideCleared | Configuration


class Record(_Part):
    """One decision.

    Attributes:
        number: from 1 without gaps.
        at: UTC; to the second.
        author: the operating system's user.
        payload: what was decided.
        previous: hash of the record before.
        hash: SHA-256 over all of the above.
    """

    number: int
    at: AwareDatetime
    author: str
    payload: Annotated[Change, Field(discriminator="kind")]
    previous: str
    hash: str


def chain(lines: Iterable[bytes], last: Record | None = None) -> Iterator[Record]:
    """Decode lines, each of which must continue the chain that `last` ends.

    Raises:
        StoreError: one does not.
    """
    for line in lines:
        record = _decode(line, number=1 if last is None else last.number + 1)
        if record.previous != (GENESIS if last is None else last.hash):
            raise _broken(record.number, "it does not follow the one before it")
        last = record
        yield record


def seal(change: Change, last: Record | None, *, by: str, at: datetime) -> Record:
    """Chain a change to the last record."""
    record = Record(
        number=1 if last is None else last.number + 1,
        at=at.replace(microsecond=0),
        author=by,
        payload=change,
        previous=GENESIS if last is None else last.hash,
        hash="",
    )
    return record.model_copy(update={"hash": _hash(encode(record))})


def encode(record: Record) -> bytes:
    """Write one line, without its end."""
    return json.dumps(record.model_dump(mode="json"), ensure_ascii=False).encode()


def _decode(line: bytes, *, number: int) -> Record:
    """Read one line.

    Raises:
        StoreError: it is garbled, was changed, or has another number.
    """
    try:
        record = Record.model_validate_json(line)
    except ValueError:  # its own message would repeat the line
        raise _broken(number, "it cannot be read") from None
    if record.hash != _hash(line):
        raise _broken(number, "it was changed after it was written")
    if record.number != number:
        raise _broken(number, f"number {record.number} stands in its place")
    return record


def _hash(line: bytes) -> str:
    """Hash everything but the hash, as it stands there and not as this version reads it."""
    fields = json.loads(line)
    del fields["hash"]
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _broken(number: int, how: str) -> StoreError:
    return StoreError(
        f"policy.jsonl is broken at record {number}: {how}",
        next_step="keep it as evidence outside of store.path; the next decision begins a new one",
    )
