"""The fast lanes of one driver: one for each standing that answers depend on.

A lane answers a batch at a time and leaves the rest to the slow path, from which it learns. That
is done in small steps between batches, so that it never holds the loop for long.
"""

import random
import time
from collections import Counter, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice, takewhile
from typing import Any, Generic, NamedTuple

from eir import garbage
from eir.decision.decider import Decider
from eir.decision.verdict import Interface, Verdict
from eir.interfaces.answer import Answer, Asked, Reply
from eir.metrics import (
    LANE_ANSWERS,
    LANE_DROPPED,
    LANE_MISSES,
    LANE_STUDIES,
    LANE_STUDY_SECONDS,
    MAP_VERSIONS,
    MESSAGES_IN,
    MESSAGES_OUT,
    OCTETS_IN,
    OCTETS_OUT,
    TRANSPORTS,
    slot_of,
)
from eir.transport.link import Link
from eir.transport.machine import Incoming, SlowPath, Whole
from eir.transport.reporter import Reporter
from eir.transport.teaching import SUBJECT, ConnectionTeacher, ShapeAsked, inputs_of
from eir.transport.tracing import Tracing, check_at
from protocols.effects import Connection, Effect, Refused, Request, Send
from protocols.lane.batch import Batch
from protocols.lane.family import Fields
from protocols.lane.lane import Known, Lane
from protocols.lane.shape import Shape
from protocols.lane.shelf import Shelf
from protocols.lane.standing import Standing
from protocols.lane.teacher import Answered, Origin, Written

MOST = 64  # ours: messages that waited and are taken together
MOST_NS = 2_000_000  # ours: how long messages that waited are answered before others have a turn
MAX_LANES = 64  # ours: standings that are remembered
STUDY_NS = 2_500_000  # ours: how long studying goes on before the loop has its turn

_IN, _OUT = (
    {each: tuple(slot_of(family, (each,)) for family in families) for each in TRANSPORTS}
    for families in ((MESSAGES_IN, OCTETS_IN), (MESSAGES_OUT, OCTETS_OUT))
)


class Run(NamedTuple):
    """Messages that were answered together.

    Attributes:
        octets: how long they are.
        batch: the checks.
        send: the answers in one piece.
        begun: when, in nanoseconds of the performance counter.
    """

    octets: int
    batch: Batch[Verdict]
    send: Send
    begun: int


