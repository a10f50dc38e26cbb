import pytest

from eir.doctor.finding import Level
from eir.doctor.kernel import examine, sctp, sysctl, wants_sctp
from tests.eir.doctor.configured import GATEWAY, configured


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", False),
        ('[diameter]\nlisten_sctp = ["127.0.0.1:3868"]', True),
        (GATEWAY, True),
        (f'{GATEWAY}transport = "tcp"', False),
        (GATEWAY.replace("enabled = true", "enabled = false"), False),
        (
            '[[diameter.peer]]\norigin_host = "a.b"\naddresses = ["192.0.2.1"]\nconnect = true',
            True,
        ),
    ],
)
def test_sctp_is_wanted_by_who_speaks_it(text: str, wanted: bool) -> None:  # noqa: FBT001
    assert wants_sctp(configured(text)) is wanted


def test_sctp_that_is_wanted_and_not_there_fails_and_says_how_to_have_it() -> None:
    finding = sctp(wanted=True, there=False)
    assert finding.level is Level.FAIL
    assert "modprobe sctp" in finding.mend
    assert sctp(wanted=False, there=False).level is Level.OK
    assert sctp(wanted=True, there=True).level is Level.OK


def test_a_queue_that_is_too_short_is_told_with_the_command_that_lengthens_it() -> None:
    finding = sysctl("net/core/somaxconn", 64, 128, "connections are refused")
    assert finding.level is Level.WARN
    assert "net.core.somaxconn = 128" in finding.mend
    assert sysctl("net/core/somaxconn", 128, 128, "").level is Level.OK
    assert sysctl("net/core/somaxconn", None, 128, "").level is Level.OK


def test_the_kernel_is_looked_at() -> None:
    checks = [finding.check for finding in examine(configured())]
    assert checks[:2] == ["kernel sctp", "kernel net.core.somaxconn"]
