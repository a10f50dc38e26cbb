"""What the wire is told is in `test_serving` and `test_past_view`; here, how a view is held."""

from pathlib import Path

import pytest

from eir.decision.view import View
from eir.errors import StoreError
from eir.store.reader import ListReader
from eir.store.view import Contents, ListView
from protocols.identities import Imei
from tests.eir.lists_loading import csv_of, load_text
from tests.eir.store.made import writable
from tests.eir.store.tampering import tamper

LISTED = Imei("00000000000001")


def accept(view: View) -> View:
    """Stand for the rules: mypy sees that they may ask it."""
    return view


def test_rules_may_ask_it(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    reader = ListReader(tmp_path)
    view = reader.begin(0.0)
    assert accept(view).row_of(LISTED)
    view.end()
    reader.close()


def test_an_empty_store_says_nothing() -> None:
    with writable() as (transaction, tables, _):
        contents = Contents(tables)
        contents.follow(transaction)
        view = ListView(contents, transaction, lambda _: None)
        assert (view.version, view.holds) == (0, frozenset())
        assert (view.has_tacs, view.has_subscribers) == (False, False)
        assert (view.row_of(LISTED), view.ranges_of(LISTED)) == ((), ())
        assert view.members_of_equipment(LISTED) == view.members_of_imsi("1") == ()
        assert view.members_of_msisdn("1") == ()
        assert (view.msisdn_of("1"), view.tac_info("00100199")) == (None, None)


def test_who_finds_damage_condemns_the_store(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    tamper(tmp_path, lambda transaction, tables, _: transaction.drop(tables.blocks, delete=False))
    reader = ListReader(tmp_path)
    view = reader.begin(0.0)
    with pytest.raises(StoreError, match="a block is missing"):
        view.row_of(LISTED)
    view.end()
    with pytest.raises(StoreError, match="a block is missing"):
        reader.begin(1.0)
    reader.close()


def test_an_entry_without_its_row_is_damage(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    tamper(tmp_path, lambda transaction, tables, _: transaction.drop(tables.rows, delete=False))
    reader = ListReader(tmp_path)
    view = reader.begin(0.0)
    with pytest.raises(StoreError, match="names no row"):
        view.row_of(LISTED)
    view.end()
    reader.close()


def test_a_switch_is_followed_with_what_is_known_of_rows(tmp_path: Path) -> None:
    load_text(tmp_path, csv_of(range(3)))
    reader = ListReader(tmp_path)
    view = reader.begin(0.0)
    before = view.row_of(LISTED)
    view.end()
    again = reader.begin(0.0)
    assert again.row_of(LISTED) is before
    again.end()
    reader.close()
