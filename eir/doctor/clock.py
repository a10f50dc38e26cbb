"""Whether the clock is right: days of blocking, expiries and records depend on it."""

import ctypes

from eir.doctor.finding import Finding

_CHECK = "clock"
_TIME_ERROR = 5  # the clock is not synchronised (adjtimex(2))
_T_WARN = 1.0  # seconds; ours: so far off, records of two nodes cannot be laid side by side
_MEND = "timedatectl set-ntp true; then: timedatectl timesync-status, or chronyc tracking"


class _Timex(ctypes.Structure):
    """`struct timex` of adjtimex(2), as far as it is read here; modes 0: nothing is set."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),  # microseconds
        ("rest", ctypes.c_char * 256),
    )


def examine() -> list[Finding]:
    """Ask the kernel whether somebody keeps its clock."""
    timex = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):  # no such call in this C library
        state = -1
    return [clock(state, timex.maxerror / 1e6)]


def clock(state: int, greatest_error: float) -> Finding:
    """Judge what adjtimex(2) said.

    Args:
        state: what it returned; negative: it may not be asked.
        greatest_error: seconds that the clock is off at most.
    """
    if state < 0:
        return Finding.warn(
            _CHECK, "the kernel may not be asked; how far it is off is unknown", _MEND
        )
    if state == _TIME_ERROR:
        return Finding.warn(
            _CHECK, "nobody tells the kernel the time; how far it is off is unknown", _MEND
        )
    text = f"synchronised; off by {greatest_error:.3f} s at most"
    return (
        Finding.warn(_CHECK, text, _MEND) if greatest_error > _T_WARN else Finding.ok(_CHECK, text)
    )
