from datetime import UTC, datetime, timedelta

import pytest

from eir.alarms.watches.certificates import Expiry
from eir.doctor.certificates import certificate, examine
from eir.doctor.finding import Level
from tests.eir.doctor.configured import configured

NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "level"),
    [
        (timedelta(days=30), Level.OK),
        (timedelta(days=29, hours=23), Level.WARN),
        (timedelta(0), Level.FAIL),
    ],
)
def test_what_expires_soon_is_told_before_it_does(left: timedelta, level: Level) -> None:
    finding = certificate(Expiry("national ca_file /ca.pem", NOW + left), NOW, days=30)
    assert finding.level is level
    assert "national ca_file /ca.pem" in finding.found


def test_what_cannot_be_read_fails() -> None:
    assert certificate(Expiry("a", None), NOW, days=30).level is Level.FAIL


def test_keys_and_certificates_of_registries_are_looked_at() -> None:
    text = """
[[registry]]
name = "national"
format = "csv"
source = "file:///inbox"
roots_file = "/none.pem"
[[registry.key]]
id = "2026a"
file = "/2026a.pem"
not_after = 2026-09-10
"""
    roots, key = examine(configured(text), NOW)
    assert (roots.level, key.level) == (Level.FAIL, Level.WARN)
    assert key.found == "national key 2026a expires on 2026-09-10, in 9 days"
