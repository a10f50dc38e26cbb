from eir import metrics
from eir.transport.link import Link
from eir.transport.outbox import Outbox
from protocols.effects import Close, Connection, Send
from tests.eir.transport.memory import Bench, MemoryAssociation, ShiftedLoop, new_intake, run
from tests.harness import DWR, message


class Post:
    """An outbox for two connections."""

    def __init__(self) -> None:
        self.associations = {1: MemoryAssociation(), 2: MemoryAssociation()}
        self.links: dict[Connection, Link] = {
            connection: Link(connection, association, new_intake())
            for connection, association in self.associations.items()
        }
        bench = Bench()
        self.counters = bench.counters
        self.outbox = Outbox(self.links, bench.driver.reporter)

    def send(self, connection: Connection, number: int) -> None:
        self.outbox.add(Send(connection, message(DWR, number=number)))

    def sent(self, connection: Connection) -> list[list[int]]:
        """Give the numbers of what was sent, a list a write."""
        return [[each.number for each in w] for w in self.associations[connection].writes]


def test_what_a_batch_brought_leaves_as_one_write_a_connection_and_is_counted() -> None:
    async def test(_: ShiftedLoop) -> None:
        post = Post()
        for connection, number in ((1, 10), (2, 20), (1, 11)):
            post.send(connection, number)
        assert (len(post.outbox), post.sent(1)) == (3, [])
        post.outbox.flush()
        assert (post.sent(1), post.sent(2), len(post.outbox)) == ([[10, 11]], [[20]], 0)
        assert post.counters.value(metrics.MESSAGES_OUT, ("tcp",)) == 3
        octets = 3 * len(message(DWR))
        assert post.counters.value(metrics.OCTETS_OUT, ("tcp",)) == octets

    run(test)


def test_a_connection_is_closed_after_what_was_sent_on_it() -> None:
    async def test(_: ShiftedLoop) -> None:
        post = Post()
        post.outbox.add(Close(1))
        post.send(1, 10)
        assert (post.links[1].closed, post.associations[1].closings) == (True, 0)
        post.outbox.flush()
        assert (post.sent(1), post.associations[1].closings) == ([[10]], 1)

    run(test)


def test_what_is_taken_back_is_not_sent_but_closed_all_the_same() -> None:
    async def test(_: ShiftedLoop) -> None:
        post = Post()
        post.send(1, 10)
        before = len(post.outbox)
        post.send(1, 11)
        post.outbox.add(Close(2))
        post.outbox.take_back(before)
        post.outbox.flush()
        assert (post.sent(1), post.associations[2].closings) == ([[10]], 1)

    run(test)


def test_nothing_is_sent_on_a_connection_that_ended_meanwhile() -> None:
    async def test(_: ShiftedLoop) -> None:
        post = Post()
        post.send(1, 10)
        post.outbox.add(Close(1))
        del post.links[1]
        post.outbox.flush()
        assert (post.sent(1), post.associations[1].closings) == ([], 0)

    run(test)
