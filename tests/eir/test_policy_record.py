import json
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision.verdict import Status
from eir.errors import StoreError
from eir.policy_record import (
    GENESIS,
    Change,
    Configuration,
    OverrideCleared,
    OverrideSet,
    Record,
    chain,
    encode,
    seal,
)

AT = datetime(2026, 1, 31, 12, 0, 0, 999_999, tzinfo=UTC)
SET = OverrideSet(status=Status.PERMITTED, reason="the lists are wrong", expires=None)
CLEARED = OverrideCleared(reason="the lists are right")
CONFIGURATION = Configuration(sha256="0" * 64, text='[store]\npath = "ä"\n')

words = st.text(st.characters(codec="utf-8"))
changes = (
    st.builds(OverrideSet, reason=words)
    | st.builds(OverrideCleared, reason=words)
    | st.builds(Configuration, text=words)
)


def sealed(decided: Iterable[Change]) -> list[Record]:
    found: list[Record] = []
    for change in decided:
        found.append(seal(change, found[-1] if found else None, by="operator", at=AT))
    return found


def lines(*decided: Change) -> list[bytes]:
    return [encode(record) for record in sealed(decided)]


@given(st.lists(changes, max_size=5))
def test_what_was_sealed_is_read_again(decided: list[Change]) -> None:
    found = sealed(decided)
    assert list(chain(encode(record) for record in found)) == found
    assert [record.payload for record in found] == decided


@given(changes)
def test_a_record_is_one_line(change: Change) -> None:
    (line,) = lines(change)
    assert b"\n" not in line
    assert json.loads(line)["payload"]["kind"] == change.kind


def test_a_record_names_its_number_its_instant_and_the_one_before() -> None:
    first, second = sealed((SET, CLEARED))
    assert (first.number, first.previous) == (1, GENESIS)
    assert (second.number, second.previous) == (2, first.hash)
    assert json.loads(encode(first))["at"] == "2026-01-31T12:00:00Z"


@pytest.mark.parametrize("name", ["number", "at", "author", "payload", "previous", "hash"])
def test_a_changed_field_is_found(name: str) -> None:
    fields, other = (json.loads(line) for line in lines(SET, CLEARED))
    fields["author"], other["author"] = "operator", "somebody else"
    fields[name] = other[name] if name != "at" else "2026-01-31T12:00:01Z"
    with pytest.raises(StoreError, match=r"broken at record 1: it was changed"):
        list(chain([json.dumps(fields).encode()]))


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b"\xff", b'{"number": 1}', b"[" * 100_000])
def test_a_line_that_is_no_record_is_named(line: bytes) -> None:
    with pytest.raises(StoreError, match=r"broken at record 2: it cannot be read"):
        list(chain([*lines(SET), line]))


def test_a_record_that_is_missing_is_found() -> None:
    first, _, third = lines(SET, CONFIGURATION, CLEARED)
    with pytest.raises(StoreError, match=r"record 2: number 3 stands in its place"):
        list(chain([first, third]))


def test_a_record_of_another_chain_is_found() -> None:
    (first, _), (_, other) = lines(SET, CLEARED), lines(CONFIGURATION, CLEARED)
    with pytest.raises(StoreError, match=r"record 2: it does not follow"):
        list(chain([first, other]))


def test_an_error_does_not_repeat_what_the_line_says() -> None:
    line = lines(SET)[0].replace(b'"status": "permitted"', b'"status": "00100199000001"')
    with pytest.raises(StoreError) as caught:
        list(chain([line]))
    assert "00100199000001" not in str(caught.value)


def test_a_chain_goes_on_after_a_record_that_was_read_before() -> None:
    first, second = sealed((SET, CLEARED))
    assert list(chain([encode(second)], first)) == [second]
