"""The journal: what each version changed, by whom, from what; each record hashes the one before."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace

from eir.errors import StoreError
from eir.lists.names import ListName

GENESIS = "0" * 64  # the "previous hash" of the first version


@dataclass(frozen=True, slots=True)
class Counts:
    """What a load did, in entries of its own list and source.

    Attributes:
        duplicates: lines ignored because an earlier one says the same.
        absent: removals of what was not there.
        bad: lines left out because they are wrong.
    """

    added: int = 0
    removed: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    absent: int = 0
    bad: int = 0

    @property
    def changed(self) -> int:
        """How many entries are not as they were."""
        return self.added + self.removed + self.updated


@dataclass(frozen=True, slots=True)
class Record:
    """One version.

    Attributes:
        version: its number, from 1 without gaps.
        at: ISO 8601, UTC.
        author: the operating system's user.
        mode: full or delta.
        file: name of the file, without its directory.
        file_hash: SHA-256 of the file's octets.
        previous: hash of the record before.
        hash: SHA-256 over all of the above.
    """

    version: int
    at: str
    author: str
    list: ListName
    source: str
    mode: str
    file: str
    file_hash: str
    counts: Counts = field(default_factory=Counts)
    previous: str = GENESIS
    hash: str = ""


def seal(record: Record, previous: Record | None) -> Record:
    """Chain a record to the one before it."""
    chained = replace(record, previous=GENESIS if previous is None else previous.hash)
    return replace(chained, hash=_hash(chained))


def encode(record: Record) -> bytes:
    """Encode a record as JSON."""
    return json.dumps(asdict(record), ensure_ascii=False).encode()


def decode(octets: bytes) -> Record:
    """Decode a record and check its hash.

    Raises:
        StoreError: it is garbled or was changed.
    """
    try:
        fields = json.loads(octets)
        fields["counts"] = Counts(**fields["counts"])
        fields["list"] = ListName(fields["list"])
        record = Record(**fields)
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"the journal is damaged: {error}") from None
    if record.hash != _hash(record):
        raise StoreError(f"the journal is damaged: version {record.version} fails its hash")
    return record


def follows(record: Record, previous: Record | None) -> bool:
    """Tell whether a record continues the chain."""
    if previous is None:
        return record.version == 1 and record.previous == GENESIS
    return record.version == previous.version + 1 and record.previous == previous.hash


def _hash(record: Record) -> str:
    """Hash everything but the hash."""
    fields = asdict(replace(record, hash=""))
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
