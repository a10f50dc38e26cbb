"""Everybody who is told, as the configuration names them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from eir.alarms.board import Alarm, Notice
from eir.alarms.outlets.outlet import Outlet
from eir.config import Config
from eir.lasting import lasting


class Outlets:
    """Tells everybody; other ones after a configuration that names others.

    Who is new is told what is on.
    """

    def __init__(self, config: Config, active: Callable[[], Sequence[Alarm]]) -> None:
        self._active = active
        self._changed = asyncio.Event()
        self._begin(config)

    def all(self) -> Sequence[Outlet]:
        """Give one for each who is told."""
        return self._opened

    def tell(self, notice: Notice) -> None:
        """Tell a notice; never wait."""
        for outlet in self._opened:
            outlet.tell(notice)

    def follow(self, config: Config) -> None:
        """Go on with another configuration; what waits for those it changes is lost."""
        if _wanted(config) != self._wanted:
            self._begin(config)
            self._changed.set()

    def _begin(self, config: Config) -> None:
        self._wanted = _wanted(config)
        self._opened = _open(config)
        for alarm in self._active():
            self.tell(Notice("raised", alarm, alarm.since))

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._changed.clear()
            with ExitStack() as stack:
                for outlet in self._opened:
                    stack.callback(outlet.close)
                async with asyncio.TaskGroup() as tasks:
                    running = [tasks.create_task(lasting(outlet.run)) for outlet in self._opened]
                    await self._changed.wait()
                    for task in running:
                        task.cancel()


def _open(config: Config) -> Sequence[Outlet]:
    """Open the way to everybody; what each needs is imported only where somebody wants it."""
    alarms, node = config.alarms, config.diameter.origin_host
    opened: list[Outlet] = []
    if alarms.webhook.url:
        from eir.alarms.outlets.webhook import webhook  # noqa: PLC0415 - a second to load

        opened.append(webhook(alarms.webhook, node))
    if alarms.snmp:
        from eir.alarms.outlets.snmp import managers  # noqa: PLC0415 - another one

        opened += managers(alarms.snmp, root=alarms.snmp_root, node=node)
    return opened


def _wanted(config: Config) -> tuple[object, ...]:
    """Give all that outlets know of a configuration."""
    alarms = config.alarms
    return alarms.webhook, alarms.snmp, alarms.snmp_root, config.diameter.origin_host
