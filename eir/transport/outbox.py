"""What a batch brought to be sent and closed: one write a connection, closings after it."""

from collections.abc import Mapping, Sequence

from eir.metrics import MESSAGES_OUT, OCTETS_OUT
from eir.transport.link import Link
from eir.transport.reporter import Reporter
from protocols.effects import Close, Connection, Send


class Outbox:
    """Keeps messages and closings until a batch is done."""

    def __init__(self, links: Mapping[Connection, Link], reporter: Reporter) -> None:
        """Begin empty.

        Args:
            links: the connections that there are, as they come and go.
            reporter: told what is sent.
        """
        self._links = links
        self._reporter = reporter
        self._outgoing: list[Send | Close] = []

    def __len__(self) -> int:
        return len(self._outgoing)

    def add(self, effect: Send | Close) -> None:
        """Keep what a machine wants sent or closed."""
        self._outgoing.append(effect)
        if isinstance(effect, Close):
            self._links[effect.connection].closed = True

    def take_back(self, before: int) -> None:
        """Send nothing of what was added since there were so many; close it all the same.

        The machine has forgotten what it closes, so nobody else would close it.
        """
        since = self._outgoing[before:]
        self._outgoing[before:] = [effect for effect in since if isinstance(effect, Close)]

    def since(self, before: int) -> list[Send]:
        """Give the messages that were added since there were so many."""
        return [effect for effect in self._outgoing[before:] if isinstance(effect, Send)]

    def flush(self) -> None:
        """Hand over what there is."""
        if not self._outgoing:  # as behind checks that were known
            return
        outgoing, self._outgoing = self._outgoing, []
        batches: dict[Connection, list[Send]] = {}
        for effect in outgoing:
            if isinstance(effect, Send):
                batches.setdefault(effect.connection, []).append(effect)
        for connection, batch in batches.items():
            self._write(connection, batch)
        for effect in outgoing:
            if isinstance(effect, Close) and effect.connection in self._links:
                self._links[effect.connection].association.close()

    def _write(self, connection: Connection, batch: Sequence[Send]) -> None:
        link = self._links.get(connection)
        if link is None:  # it ended while this batch was answered
            return
        transport = (link.association.transport,)
        self._reporter.counters.add(MESSAGES_OUT, transport, len(batch))
        self._reporter.counters.add(OCTETS_OUT, transport, sum(len(m.octets) for m in batch))
        link.association.write(batch)
