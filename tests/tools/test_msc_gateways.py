"""Which association is used, over links that are only lists."""

import socket

import pytest

from tests.tools.scripted_map_eir import DATA, kind_of, obliging
from tools.errors import LinkError
from tools.link import Link
from tools.msc_gateways import Event, Gateway, Gateways
from tools.ss7_asp import Profile
from tools.ss7_m3ua import ProtocolData


class ListLink(Link):
    """Agrees to everything but data, which it keeps; breaks when it is told to."""

    def __init__(self) -> None:
        self._near, far = socket.socketpair()
        super().__init__(far)
        self._waiting: list[bytes] = []
        self.is_broken = False
        self.carried: list[bytes] = []
        self.streams: list[int] = []

    @property
    def addresses(self) -> tuple[str, ...]:
        return ("127.0.0.1",)

    def send(self, message: bytes, *, stream: int = 0) -> None:
        if self.is_broken:
            raise LinkError("gone")
        if kind_of(message) == DATA:
            self.carried.append(message)
            self.streams.append(stream)
        else:
            self._waiting += obliging(message)

    def receive(self, seconds: float) -> list[bytes]:
        del seconds  # nothing here takes time
        waiting, self._waiting = self._waiting, []
        return waiting

    def close(self) -> None:
        super().close()
        self._near.close()

    def _write(self, message: bytes, stream: int) -> None:
        raise NotImplementedError

    def _read(self) -> list[bytes]:
        raise NotImplementedError


def data(sls: int) -> ProtocolData:
    return ProtocolData(opc=10, dpc=20, network_indicator=2, sls=sls, octets=b"question")


def opened(*links: ListLink, persistent: bool, tell: list[Event]) -> Gateways:
    profile = Profile(point_code=10)
    waiting = iter(links)
    each = [Gateway(str(n), lambda: next(waiting), profile, 1.0) for n in range(len(links))]
    gateways = Gateways(each, persistent=persistent, tell=tell.append)
    gateways.open()
    return gateways


def test_questions_are_shared_by_their_sls() -> None:
    first, second = ListLink(), ListLink()
    gateways = opened(first, second, persistent=True, tell=[])
    for sls in range(16):
        gateways.send(data(sls))
    gateways.close(0.0)
    assert (len(first.carried), len(second.carried)) == (8, 8)


def test_data_stay_off_stream_0_and_an_sls_keeps_its_stream() -> None:
    link = ListLink()
    gateways = opened(link, persistent=True, tell=[])
    for sls in (0, 1, 15, 0):
        gateways.send(data(sls))
    gateways.close(0.0)
    assert link.streams == [1, 2, 16, 1]


def test_what_a_broken_association_does_not_take_goes_by_another() -> None:
    events: list[Event] = []
    breaking, living = ListLink(), ListLink()
    gateways = opened(breaking, living, persistent=True, tell=events)
    breaking.is_broken = True
    gateways.send(data(0))
    gateways.send(data(0))
    gateways.close(0.0)
    assert len(living.carried) == 2
    assert [(each.gateway, each.active, each.reason) for each in events[2:]] == [
        ("0", False, "gone")
    ]


def test_a_broken_association_is_a_failure_where_it_is_not_made_anew() -> None:
    link = ListLink()
    gateways = opened(link, persistent=False, tell=[])
    link.is_broken = True
    with pytest.raises(LinkError):
        gateways.send(data(0))
    gateways.close(0.0)
