"""The lane: answers requests of known shapes, and learns the others as they come.

`answer` is the hot path. What it leaves to the slow path comes back by `met`, with what became of
it: a value that was not met before counts from then on, and a request of a new kind waits to be
studied. `study` does one step of that; whoever drives the lane says when there is time for it.
"""

from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeAlias

from protocols.effects import Connection
from protocols.lane.batch import Batch, Decide, Taken, Verdict
from protocols.lane.finding import Finder, Found
from protocols.lane.form import Form
from protocols.lane.kinds import Kind, Kinds, Result
from protocols.lane.learning import MAX_OCTETS, Random, UnlearnableError, learn
from protocols.lane.shape import Example, Family, Fields, Shape
from protocols.lane.syntax import Syntax
from protocols.lane.teacher import GoneError, Inputs, Outcome, Question, Teacher, Written

MAX_FAMILIES = 256  # ours: kinds of requests that are known at a time
MAX_SHAPES = 8_192  # ours: lengths of them
MAX_WAITING = 32  # ours: requests that wait to be studied

_NOBODY: frozenset[Example] = frozenset()


Prepare: TypeAlias = Callable[[Shape], object]


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that the slow path has answered.

    Attributes:
        octets: the request.
        inputs: what was decided about.
        outcome: what was decided.
        written: the answer.
    """

    octets: bytes = field(repr=False)
    inputs: Inputs = field(repr=False)
    outcome: Outcome
    written: Written = field(repr=False)


@dataclass(frozen=True, slots=True)
class Origin(Generic[Question]):
    """Where a request came from.

    Attributes:
        connection: which; each has one thing studied at a time.
        partners: of its standing.
        teacher: the slow path of that connection.
    """

    connection: Connection
    partners: Hashable
    teacher: Teacher[Question]


@dataclass(frozen=True, slots=True)
class Known:
    """One kind of request, for people.

    Attributes:
        octets: of the request that it was learned from.
        hits: requests answered.
        examples: values that were met, such as who asks.
        lengths: how many combinations of lengths there are shapes for.
        reason: why it cannot be learned; None: it was.
    """

    octets: int
    hits: int
    examples: int = 0
    lengths: int = 0
    reason: str | None = None


@dataclass(slots=True)
class Counts:
    """What became of what was studied since the lane began."""

    learned: int = 0
    unlearnable: int = 0


class Lane(Generic[Question]):
    """The shapes that are known under one standing."""

    def __init__(self, syntax: Syntax, subject: str, prepare: Prepare, random: Random) -> None:
        """Know nothing yet.

        Args:
            syntax: where values stand.
            subject: the input that is the identity asked about: 14 to 16 digits.
            prepare: makes of a shape what is handed to whoever decides.
            random: gives numbers from 0 up to 1.
        """
        self.counts = Counts()
        self._syntax = syntax
        self._subject = subject
        self._prepare = prepare
        self._random = random
        self._finder = Finder()
        self._families: list[Family] = []
        self._kinds = Kinds()
        self._senders = Kinds()
        self._shapes = 0
        self._turn = 0  # counts batches
        self._last: Shape | None = None
        self._studies: deque[Generator[None, None, None]] = deque()
        self._studying: set[Connection] = set()

    def answer(
        self,
        data: bytes,
        decide: Decide[Verdict],
        partners: Hashable,
        batch: Batch[Verdict],
    ) -> int:
        """Answer the requests that stand one after another in a buffer, as far as they are known.

        Args:
            data: what was read.
            decide: decides about them.
            partners: of the connection's standing.
            batch: takes the answers.

        Returns:
            Where the first request begins that was not answered, if any.
        """
        taken = self._take(data, partners)
        if not taken.numbers:
            return 0
        askers = [shape.asked for shape in taken.shapes]
        return batch.join(taken, decide(taken.numbers, askers, taken.fields))

    def _take(self, data: bytes, partners: Hashable) -> Taken:
        """Take the requests apart that stand at the beginning of a buffer and are known."""
        turn = self._turn = self._turn + 1
        taken = Taken()
        find, take_run = self._finder.find, taken.take_run
        add_shape, add_fields = taken.shapes.append, taken.fields.append
        add_number = taken.numbers.append
        at, end = 0, len(data)
        shape = self._last
        while at < end:
            if shape is not None and data.startswith(shape.opening, at):
                count = take_run(shape, data, at, shape.family.met.get(partners, _NOBODY))
                shape.family.hits += count
                shape.used = turn
                at += count * shape.size
                if at >= end:
                    break
            found = find(data, at)
            if found is None:
                found = self._stretch(data, at)
                find = self._finder.find  # there may be one more path to shapes
                if found is None:
                    break
            shape, values = found
            family = shape.family
            if shape.example(values) not in family.met.get(partners, _NOBODY):
                break
            number = shape.number(values)
            if not number:
                break
            add_shape(shape)
            add_fields(values)
            add_number(number)
            family.hits += 1
            shape.used = turn
            at += shape.size
        self._last = shape
        return taken

    def met(self, answered: Answered, origin: Origin[Question]) -> None:
        """Take note of a request that the slow path has answered."""
        found = self._finder.find(answered.octets, 0) or self._stretch(answered.octets, 0)
        if found is None:
            self._wait(answered.octets, origin)
            return
        shape, fields = found
        family, form = shape.family, shape.form
        known = {name: answered.inputs[name] for name in form.by_example}
        joiner = shape.joiners.get(answered.outcome)
        if joiner is None or joiner.join(fields) != answered.written:
            return
        if shape.inputs(fields, known) != answered.inputs:
            return
        family.prefixes.update(shape.prefixes_of(fields))
        if form.are_examples_copied and self._may_begin(origin):
            self._begin(origin, _compare(shape, fields, answered, origin))
        elif not form.are_examples_copied:
            family.meet(origin.partners, shape.example(fields), known)

    @property
    def has_studies(self) -> bool:
        """Whether anything waits to be studied."""
        return bool(self._studies)

    def study(self) -> None:
        """Do one step: ask the slow path for one thing. Studies take turns."""
        if not self._studies:
            return
        study = self._studies.popleft()
        try:
            next(study)
        except StopIteration:
            return
        self._studies.append(study)

    def known(self) -> Iterator[Known]:
        """Give every kind of request that was studied, for people."""
        lengths: dict[int, int] = {}
        for shape in self._finder.shapes():
            lengths[id(shape.family)] = lengths.get(id(shape.family), 0) + 1
        for family in self._families:
            yield Known(
                octets=len(family.form.octets),
                hits=family.hits,
                examples=len(family.inputs),
                lengths=lengths.get(id(family), 0),
            )
        for kind in self._kinds:
            for reason in kind.reasons:
                yield Known(octets=kind.octets, hits=0, reason=reason)

    def _stretch(self, data: bytes, at: int) -> Found | None:
        """Make a shape for a request that has other lengths than those before."""
        if not self._families:
            return None
        octets = data[at : at + self._syntax.head.size_at(data, at)]
        leaves = self._syntax.leaves(octets) if 0 < len(octets) <= MAX_OCTETS else ()
        for family in self._families if leaves else ():
            form = family.form
            if form.stretching and form.is_like(octets, leaves):
                lengths = {p: leaves[p].end - leaves[p].start for p in form.stretching}
                shape = Shape(form.stretched(lengths, self._syntax), family)
                fields = shape.fields(octets)
                if fields is not None:
                    self._add(shape)
                    return shape, fields
        return None

    def _add(self, shape: Shape) -> None:
        """Take a shape in; where there are too many, those that were not used of late go."""
        if self._shapes >= MAX_SHAPES:
            used = sorted(each.used for each in self._finder.shapes())
            since = used[len(used) // 2]
            self._keep(lambda each: each.used > since)
        shape.asked = self._prepare(shape)
        shape.used = self._turn
        self._finder.add(shape)
        self._shapes += 1

    def _keep(self, wanted: Callable[[Shape], bool]) -> None:
        """Forget all other shapes."""
        self._finder.keep(wanted)
        self._shapes = sum(1 for _ in self._finder.shapes())
        self._last = None

    def _wait(self, octets: bytes, origin: Origin[Question]) -> None:
        """Count a request of an unknown kind, and have it studied if that is due."""
        leaves = self._syntax.leaves(octets)
        if leaves:
            due = self._kinds.of(leaves), self._senders.of_sender(origin.connection)
            come_again = [each.comes_again(len(octets)) for each in due]  # both count
            if all(come_again) and self._may_begin(origin):
                for each in due:
                    each.begin()
                self._begin(origin, self._learn(due, octets, origin))

    def _may_begin(self, origin: Origin[Question]) -> bool:
        """Tell whether something may be studied: nothing of this connection is yet."""
        return origin.connection not in self._studying and len(self._studies) < MAX_WAITING

    def _begin(self, origin: Origin[Question], study: Generator[None, None, None]) -> None:
        self._studying.add(origin.connection)
        self._studies.append(self._attended(origin.connection, study))

    def _attended(
        self, connection: Connection, study: Generator[None, None, None]
    ) -> Generator[None, None, None]:
        try:
            yield from study
        except GoneError:  # its like will come again
            return
        finally:
            self._studying.discard(connection)

    def _learn(
        self, due: Iterable[Kind], octets: bytes, origin: Origin[Question]
    ) -> Generator[None, None, None]:
        """Learn a form and let its first example count."""
        result: Result | None = None
        try:
            form = yield from learn(octets, origin.teacher, self._subject, self._random)
            result = self._take_in(form, octets, origin)
        except UnlearnableError as error:
            self.counts.unlearnable += 1
            result = error.reason
        finally:
            for each in due:
                each.end(result)

    def _take_in(self, form: Form, octets: bytes, origin: Origin[Question]) -> Family:
        """Know a form from now on."""
        family = Family(form, self._subject, set())
        shape = Shape(form, family)
        fields = shape.unpack(octets, 0)
        family.prefixes |= shape.prefixes_of(fields)
        known = {name: form.inputs[name] for name in form.by_example}
        family.meet(origin.partners, shape.example(fields), known)
        if len(self._families) >= MAX_FAMILIES:
            least = min(self._families, key=lambda each: each.hits)
            self._families.remove(least)
            least.forget()  # whoever remembers what came of a study has it yet
            self._keep(lambda each: each.family is not least)
        self._families.insert(0, family)
        self.counts.learned += 1
        self._add(shape)
        return family


def _compare(
    shape: Shape, fields: Fields, answered: Answered, origin: Origin[Question]
) -> Generator[None, None, None]:
    """See that every outcome is answered as expected to a sender that was not met before."""
    question = origin.teacher.read(answered.octets)
    yield
    if question is None:
        return
    for outcome in origin.teacher.outcomes:
        written = origin.teacher.write(question, outcome)
        yield
        joiner = shape.joiners.get(outcome)
        if written != (None if joiner is None else joiner.join(fields)):
            return
    known = {name: answered.inputs[name] for name in shape.form.by_example}
    shape.family.meet(origin.partners, shape.example(fields), known)
