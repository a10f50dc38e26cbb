from collections.abc import Iterator

import pytest

from eir.lists.names import ListName
from eir.lists.search import Query, naming_equipment, naming_subscriber, naming_type, search
from eir.lists.subjects import Opaque
from eir.store.catalog import Lists, reading_lists
from protocols.identities import Imei
from tests.eir.lists_loading import load_text

BLOCKED = """imei,imei_to,tac,imsi,msisdn,reason,effective,expires,svn
00100199000001,,,,,Stolen,1970-01-11,,
00100198000001,,,,,lost,,1970-01-21,
00100198999999,00100199000000,,,,batch,,,
,,00100199,,,type,,,
00100199000002,,,001010000000001,,pair,,,
,,,001010000000001,1550000001,fraud,,,
nonsense,,,,,clone,,,
00100197000001,00100197000009,,,,firmware,,,07
"""
DAY = 86_400


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    path = tmp_path_factory.mktemp("store")
    load_text(path, BLOCKED)
    load_text(
        path,
        "imei,reason,device\n00100199000001,stolen too,phone 1\n",
        name=ListName.TRACKING,
        source="registry",
    )
    with reading_lists(path) as opened:
        yield opened


def found(lists: Lists, **query: object) -> list[str]:
    return [line.entry.reason for line in search(lists, Query(**query))]  # type: ignore[arg-type]


def test_without_a_question_every_entry_is_found(lists: Lists) -> None:
    assert set(found(lists)) == {
        *("Stolen", "lost", "batch", "type", "pair", "fraud", "clone", "firmware", "stolen too")
    }


def test_a_part_of_the_reason_is_enough_in_any_case(lists: Lists) -> None:
    assert found(lists, reason="STOLEN") == ["Stolen", "stolen too"]


def test_lists_and_sources_are_told_apart(lists: Lists) -> None:
    assert found(lists, name=ListName.TRACKING) == ["stolen too"]
    assert found(lists, source="registry") == ["stolen too"]
    assert found(lists, name=ListName.PROHIBITED, source="registry") == []


def test_a_type_has_its_equipments_its_ranges_and_itself(lists: Lists) -> None:
    of_type = found(lists, tac="00100199")
    assert sorted(of_type) == ["Stolen", "batch", "pair", "stolen too", "type"]
    assert sorted(found(lists, tac="00100198")) == ["batch", "lost"]
    assert found(lists, tac="00100196") == []


def test_instants_bound_what_is_found(lists: Lists) -> None:
    assert found(lists, effective_after=10 * DAY) == ["Stolen"]
    assert found(lists, effective_after=10 * DAY + 1) == []
    assert "Stolen" not in found(lists, effective_before=10 * DAY)
    assert "lost" in found(lists, effective_before=10 * DAY)
    assert found(lists, expiring_before=20 * DAY) == []
    assert found(lists, expiring_before=20 * DAY + 1) == ["lost"]


def test_all_that_is_given_must_fit(lists: Lists) -> None:
    assert found(lists, tac="00100199", reason="stolen", source="local") == ["Stolen"]


def test_what_is_found_names_its_phone(lists: Lists) -> None:
    (line,) = search(lists, Query(source="registry"))
    assert (line.subject.key, line.device) == ("00100199000001", "phone 1")


def test_a_subscriber_is_found_by_each_number(lists: Lists) -> None:
    by_imsi = naming_subscriber(lists, imsi="001010000000001")
    assert sorted(line.entry.reason for line in by_imsi) == ["fraud", "pair"]
    by_msisdn = naming_subscriber(lists, msisdn="1550000001")
    assert [line.subject.key for line in by_msisdn] == ["001010000000001+1550000001"]
    assert not list(naming_subscriber(lists, imsi="001010000000002", msisdn="1550000001"))


def test_a_type_is_found_without_its_equipments(lists: Lists) -> None:
    assert [line.entry.reason for line in naming_type(lists, "00100199")] == ["batch", "type"]
    assert [line.entry.reason for line in naming_type(lists, "00100198")] == ["batch"]


def test_an_equipment_has_its_entries_its_combinations_and_the_ranges_around_it(
    lists: Lists,
) -> None:
    of_first = naming_equipment(lists, Imei("00100199000001"))
    assert [(line.subject.key, line.entry.reason) for line in of_first] == [
        ("00100199000001", "Stolen"),
        ("00100199000001", "stolen too"),
        ("00100199", "type"),
    ]
    within = naming_equipment(lists, Imei("00100199000000"))
    assert [line.subject.key for line in within] == [
        "00100198999999-00100199000000",
        "00100199",
    ]
    assert all(line.entry.span is None for line in within)
    (versioned,) = naming_equipment(lists, Imei("00100197000005"))
    assert versioned.subject.key == "00100197000001-00100197000009/07"
    assert [line.entry.reason for line in naming_equipment(lists, Imei("00100199000002"))] == [
        *("pair", "type")
    ]
    assert [line.entry.reason for line in naming_equipment(lists, Opaque("NONSENSE"))] == ["clone"]
