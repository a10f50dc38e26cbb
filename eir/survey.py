"""What a worker looks at now and then, beside its messages: watchdogs, what waits, SCTP paths."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple
from typing import Any

from eir.decision.verdict import Interface
from eir.metrics import PROBES, RETRANSMITTED, WAITING, Counters
from eir.path_rows import Key, PathRow
from eir.transport.backlog import Room
from eir.transport.driver import AnyDriver
from eir.transport.link import Link
from eir.transport.sctp import SctpAssociation
from protocols.probes import Probes

_RESULTS = ("sent", "answered", "missed")  # as `Probes` has them


class Survey:
    """Looks at the services of one worker."""

    def __init__(self, counters: Counters, room: Room[Any]) -> None:
        """Know nothing yet.

        Args:
            counters: of the worker.
            room: where messages wait.
        """
        self._counters = counters
        self._room = room
        self._drivers: list[tuple[Interface, AnyDriver]] = []
        self._probed: dict[tuple[Interface, str], tuple[int, ...]] = {}

    def add(self, interface: Interface, driver: AnyDriver) -> None:
        """Look at one more driver."""
        self._drivers.append((interface, driver))

    def look(self) -> dict[Key, PathRow]:
        """Count what is new, and give the paths that there are."""
        self._counters.set(WAITING, (), self._room.octets)
        rows: dict[Key, PathRow] = {}
        for interface, driver in self._drivers:
            self._count_probes(interface, driver.machine.probes)
            for number, link in driver.links.items():
                for row in self._paths(interface, link):
                    rows[f"{interface.value} {number} {row.address}"] = row
        return rows

    def _count_probes(self, interface: Interface, probes: Mapping[str, Probes]) -> None:
        for peer, probed in probes.items():
            now = astuple(probed)
            before = self._probed.get((interface, peer), (0,) * len(now))
            if now != before:
                self._probed[interface, peer] = now
                place = self._counters.place_of(interface, peer)
                for result, new, old in zip(_RESULTS, now, before, strict=True):
                    self._counters.add_of(place, PROBES, (result,), new - old)

    def _paths(self, interface: Interface, link: Link) -> Iterator[PathRow]:
        association = link.association
        if not isinstance(association, SctpAssociation):
            return
        place = self._counters.place_of(interface, link.peer)
        self._counters.add_of(place, RETRANSMITTED, (), association.retransmitted())
        for path in association.paths():
            yield PathRow(
                peer=link.peer,
                address=path.address,
                state=path.state,
                rto_seconds=path.rto_ms / 1000,
                srtt_seconds=path.srtt_ms / 1000,
            )
