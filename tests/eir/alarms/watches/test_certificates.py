from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eir.alarms.board import Finding, Undecided
from eir.alarms.watches.certificates import Expiry, expiries, look
from eir.config import parse
from tests.certificates import Authority

NOW = datetime(2026, 1, 10, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "severity"),
    [(31 * DAY, None), (30 * DAY, "minor"), (timedelta(seconds=1), "minor"), (-DAY, "critical")],
)
def test_one_that_expires_soon_is_an_alarm_and_a_worse_one_afterwards(
    left: timedelta, severity: str | None
) -> None:
    found = look([Expiry("national ca_file /ca.pem", NOW + left)], NOW, days=30)
    said = [each.severity or each.kind.severity for each in found if isinstance(each, Finding)]
    assert said == ([severity] if severity else [])


def test_one_that_cannot_be_read_is_undecided() -> None:
    assert [type(each) for each in look([Expiry("x", None)], NOW, days=30)] == [Undecided]


REGISTRY = """
[admin]
certificate_file = "{0}/admin.pem"
key_file = "{0}/admin.key"
client_ca_file = "{0}/clients.pem"
[alarms.webhook]
ca_file = "{0}/noc.pem"
[[registry]]
name = "national"
format = "csv"
source = "https://registry.example.org/"
roots_file = "{0}/roots.pem"
[registry.access]
ca_file = "{0}/none.pem"
certificate_file = "credential:client"
[[registry.key]]
id = "2026a"
file = "{0}/a.pem"
not_after = 2026-01-31
[[registry.key]]
id = "2025a"
file = "{0}/b.pem"
not_after = 2025-01-31
revoked = true
[[registry.key]]
id = "2026b"
file = "{0}/c.pem"
"""


def test_every_certificate_and_key_of_the_configuration_is_looked_at(tmp_path: Path) -> None:
    soon, late = (Authority.make(f"root {days}", lives=days * DAY) for days in (5, 500))
    (tmp_path / "roots.pem").write_bytes(late.pem + soon.pem)
    found = expiries(parse(REGISTRY.format(tmp_path), None))
    assert [(each.name, each.at) for each in found] == [
        (f"national roots_file {tmp_path}/roots.pem", soon.certificate.not_valid_after_utc),
        (f"national ca_file {tmp_path}/none.pem", None),
        ("national certificate_file credential:client", None),
        (f"admin certificate_file {tmp_path}/admin.pem", None),
        (f"admin client_ca_file {tmp_path}/clients.pem", None),
        (f"webhook ca_file {tmp_path}/noc.pem", None),
        ("national key 2026a", datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ]


def test_a_file_that_holds_no_certificate_is_as_one_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_bytes(b"nonsense")
    roots, *_ = expiries(parse(REGISTRY.format(tmp_path), None))
    assert roots.at is None


def test_a_key_may_be_good_until_the_last_day_there_is(tmp_path: Path) -> None:
    text = REGISTRY.format(tmp_path).replace("2026-01-31", "9999-12-31")
    *_, key = expiries(parse(text, None))
    assert look([key], NOW, days=30) == []
