"""The identifiers of the requests that we make (RFC 6733 §3)."""

import pytest

from protocols.diameter.link import Identifiers

pytestmark = pytest.mark.spec("RFC 6733", "3")


def test_every_request_has_identifiers_of_its_own() -> None:
    identifiers = Identifiers(origin_state_id=7, random=lambda: 0.5)
    given = [identifiers.next() for _ in range(100)]
    for name in ("hop_by_hop", "end_to_end"):
        assert len({pair[name] for pair in given}) == 100


def test_the_time_of_the_start_is_in_the_high_twelve_bits_of_the_end_to_end_identifier() -> None:
    identifiers = Identifiers(origin_state_id=0x12345ABC, random=lambda: 0.25)
    assert identifiers.next()["end_to_end"] >> 20 == 0xABC


def test_identifiers_begin_at_random() -> None:
    low = Identifiers(origin_state_id=0, random=lambda: 0.1).next()
    high = Identifiers(origin_state_id=0, random=lambda: 0.9).next()
    assert low["hop_by_hop"] < 0x20000000
    assert high["hop_by_hop"] > 0xE0000000
    assert low["end_to_end"] < 0x20000
    assert high["end_to_end"] > 0xE0000


def test_identifiers_stay_within_32_bits() -> None:
    identifiers = Identifiers(origin_state_id=0xFFF, random=lambda: 1.0)
    given = [identifiers.next() for _ in range(2)]
    assert [pair["hop_by_hop"] for pair in given] == [0, 1]
    assert [pair["end_to_end"] for pair in given] == [0, 1]
