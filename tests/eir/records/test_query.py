from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.records.identities import Identities, Shown
from eir.records.line import Lines
from eir.records.names import FileName, Format
from eir.records.query import Query, kept, time_of, wanted_imei, wanted_imsi
from eir.records.row import Row, parser
from tests.eir.records.made import BEGAN, RECORD

HASHING = Identities("hashed", b"0123456789abcdef")
SECOND = 1_000_000
FIRST = BEGAN * SECOND


def written(shown: Shown = "whole", form: Format = "csv", **other: str) -> tuple[str, Row]:
    lines = Lines(form, replace(HASHING, shown=shown))
    line = lines.write([RECORD._replace(**other)])  # type: ignore[arg-type]
    return line, parser(form, iter([lines.header]))(line)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("shown", ["whole", "hashed", "tac"])
def test_somebody_is_found_however_much_a_record_shows(shown: Shown, form: Format) -> None:
    line, row = written(shown, form)
    for wanted in (
        wanted_imei("352099000000017", HASHING),
        wanted_imsi("001010000000001", HASHING),
    ):
        query = Query(wanted=[wanted])
        assert query.may_fit(line)
        assert query.fits(row)
        assert query.is_certain(row) is (shown != "tac")


@pytest.mark.parametrize("shown", ["whole", "hashed"])
def test_nobody_else_is_found(shown: Shown) -> None:
    _, row = written(shown)
    assert not Query(wanted=[wanted_imei("35209900000002", HASHING)]).fits(row)
    assert not Query(wanted=[wanted_imsi("001010000000002", HASHING)]).fits(row)


def test_a_hash_is_not_found_without_the_key() -> None:
    _, row = written("hashed")
    assert not Query(wanted=[wanted_imei("35209900000001", None)]).fits(row)


def test_another_type_is_not_found_where_types_are_all_that_is_shown() -> None:
    _, row = written("tac")
    assert not Query(wanted=[wanted_imei("35209800000001", None)]).fits(row)


def test_a_malformed_identity_is_found_as_it_came() -> None:
    line, row = written(equipment="no imei")
    query = Query(wanted=[wanted_imei(" NO imei", None)])
    assert query.may_fit(line)
    assert query.fits(row)


@given(st.text(max_size=8), st.sampled_from(("csv", "jsonl")))
def test_a_glance_at_a_line_never_misses_what_fits(text: str, form: Format) -> None:
    line, row = written(form=form, reason=text)
    query = Query(fields={"reason": row["reason"], "verdict": "prohibited"})
    assert query.fits(row)
    assert query.may_fit(line)


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"verdict": "prohibited", "reason": "stolen"}, True),
        ({"verdict": "tracking"}, False),
        ({"verdict": "prohibited", "peer": "mme2"}, False),
    ],
)
def test_every_field_that_is_given_must_be_so(fields: dict[str, str], *, fits: bool) -> None:
    _, row = written()
    assert Query(fields=fields).fits(row) is fits


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("peer", "fits"),
    [
        ("2-10-5", True),
        ("2-10-5/994500000001", True),
        ("2-10-5/99450000000", False),
        ("2-10-5/", False),
        ("2-10", False),
        ("994500000001", False),
    ],
)
def test_a_point_code_is_found_whatever_digits_call_from_it(
    peer: str, form: Format, *, fits: bool
) -> None:
    line, row = written(form=form, peer="2-10-5/994500000001")
    query = Query(fields={"peer": peer})
    assert query.fits(row) is fits
    assert query.may_fit(line) or not fits


def test_only_of_a_peer_a_part_is_enough() -> None:
    _, row = written(reason="lost/stolen")
    assert not Query(fields={"reason": "lost"}).fits(row)


@pytest.mark.parametrize(
    ("since", "until", "fits"),
    [
        (FIRST, None, True),
        (FIRST + 1, None, False),
        (None, FIRST, False),
        (None, FIRST + 1, True),
        (FIRST, FIRST + 1, True),
    ],
)
def test_a_period_begins_with_its_first_instant_and_ends_before_its_last(
    since: int | None, until: int | None, *, fits: bool
) -> None:
    _, row = written()
    assert time_of(row) == FIRST
    query = Query(since=since, until=until)
    assert query.fits(row) is fits
    assert query.may_be_in(FileName(FIRST, FIRST, "csv")) is fits


def test_a_file_that_is_being_written_may_have_anything() -> None:
    assert Query(since=FIRST + SECOND, until=FIRST - SECOND).may_be_in(FileName(FIRST, None, "csv"))


def test_a_query_does_not_show_whom_it_is_about() -> None:
    assert "000001" not in repr(Query(wanted=[wanted_imei("35209900000001", None)]))


def test_a_text_is_looked_for_as_records_keep_it() -> None:
    peer, reason = f"mme1.{'x' * 80}", "\u00e4" * 20
    _, row = written(peer=peer[:64], reason=reason[:16])
    assert Query(fields={"peer": kept("peer", peer), "reason": kept("reason", reason)}).fits(row)
    assert kept("rule", peer) == peer
