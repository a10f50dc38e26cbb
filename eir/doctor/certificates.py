"""What expires: every certificate and key that the configuration names."""

from datetime import datetime

from eir.alarms.watches.certificates import Expiry, expiries
from eir.config import Config
from eir.doctor.finding import Finding

_MEND = "ask who issued it for the next one, put it there, and systemctl reload eir"


def examine(config: Config, now: datetime) -> list[Finding]:
    """Look at each of them; `now` is aware."""
    days = config.alarms.certificate_days
    return [certificate(expiry, now, days=days) for expiry in expiries(config)]


def certificate(expiry: Expiry, now: datetime, *, days: int) -> Finding:
    """Judge when something expires.

    Args:
        expiry: what, and when.
        now: aware.
        days: that it should count at least.
    """
    check = "certificates"
    if expiry.at is None:
        mend = "name a PEM file that the server's user may read"
        return Finding.fail(check, f"{expiry.name} cannot be read", mend)
    left = (expiry.at - now).days
    if expiry.at <= now:
        return Finding.fail(check, f"{expiry.name} expired on {expiry.at:%Y-%m-%d}", _MEND)
    text = f"{expiry.name} expires on {expiry.at:%Y-%m-%d}, in {left} days"
    return Finding.warn(check, text, _MEND) if left < days else Finding.ok(check, text)
