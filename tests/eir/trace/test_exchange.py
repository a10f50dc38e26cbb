from eir.trace.exchange import Exchange, Match
from tests.eir.trace.exchanges import ASKED, IMEI, IMSI, STOLEN, exchange


def test_an_exchange_survives_json() -> None:
    found = Match(traces=(1, 2), exchange=exchange())
    assert Match.model_validate_json(found.model_dump_json(), strict=False) == found


def test_a_record_has_all_that_was_asked_and_decided() -> None:
    (record,) = exchange().records
    assert (record.equipment, record.imsi, record.peer) == (ASKED.equipment, IMSI, ASKED.peer)
    assert (record.status, record.rule, record.reason) == ("prohibited", "prohibited", "stolen")
    assert (record.list, record.matched, record.version) == ("prohibited", IMEI, STOLEN.version)


def test_no_repr_shows_personal_data() -> None:
    shown = repr(exchange())
    assert IMEI not in shown
    assert IMSI not in shown
    assert IMEI.encode().hex() not in shown


def test_the_size_is_that_of_all_octets() -> None:
    found: Exchange = exchange()
    assert found.size == len(found.messages[0].hex)
