"""All associations of a simulated MSC: to the EIR itself, or to one signalling gateway or more."""

import math
import select
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeAlias

from tools.errors import LinkError, PeerError, RefusedError
from tools.link import Link
from tools.ss7_asp import Asp, Profile, State, wait_until_active
from tools.ss7_m3ua import ProtocolData

Dial: TypeAlias = Callable[[], Link]

RETRY_SECONDS: Final = 0.2  # between attempts to connect: ours, short so that tests are
LOOK_SECONDS: Final = 0.02  # how often we look whether a new connection is there


@dataclass(frozen=True, slots=True)
class Event:
    """An association came up or went down; `at` is on the monotonic clock, in seconds."""

    at: float
    gateway: str
    active: bool
    reason: str = ""


class Gateway:
    """One association that is made anew when it ends.

    `active_within` is how many seconds the peer has to let it become active.
    """

    def __init__(self, name: str, dial: Dial, profile: Profile, active_within: float) -> None:
        self.name = name
        self._dial = dial
        self._profile = profile
        self._active_within = active_within
        self._dialling: Future[Link] | None = None
        self._asp: Asp | None = None
        self._was_active = False  # in this association
        self._due = 0.0  # when to connect again, or to give up what does not become active

    @property
    def link(self) -> Link | None:
        """Tell what to wait on."""
        return None if self._asp is None else self._asp.link

    @property
    def is_active(self) -> bool:
        """Tell whether data may be sent."""
        return self._asp is not None and self._asp.state is State.ACTIVE

    @property
    def patience(self) -> float:
        """Tell after how many seconds to look after it again."""
        return (self._profile.heartbeat or math.inf) if self.is_active else LOOK_SECONDS

    def open(self) -> Event:
        """Connect and become active, before anything else is done.

        Raises:
            PeerError: nobody is there, or does not want us.
        """
        asp = Asp(self._dial(), self._profile)
        try:
            wait_until_active(asp, self._active_within)
        except PeerError:
            asp.close(0.0)
            raise
        self._asp, self._was_active = asp, True
        return Event(time.monotonic(), self.name, active=True)

    def advance(self, pool: ThreadPoolExecutor) -> None:
        """Take the next step towards being active.

        Raises:
            RefusedError: the peer takes too long.
        """
        now = time.monotonic()
        if self._asp is not None:
            if self.is_active:
                self._was_active = True
            elif self._was_active:  # it may leave: what it still answers is worth the wait
                self._was_active = False
                self._due = now + self._active_within
            elif now > self._due:
                within = f"{self._active_within:g} s"
                raise RefusedError(f"still {self._asp.state.value} after {within}")
        elif self._dialling is None:
            if now >= self._due:
                self._dialling = pool.submit(self._dial)
        elif self._dialling.done():
            self._take_up(self._dialling)

    def beat(self) -> None:
        """Send a heartbeat when one is due.

        Raises:
            LinkError: the last one has no answer.
        """
        if self._asp is not None:
            self._asp.beat(time.monotonic())

    def receive(self) -> list[ProtocolData]:
        """Take what is there.

        Raises:
            PeerError: the association ended, or must.
        """
        return [] if self._asp is None else self._asp.receive(0.0)

    def send(self, data: ProtocolData) -> None:
        """Send one message of the user part.

        Raises:
            LinkError: the association ended.
        """
        if self._asp is not None:
            self._asp.send(data)

    def drop(self) -> None:
        """End the association at once; `advance` makes a new one."""
        if self._asp is not None:
            self._asp.link.close()
        self._asp, self._was_active = None, False
        self._due = time.monotonic() + RETRY_SECONDS

    def close(self, seconds: float) -> None:
        """Take leave."""
        if self._asp is not None:
            self._asp.close(seconds)

    def _take_up(self, dialled: "Future[Link]") -> None:
        self._dialling = None
        now = time.monotonic()
        try:
            link = dialled.result()
        except PeerError:  # not yet
            self._due = now + RETRY_SECONDS
            return
        self._asp = Asp(link, self._profile)
        self._due = now + self._active_within
        self._asp.open()


class Gateways:
    """Sends by any association that is active, and hears them all.

    `persistent` says that an association that ends is no failure: the others go on, and it is
    made anew. `tell` hears of each one that comes and goes.
    """

    def __init__(
        self, gateways: Sequence[Gateway], *, persistent: bool, tell: Callable[[Event], None]
    ) -> None:
        self._gateways = gateways
        self._persistent = persistent
        self._tell = tell
        self._pool = ThreadPoolExecutor(len(gateways))

    def open(self) -> None:
        """Bring up every association, or at least one when the others may come later.

        Raises:
            PeerError: that did not happen.
        """
        failure: PeerError | None = None
        for gateway in self._gateways:
            try:
                self._tell(gateway.open())
            except PeerError as error:
                if not self._persistent:
                    raise
                failure = error
                self._lose(gateway, error)
        if failure is not None and not any(each.is_active for each in self._gateways):
            raise failure

    def send(self, data: ProtocolData) -> None:
        """Send by an active association, those with one SLS by the same; without any, nowhere.

        Raises:
            LinkError: the association ended, and is not to be made anew.
        """
        while active := [each for each in self._gateways if each.is_active]:
            gateway = active[data.sls % len(active)]
            try:
                gateway.send(data)
            except LinkError as error:
                self._lose(gateway, error)
            else:
                return

    def receive(self, seconds: float) -> list[ProtocolData]:
        """Take what comes within `seconds`.

        Raises:
            PeerError: an association ended, and is not to be made anew.
        """
        seconds = min(seconds, self._advance())
        by_link = {each.link: each for each in self._gateways if each.link is not None}
        readable, _, _ = select.select(list(by_link), [], [], max(0.0, seconds))
        received: list[ProtocolData] = []
        for link in readable:
            received += self._hear(by_link[link])
        return received

    def close(self, seconds: float) -> None:
        """Take leave of everybody."""
        for gateway in self._gateways:
            gateway.close(seconds)
        self._pool.shutdown()

    def _advance(self) -> float:
        """Send heartbeats, go on with what is not active; tell when to do so again, in seconds."""
        for gateway in self._gateways:
            try:
                gateway.beat()
                if self._persistent and not gateway.is_active:
                    gateway.advance(self._pool)
            except PeerError as error:
                self._lose(gateway, error)
        return min(each.patience for each in self._gateways)

    def _hear(self, gateway: Gateway) -> list[ProtocolData]:
        was_active = gateway.is_active
        try:
            received = gateway.receive()
        except PeerError as error:
            self._lose(gateway, error)
            return []
        if gateway.is_active and not was_active:
            self._tell(Event(time.monotonic(), gateway.name, active=True))
        return received

    def _lose(self, gateway: Gateway, error: PeerError) -> None:
        gateway.drop()
        self._tell(Event(time.monotonic(), gateway.name, active=False, reason=str(error)))
        if not self._persistent:
            raise error
