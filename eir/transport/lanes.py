"""The fast lanes of one driver: one for each standing that answers depend on.

A lane answers a batch at a time and leaves the rest to the slow path, from which it learns. That
is done in small steps between batches, so that it never holds the loop for long.
"""

import random
import time
from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from eir.decision.decider import Decider
from eir.decision.verdict import Check, Verdict
from eir.interfaces.answer import Answer, Asked, Reply
from eir.metrics import (
    LANE_ANSWERS,
    LANE_MISSES,
    LANE_STUDIES,
    LANE_STUDY_SECONDS,
    MESSAGES_IN,
    MESSAGES_OUT,
    OCTETS_IN,
    OCTETS_OUT,
)
from eir.transport.link import Link
from eir.transport.machine import Incoming, SlowPath, Whole
from eir.transport.reporter import Reporter
from eir.transport.teaching import SUBJECT, ConnectionTeacher, ShapeAsked, inputs_of
from protocols.effects import Connection, Effect, Refused, Request, Send
from protocols.lane.batch import Batch
from protocols.lane.lane import Answered, Known, Lane, Origin
from protocols.lane.shape import Shape
from protocols.lane.standing import Standing
from protocols.lane.teacher import Written

MOST = 256  # ours: messages that waited and are answered between two looks at the clock
MAX_LANES = 64  # ours: standings that are remembered
STUDY_NS = 6_000_000  # ours: how long studying goes on before the loop has its turn
PAUSE = 0.002  # seconds; ours: how long it pauses then


@dataclass(frozen=True, slots=True)
class Run:
    """Messages that were answered together.

    Attributes:
        octets: how long they are.
        checks: how many.
        send: the answers in one piece.
    """

    octets: int
    checks: int
    send: Send


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
        self._path = path
        self._decider = decider
        self._reporter = reporter
        self._random = random.SystemRandom().random
        self._lanes: dict[Hashable, Lane[Asked[Reply]]] = {}

    def answer(self, link: Link, data: bytes) -> Run | None:
        """Answer the messages at the beginning of what was read from a stream; None: not one."""
        begun = time.perf_counter_ns()
        standing = self._standing(link.connection, None)
        if standing is None:
            return None
        batch: Batch[Verdict] = Batch()
        with self._decider:
            taken = self._run(standing, data, batch, link)
        if not taken:
            return None
        send = Send(link.connection, b"".join(batch.pieces))
        self._count(batch, link, octets=taken, begun=begun)
        counters, row = self._reporter.counters, (link.association.transport,)
        counters.add(MESSAGES_OUT, row, len(batch.verdicts))
        counters.add(OCTETS_OUT, row, len(send.octets))
        return Run(taken, len(batch.verdicts), send)

    def answer_waiting(self, link: Link, messages: deque[Incoming]) -> list[Send]:
        """Answer the first of messages that came, within a batch of the decider's.

        Those that are answered are taken away.
        """
        begun = time.perf_counter_ns()
        batch: Batch[Verdict] = Batch()
        sends: list[Send] = []
        came = 0
        while messages and len(sends) < MOST and isinstance(messages[0], Whole):
            octets = messages[0].octets
            standing = self._standing(link.connection, messages[0].stream)
            if standing is None:
                break
            taken = self._run(standing, octets, batch, link)
            if taken != len(octets) or len(batch.verdicts) != len(sends) + 1:
                batch.keep(len(sends))  # on SCTP one message may be several, or have an appendix
                break
            messages.popleft()
            came += len(octets)
            answer = batch.last()
            sends.append(Send(link.connection, answer.octets, answer.ordered, answer.stream))
        if sends:
            self._count(batch, link, octets=came, begun=begun)
        return sends

    def _standing(self, connection: Connection, stream: int | None) -> Standing | None:
        """Give the standing of a connection; None: what comes there now is for the slow path."""
        standing = self._path.machine.standing(connection) if self.is_on else None
        return None if standing is None or stream in standing.slow_streams else standing

    def _run(self, standing: Standing, data: bytes, batch: Batch[Verdict], link: Link) -> int:
        """Have the lane answer what it knows; a bug in it leaves the rest to the slow path."""
        lane = self._lane(standing)
        try:
            return lane.answer(data, self._decider.decide_run, standing.partners, batch)
        except Exception:  # noqa: BLE001 - nothing of this was sent yet
            self._reporter.broken(remote=link.association.remote)
            del self._lanes[standing.forms]
            return 0

    def _count(
        self,
        batch: Batch[Verdict],
        link: Link,
        *,
        octets: int,
        begun: int,
    ) -> None:
        """Leave behind what the slow path leaves behind for so many checks, but for their sending.

        Args:
            batch: the checks.
            link: theirs.
            octets: how many came.
            begun: when, in nanoseconds of the performance counter.
        """
        counters, count = self._reporter.counters, len(batch.verdicts)
        row = (link.association.transport,)
        counters.add(MESSAGES_IN, row, count)
        counters.add(OCTETS_IN, row, octets)
        counters.add(LANE_ANSWERS, (self.name.value,), count)

        def check(place: int) -> Check:
            asked = batch.shapes[place].asked
            assert isinstance(asked, ShapeAsked)  # noqa: S101 - `_asked` made it
            return asked.check(batch.fields[place])

        if self._decider.error is not None:
            self._count_failures(batch.verdicts, link)
        duration = time.perf_counter_ns() - begun
        self._reporter.answered_quickly(self.name, batch.verdicts, check, duration_ns=duration)

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
                del self._lanes[next(iter(self._lanes))]
            lane = Lane(self._path.syntax, SUBJECT, self._asked, self._random)
            self._lanes[standing.forms] = lane
        return lane

    def learn(
        self,
        connection: Connection,
        message: Whole,
        answer: Answer[Reply],
        sent: Sequence[Effect[Request]],
    ) -> None:
        """Take note of what the slow path answered."""
        standing = self._standing(connection, message.stream)
        if standing is None or answer.check is None or answer.verdict is None or len(sent) != 1:
            return
        (send,) = sent
        if not isinstance(send, Send):
            return
        self._reporter.counters.add(LANE_MISSES, (self.name.value,))
        written = Written(send.octets, send.ordered, send.stream)
        teacher = ConnectionTeacher(self._path, connection, message.stream)
        answered = Answered(message.octets, inputs_of(answer.check), answer.verdict.status, written)
        try:
            self._lane(standing).met(answered, Origin(connection, standing.partners, teacher))
        except Exception:  # noqa: BLE001 - the answer is on its way all the same
            self._reporter.broken(remote="")
            del self._lanes[standing.forms]

    def switch(self, *, is_on: bool) -> None:
        """Answer and learn, or do neither and know nothing."""
        self.is_on = is_on
        if not is_on:
            self.learn_anew()

    def learn_anew(self) -> None:
        """Forget everything, because requests mean something else now."""
        self._lanes.clear()

    @property
    def has_studies(self) -> bool:
        """Whether there is something to study."""
        return any(lane.has_studies for lane in self._lanes.values())

    def study(self) -> None:
        """Study for a short while, each lane in turn."""
        begun = now = time.perf_counter_ns()
        while now - begun < STUDY_NS and self.has_studies:
            for lane in list(self._lanes.values()):
                self._study(lane)
            now = time.perf_counter_ns()
        self._reporter.counters.add(LANE_STUDY_SECONDS, (self.name.value,), now - begun)

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

    def known(self) -> Iterator[Known]:
        """Give every kind of request that was studied, for people."""
        for lane in self._lanes.values():
            yield from lane.known()

    def _asked(self, shape: Shape) -> ShapeAsked:
        return ShapeAsked(shape, self.name)