class Lanes(Generic[Request, Reply]):
    """The lanes of one machine.

    Attributes:
        name: of the interface that they answer for.
        is_on: whether they answer and learn at all.
    """

    def __init__(
        self, path: SlowPath[Request, Reply], *, decider: Decider, reporter: Reporter
    ) -> None:
        """Know nothing yet.

        Args:
            path: what is learned from.
            decider: decides about requests.
            reporter: told what was answered.
        """
        self.name = path.name
        self.is_on = True
        self._answers = slot_of(LANE_ANSWERS, (self.name.value,))
        self._path = path
        self._decider = decider
        self._reporter = reporter
        self._tracing = Tracing(reporter)
        self._random = random.SystemRandom().random
        self._shelf = Shelf()
        self._lanes: dict[Hashable, Lane[Asked[Reply]]] = {}
        self._taken_up = 0  # checks of the batch at hand
        self._deciding_ns = 0  # how long deciding about them took

    def answer(self, link: Link, data: bytes) -> Run | None:
        """Answer the messages at the beginning of what was read from a stream; None: not one.

        `leave` is called once the answers are on their way.
        """
        begun = time.perf_counter_ns()
        standing = self._standing(link.connection, None)
        if standing is None:
            return None
        batch: Batch[Verdict] = Batch()
        with self._decider:
            taken = self._run(standing, data, batch, link)
        self._settle(link, len(batch.verdicts) if taken else 0)
        if not taken:
            return None
        return Run(taken, batch, Send(link.connection, b"".join(batch.answers)), begun)

    def leave(self, link: Link, data: bytes, run: Run) -> None:
        """Leave behind what the slow path leaves behind for messages that were answered."""
        octets, batch, send, begun = run
        count, transport = len(batch.verdicts), link.association.transport
        slots = (*_IN[transport], self._answers, *_OUT[transport])
        self._reporter.counters.add_each(slots, (count, octets, count, count, len(send.octets)))
        self._report(batch, link, begun=begun)
        if self._reporter.tracer.is_on:
            self._tracing.answered(link, data, _cut(data, batch.sizes), batch, begun=begun)

    def answer_waiting(self, link: Link, messages: deque[Incoming]) -> list[Send]:
        """Answer the first of messages that came, within a batch of the decider's.

        Those that are answered are taken away.
        """
        begun = time.perf_counter_ns()
        standing = self._standing(link.connection, None)
        batch: Batch[Verdict] = Batch()
        sends: list[Send] = []
        came: list[Incoming] = []
        while standing is not None:
            whole = takewhile(partial(_is_for, standing), islice(messages, MOST))
            run = [each.octets for each in whole if isinstance(each, Whole)]
            if not run or not self._run(standing, b"".join(run), batch, link):
                break
            before = len(sends)
            for octets, size in zip(run, batch.sizes[before:], strict=False):
                if len(octets) != size:
                    break  # on SCTP one message may be several, or have an appendix
                answer = batch.answer(len(sends))
                sends.append(Send(link.connection, answer.octets, answer.ordered, answer.stream))
                came.append(messages.popleft())
            batch.keep(len(sends))
            if len(sends) - before < len(run) or time.perf_counter_ns() - begun >= MOST_NS:
                break
        self._settle(link, len(sends))
        if sends:
            slots = (*_IN[link.association.transport], self._answers)
            counts = len(sends), sum(batch.sizes), len(sends)
            self._reporter.counters.add_each(slots, counts)
            self._report(batch, link, begun=begun)
            if self._reporter.tracer.is_on:
                wholes = [each for each in came if isinstance(each, Whole)]  # all of them are
                octets = b"".join(each.octets for each in wholes)
                self._tracing.answered(link, octets, wholes, batch, begun=begun)
        return sends

    def _standing(self, connection: Connection, stream: int | None) -> Standing | None:
        """Give the standing of a connection; None: what comes there now is for the slow path."""
        standing = self._path.machine.standing(connection) if self.is_on else None
        return None if standing is None or stream in standing.slow_streams else standing

    def _run(self, standing: Standing, data: bytes, batch: Batch[Verdict], link: Link) -> int:
        """Have the lane answer what it knows; a bug in it leaves the rest to the slow path."""
        lane = self._lane(standing)
        try:
            return lane.answer(data, partial(self._decide, link), standing.partners, batch)
        except Exception:  # noqa: BLE001 - nothing of this was sent yet
            self._reporter.broken(remote=link.association.remote)
            self._forget(standing.forms)
            return 0

    def _decide(
        self, link: Link, numbers: list[int], askers: list[Any], fields: list[Fields]
    ) -> list[Verdict]:
        """Take these checks up, and decide about them."""
        self._reporter.received(len(numbers), by=link.peer)
        self._taken_up += len(numbers)
        begun = time.perf_counter_ns()
        verdicts = self._decider.decide_run(numbers, askers, fields)
        self._deciding_ns += time.perf_counter_ns() - begun
        return verdicts

    def _settle(self, link: Link, answered: int) -> None:
        """Leave checks to the slow path that were taken up and are not answered here."""
        if self._taken_up:
            duration = self._deciding_ns
            self._reporter.counters.observe_decision(self.name, duration, self._taken_up)
        if self._taken_up != answered:
            self._reporter.received(answered - self._taken_up, by=link.peer)
        self._taken_up = self._deciding_ns = 0

    def _report(self, batch: Batch[Verdict], link: Link, *, begun: int) -> None:
        """Tell of so many checks what the slow path tells, but for how they came and went.

        A bug in it costs what would have been told: they are answered.
        """
        try:
            self._tell(batch, link, begun=begun)
        except Exception:  # noqa: BLE001 - answers, and what came behind them, go on
            self._reporter.broken(remote=link.association.remote)

    def _tell(self, batch: Batch[Verdict], link: Link, *, begun: int) -> None:
        if self.name is Interface.MAP:
            versions = Counter([shape.form.inputs["version"] for shape in batch.shapes])
            for version, times in versions.items():
                self._reporter.counters.add(MAP_VERSIONS, (str(version),), times)
        if self._decider.error is not None:
            self._count_failures(batch.verdicts, link)
        duration = time.perf_counter_ns() - begun
        check = partial(check_at, batch)
        self._reporter.answered_quickly(batch.verdicts, check, duration_ns=duration, by=link.peer)

    def _count_failures(self, verdicts: Sequence[Verdict], link: Link) -> None:
        """Tell of the checks that were answered with an error."""
        failure = self._path.interface.failure
        for verdict in verdicts:
            if verdict.status is None:
                refused = Refused(
                    link.connection, failure.code, failure.reason, link.peer, failure.layer
                )
                self._reporter.refused(refused, remote=link.association.remote)

    def _lane(self, standing: Standing) -> Lane[Asked[Reply]]:
        lane = self._lanes.get(standing.forms)
        if lane is None:
            if len(self._lanes) >= MAX_LANES:
                self._forget(next(iter(self._lanes)))
            lane = Lane(self._path.syntax, SUBJECT, self._asked, self._random, self._shelf)
            self._lanes[standing.forms] = lane
        return lane

    def _forget(self, forms: Hashable) -> None:
        self._lanes.pop(forms).close()

    def learn(
        self,
        connection: Connection,
        message: Whole,
        answer: Answer[Reply],
        sent: Sequence[Effect[Request]],
        *,
        sender: str,
    ) -> None:
        """Take note of what the slow path answered.

        Args:
            connection: where the message came.
            message: what came.
            answer: what became of it.
            sent: how that was answered.
            sender: the address of who asked, which a new connection does not change.
        """
        standing = self._standing(connection, message.stream)
        if standing is None or answer.check is None or answer.verdict is None or len(sent) != 1:
            return
        (send,) = sent
        if not isinstance(send, Send):
            return
        self._reporter.counters.add(LANE_MISSES, (self.name.value,))
        written = Written(send.octets, send.ordered, send.stream)
        teacher = ConnectionTeacher(self._path, connection, message.stream)
        inputs = inputs_of(answer.check, ignored=answer.ignored)
        answered = Answered(message.octets, inputs, answer.verdict.status, written, answer.manner)
        try:
            origin = Origin(connection, sender, standing.partners, teacher)
            self._lane(standing).met(answered, origin)
        except Exception:  # noqa: BLE001 - the answer is on its way all the same
            self._reporter.broken(remote="")
            self._forget(standing.forms)
        self._count_dropped()

    def switch(self, *, is_on: bool) -> None:
        """Answer and learn, or do neither and know nothing."""
        self.is_on = is_on
        if not is_on:
            self.learn_anew()

    def learn_anew(self) -> None:
        """Forget everything, because requests mean something else now."""
        for forms in list(self._lanes):
            self._forget(forms)

    @property
    def has_studies(self) -> bool:
        """Whether there is something to study."""
        return any(lane.has_studies for lane in self._lanes.values())

    def study(self) -> None:
        """Study for a short while, each lane in turn.

        No step is begun that would end too late if it took as long as the one before it.
        """
        begun = now = time.perf_counter_ns()
        step = 0
        while now + step - begun < STUDY_NS and self.has_studies:
            forms = next(forms for forms, lane in self._lanes.items() if lane.has_studies)
            lane = self._lanes[forms] = self._lanes.pop(forms)  # the last in turn now
            self._study(lane)
            garbage.sweep()
            now, before = time.perf_counter_ns(), now
            step = now - before
        self._reporter.counters.add(LANE_STUDY_SECONDS, (self.name.value,), now - begun)
        self._count_dropped()

    def _study(self, lane: Lane[Asked[Reply]]) -> None:
        """Do one step, and contain a bug to what is studied."""
        before = replace(lane.counts)
        try:
            lane.study()
        except Exception:  # noqa: BLE001 - the slow path goes on with such requests
            self._reporter.broken(remote="")
        for result, count in (
            ("learned", lane.counts.learned - before.learned),
            ("unlearnable", lane.counts.unlearnable - before.unlearnable),
        ):
            if count:
                row = (self.name.value, result)
                self._reporter.counters.add(LANE_STUDIES, row, count)

    def _count_dropped(self) -> None:
        dropped = self._shelf.take_dropped()
        if dropped:
            self._reporter.counters.add(LANE_DROPPED, (self.name.value,), dropped)

    def known(self) -> Iterator[Known]:
        """Give every kind of request that was studied, for people."""
        for lane in self._lanes.values():
            yield from lane.known()

    def _asked(self, shape: Shape) -> ShapeAsked:
        return ShapeAsked(shape, self.name)


def _is_for(standing: Standing, incoming: Incoming) -> bool:
    """Tell whether something that came may be for the lane."""
    return isinstance(incoming, Whole) and incoming.stream not in standing.slow_streams


def _cut(data: bytes, sizes: Iterable[int]) -> Iterator[Whole]:
    """Cut what was read from a stream where requests of these sizes end."""
    start = 0
    for size in sizes:
        yield Whole(data[start : start + size])
        start += size
