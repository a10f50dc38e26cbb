import json
from dataclasses import replace

import pytest

from eir.errors import StoreError
from eir.lists.names import ListName
from eir.store.journal import GENESIS, Counts, Record, decode, encode, follows, seal

FIRST = seal(
    Record(1, "2026-01-31", "me", ListName.TRACKING, "s", "full", "f", "0", Counts(added=3)), None
)


def test_the_first_record_follows_nothing() -> None:
    assert FIRST.previous == GENESIS
    assert follows(FIRST, None)


def test_a_record_reads_back() -> None:
    assert decode(encode(FIRST)) == FIRST


def test_each_record_follows_the_one_before_it_and_no_other() -> None:
    second = seal(replace(FIRST, version=2), FIRST)
    third = seal(replace(FIRST, version=3), second)
    assert follows(second, FIRST)
    assert follows(third, second)
    assert not follows(third, FIRST)
    assert not follows(second, None)
    assert not follows(replace(third, previous=FIRST.hash), second)


@pytest.mark.parametrize("field", ["author", "at", "source", "mode", "file", "file_hash"])
def test_a_changed_record_fails_its_hash(field: str) -> None:
    fields = json.loads(encode(FIRST))
    fields[field] += "x"
    with pytest.raises(StoreError, match="fails its hash"):
        decode(json.dumps(fields).encode())


def test_a_changed_count_fails_the_hash() -> None:
    fields = json.loads(encode(FIRST))
    fields["counts"]["added"] = 2
    with pytest.raises(StoreError, match="fails its hash"):
        decode(json.dumps(fields).encode())


@pytest.mark.parametrize("octets", [b"", b"{}", b"\xff", b"[1]", b'{"counts": 1}'])
def test_a_garbled_record_is_refused(octets: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode(octets)


def test_changed_counts_what_is_not_as_it_was() -> None:
    counts = Counts(added=1, removed=2, updated=4, unchanged=8, duplicates=16, absent=32, bad=64)
    assert counts.changed == 7
