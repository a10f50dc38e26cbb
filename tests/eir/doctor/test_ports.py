import errno
import socket

import pytest

from eir.config import Endpoint
from eir.doctor.finding import Finding, Level
from eir.doctor.ports import Wanted, examine, port, ports
from tests.eir.doctor.configured import GATEWAY, configured

WANTED = Wanted("diameter.listen_tcp", "tcp", Endpoint(addresses=("127.0.0.1",), port=3868))


def judged(error: int | None, *, is_running: bool = False) -> Finding:
    return port(WANTED, error, is_running=is_running)


def test_every_port_is_named_once_and_any_port_never() -> None:
    config = configured(f'{GATEWAY}[diameter]\nlisten_tcp = ["127.0.0.1:0", "127.0.0.1:3868"]')
    assert [wanted.place for wanted in ports(config)] == ["diameter.listen_tcp", "admin.listen"]


@pytest.mark.parametrize(
    ("error", "is_running", "level", "mend"),
    [
        (None, False, Level.OK, ""),
        (None, True, Level.WARN, "systemctl restart eir"),
        (errno.EADDRINUSE, True, Level.OK, ""),
        (errno.EADDRINUSE, False, Level.FAIL, "ss -lnp | grep :3868"),
        (errno.EADDRNOTAVAIL, False, Level.FAIL, "ip -brief address"),
        (errno.EPROTONOSUPPORT, False, Level.FAIL, "modprobe sctp"),
        (errno.EACCES, False, Level.FAIL, "CAP_NET_BIND_SERVICE"),
        (errno.EIO, False, Level.FAIL, "another address"),
    ],
)
def test_a_port_is_judged_by_what_came_of_taking_it(
    error: int | None,
    is_running: bool,  # noqa: FBT001
    level: Level,
    mend: str,
) -> None:
    finding = judged(error, is_running=is_running)
    assert finding.level is level
    assert mend in finding.mend


def test_a_port_is_tried_and_given_back() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        text = f'[diameter]\nlisten_tcp = ["127.0.0.1:{taken}"]\n[admin]\nlisten = "127.0.0.1:0"'
        (finding,) = examine(configured(text), is_running=False)
        assert finding.level is Level.FAIL
    for _ in range(2):
        (finding,) = examine(configured(text), is_running=False)
        assert finding.level is Level.OK
