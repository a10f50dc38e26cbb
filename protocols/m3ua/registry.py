"""All application servers that peers' ASPs serve, each made when its first ASP is up."""

from collections.abc import Iterable

from protocols.effects import Connection, Effect
from protocols.m3ua.application_server import ApplicationServer, AsKey, AsState, Member
from protocols.m3ua.asp_table import AspState
from protocols.m3ua.codes import TrafficMode
from protocols.mtp import Transfer
from protocols.timers import Timers


class Registry:
    """The application servers of this node, by what they are known by."""

    def __init__(self) -> None:
        self._servers: dict[AsKey, ApplicationServer] = {}
        self._timers: Timers[ApplicationServer] = Timers()

    @property
    def deadline(self) -> float | None:
        """When to call `expire` at the latest."""
        return self._timers.deadline

    def mode_of(self, key: AsKey) -> TrafficMode | None:
        """Tell the traffic mode of an application server; None: no ASP has set it."""
        server = self._servers.get(key)
        return server.mode if server is not None and server.active else None

    def active(self, key: AsKey) -> tuple[Connection, ...]:
        """Tell the associations whose ASPs are active in an application server."""
        server = self._servers.get(key)
        return () if server is None else server.active

    def holders(
        self, identifier: int, keys: Iterable[AsKey], connection: Connection
    ) -> list[Member]:
        """Find the ASPs of other associations that have an ASP Identifier in one of these."""
        servers = (self._servers.get(key) for key in keys)
        found = (server.holder(identifier, connection) for server in servers if server)
        return list({member.connection: member for member in found if member}.values())

    def update(
        self, key: AsKey, member: Member, state: AspState, *, mode: TrafficMode, now: float
    ) -> list[Effect[Transfer]]:
        """Take the state of an ASP in one application server; the first active one sets `mode`."""
        server = self._servers.get(key)
        if server is None:
            if state is AspState.ASP_DOWN:
                return []
            server = self._servers[key] = ApplicationServer(key, mode)
        return self._after(server, server.update(member, state, mode, now))

    def expire(self, now: float) -> list[Effect[Transfer]]:
        """Act on `deadline`."""
        return [
            effect
            for server in self._timers.due(now)
            for effect in self._after(server, server.expire(now))
        ]

    def _after(
        self, server: ApplicationServer, effects: list[Effect[Transfer]]
    ) -> list[Effect[Transfer]]:
        """Keep the timer of an application server; forget one that nobody serves."""
        if server.state is AsState.AS_DOWN:
            del self._servers[server.key]
        else:
            self._timers.arm(server)
        return effects
