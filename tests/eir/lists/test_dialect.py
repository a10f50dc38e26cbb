from datetime import UTC, timedelta, timezone

import pytest

from eir.lists.dialect import OURS, Dialect
from eir.lists.meanings import Beside, Meanings, Said
from eir.lists.names import ListName
from eir.lists.subjects import ANY, Kind
from eir.store.layout import Truth


def read(dialect: Dialect, **cells: str) -> Said:
    meanings = Meanings(tuple(cells), Truth(ListName.PROHIBITED, "registry"), dialect)
    return meanings.read(Beside(tuple(cells.values()), Kind.EQUIPMENT, ANY))


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("20260102", 5),
        ("2026-01-02T00:00:00", 5),
        ("2026-01-02T00:00:00+01:00", 1),
        ("2026-01-02T00:00:00Z", 0),
    ],
)
def test_a_day_is_one_of_the_source(text: str, ahead: int) -> None:
    here = read(OURS, effective="20260102").saying.entry
    there = read(Dialect(zone=timezone(timedelta(hours=5))), effective=text).saying.entry
    assert here is not None
    assert here.effective is not None
    assert there is not None
    assert there.effective == here.effective - ahead * 3600


def test_where_every_line_removes_it_does_not_matter_what_else_it_says() -> None:
    said = read(Dialect(removes=True), reason="\x07", effective="never")
    assert said.saying.entry is None
    assert said.saying.source == "registry"


def test_a_reason_in_latin_1_is_read_where_that_is_said() -> None:
    text = "caf\udce9"  # as octets that are not UTF-8 are decoded
    with pytest.raises(ValueError, match="not UTF-8"):
        read(OURS, reason=text)
    entry = read(Dialect(latin_1=True), reason=text).saying.entry
    assert entry is not None
    assert entry.reason == "café"


def test_a_reason_in_utf_8_stays_what_it_is() -> None:
    entry = read(Dialect(latin_1=True), reason="café").saying.entry
    assert entry is not None
    assert entry.reason == "café"


def test_our_own_days_are_of_utc() -> None:
    assert OURS.zone is UTC
