"""The lane: answers requests of known shapes, and learns the others as they come.

`answer` is the hot path. What it leaves to the slow path comes back by `met`, with what became of
it: a value that was not met before counts from then on, and a request of a new kind waits to be
studied. `study` does one step of that; whoever drives the lane says when there is time for it.
"""

from collections import deque
from collections.abc import Callable, Container, Generator, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from protocols.effects import Connection
from protocols.lane.finding import Finder
from protocols.lane.learning import Random, UnlearnableError, learn
from protocols.lane.shape import Example, Family, Fields, Shape
from protocols.lane.syntax import Leaf, Syntax
from protocols.lane.teacher import Inputs, Outcome, Question, Teacher, Written

MAX_FAMILIES = 256  # ours: kinds of requests that are known at a time
MAX_SHAPES = 8_192  # ours: lengths of them
MAX_WAITING = 32  # ours: requests that wait to be studied
MAX_KINDS = 1_024  # ours: kinds of requests that are counted before they are studied

_NOBODY: frozenset[Example] = frozenset()
_Kind: TypeAlias = tuple[int, ...]  # the lengths of what does not stretch


class Decided(Protocol):
    """What a request is answered: anything that tells which outcome."""

    @property
    def status(self) -> Outcome: ...  # noqa: D102 - said above


Verdict = TypeVar("Verdict", bound=Decided)
Prepare: TypeAlias = Callable[[Shape], object]
Decide: TypeAlias = Callable[[list[int], Any, list[Fields]], list[Verdict]]
"""Decides about the numbers of some identities; what `Prepare` made, and fields, say the rest."""


@dataclass(frozen=True, slots=True)
class Run:
    """Requests of one shape that came one after another."""

    shape: Shape
    fields: list[Fields] = field(repr=False)


@dataclass(slots=True)
class Batch(Generic[Verdict]):
    """What was answered, and what of it is to be told.

    Attributes:
        pieces: octets of the answers, in order.
        verdicts: one a request.
        runs: the requests.
    """

    pieces: list[bytes] = field(default_factory=list, repr=False)
    verdicts: list[Verdict] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    @property
    def mark(self) -> tuple[int, int, int]:
        """Where it ends now, for `cut`."""
        return len(self.pieces), len(self.verdicts), len(self.runs)

    def cut(self, mark: tuple[int, int, int]) -> None:
        """Forget what was answered since."""
        pieces, verdicts, runs = mark
        del self.pieces[pieces:]
        del self.verdicts[verdicts:]
        del self.runs[runs:]

    def at(self, place: int) -> tuple[Shape, Fields]:
        """Give one of the requests."""
        for run in self.runs:
            if place < len(run.fields):
                return run.shape, run.fields[place]
            place -= len(run.fields)
        raise IndexError(place)

    def last(self) -> Written:
        """Give the last answer."""
        run = self.runs[-1]
        return run.shape.joiners[self.verdicts[-1].status].join(run.fields[-1])


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


@dataclass(slots=True)
class _Kinds:
    """How often requests of one kind came that nothing was known of."""

    seen: int = 0
    families: list[Family | str] = field(default_factory=list)  # or why it could not be learned
    octets: int = 0

    @property
    def is_due(self) -> bool:
        """Whether it is time to study one: later and later while nothing comes of it."""
        unused = sum(isinstance(each, str) or not each.hits for each in self.families)
        return self.seen >= 2 << min(unused, 20)


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
        self._kinds: dict[_Kind, _Kinds] = {}
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
        self._turn += 1
        at, end = 0, len(data)
        shape = self._last
        while at < end:
            if shape is None or not data.startswith(shape.opening, at):
                shape = self._find(data, at, end)
                if shape is None:
                    break
            fields, numbers = _run(shape, data, at, shape.family.met.get(partners, _NOBODY))
            if not fields:
                if shape is not self._last:
                    break
                shape = self._last = None  # another one may begin like the last
                continue
            verdicts = decide(numbers, shape.asked, fields)
            joined = _join(shape, fields, verdicts, batch.pieces)
            batch.verdicts += verdicts[:joined]
            batch.runs.append(Run(shape, fields[:joined]))
            shape.family.hits += joined
            shape.used = self._turn
            self._last = shape
            at += joined * shape.size
            if joined < len(fields):
                break
        return at

    def met(self, answered: Answered, origin: Origin[Question]) -> None:
        """Take note of a request that the slow path has answered."""
        shape = self._find(answered.octets, 0, len(answered.octets))
        fields = None if shape is None else shape.fields(answered.octets)
        if shape is None or fields is None:
            self._wait(answered.octets, origin)
            return
        family, form = shape.family, shape.form
        known = {name: answered.inputs[name] for name in form.by_example}
        joiner = shape.joiners.get(answered.outcome)
        if joiner is None or joiner.join(fields) != answered.written:
            return
        if shape.inputs(fields, known) != answered.inputs:
            return
        family.prefixes.update(shape.prefixes_of(fields))
        if form.are_examples_copied:
            self._begin(origin, _compare(shape, fields, answered, origin))
        else:
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
        for kinds in self._kinds.values():
            for each in kinds.families:
                if isinstance(each, str):
                    yield Known(octets=kinds.octets, hits=0, reason=each)

    def _find(self, data: bytes, at: int, end: int) -> Shape | None:
        """Find a shape, or make it of a form that stretches."""
        found = self._finder.find(data, at, end)
        if found is not None or not self._families:
            return found
        octets = data[at : at + self._syntax.head.size_at(data, at)]
        leaves = self._syntax.leaves(octets) if octets else ()
        for family in self._families if leaves else ():
            form = family.form
            if form.stretching and form.is_like(octets, leaves):
                lengths = {p: leaves[p].end - leaves[p].start for p in form.stretching}
                shape = Shape(form.stretched(lengths, self._syntax), family)
                if shape.fields(octets) is not None:
                    self._add(shape)
                    return shape
        return None

    def _add(self, shape: Shape) -> None:
        """Take a shape in; where there are too many, those that were not used of late go."""
        if self._shapes >= MAX_SHAPES:
            used = sorted(each.used for each in self._finder.shapes())
            since = used[len(used) // 2]
            families = set(map(id, self._families))
            self._finder.keep(lambda each: each.used > since and id(each.family) in families)
            self._shapes = sum(1 for _ in self._finder.shapes())
        shape.asked = self._prepare(shape)
        shape.used = self._turn
        self._finder.add(shape)
        self._shapes += 1

    def _wait(self, octets: bytes, origin: Origin[Question]) -> None:
        """Count a request of an unknown kind, and have it studied if that is due."""
        leaves = self._syntax.leaves(octets)
        if not leaves:
            return
        kind = _kind(leaves)
        kinds = self._kinds.get(kind)
        if kinds is None:
            if len(self._kinds) >= MAX_KINDS:
                del self._kinds[next(iter(self._kinds))]
            kinds = self._kinds[kind] = _Kinds()
        kinds.seen += 1
        kinds.octets = len(octets)
        if kinds.is_due:
            self._begin(origin, self._learn(kinds, octets, origin))

    def _begin(self, origin: Origin[Question], study: Generator[None, None, None]) -> None:
        """Study something, unless something of this connection is being studied."""
        connection = origin.connection
        if connection not in self._studying and len(self._studies) < MAX_WAITING:
            self._studying.add(connection)
            self._studies.append(self._attended(connection, study))

    def _attended(
        self, connection: Connection, study: Generator[None, None, None]
    ) -> Generator[None, None, None]:
        try:
            yield from study
        finally:
            self._studying.discard(connection)

    def _learn(
        self, kinds: _Kinds, octets: bytes, origin: Origin[Question]
    ) -> Generator[None, None, None]:
        """Learn a form and let its first example count."""
        kinds.seen = 0
        try:
            form = yield from learn(octets, origin.teacher, self._subject, self._random)
        except UnlearnableError as error:
            self.counts.unlearnable += 1
            kinds.families = [*kinds.families[-8:], error.reason]
            return
        family = Family(form, self._subject, set())
        shape = Shape(form, family)
        fields = shape.fields(octets)
        if fields is None:
            return
        family.prefixes |= shape.prefixes_of(fields)
        known = {name: form.inputs[name] for name in form.by_example}
        family.meet(origin.partners, shape.example(fields), known)
        kinds.families = [*kinds.families[-8:], family]
        if len(self._families) >= MAX_FAMILIES:
            self._families.remove(min(self._families, key=lambda each: each.hits))
        self._families.insert(0, family)
        self.counts.learned += 1
        self._add(shape)


def _run(
    shape: Shape, data: bytes, at: int, met: Container[Example]
) -> tuple[list[Fields], list[int]]:
    """Take requests of one shape apart, as far as they follow each other and are known.

    This and what follows it is all the work that each request costs.
    """
    size, literals = shape.size, shape.literals
    example, number_of = shape.example, shape.number
    fields: list[Fields] = []
    numbers: list[int] = []
    add, add_number = fields.append, numbers.append
    whole = (len(data) - at) // size * size
    for values in shape.unpack_all(memoryview(data)[at : at + whole]):
        if values[::2] != literals or example(values) not in met:
            break
        number = number_of(values)
        if not number:
            break
        add(values)
        add_number(number)
    return fields, numbers


def _join(shape: Shape, fields: list[Fields], verdicts: list[Verdict], pieces: list[bytes]) -> int:
    """Join the answers, as far as there are some; return how many they are."""
    extend, joiners = pieces.extend, shape.joiners
    for place, values in enumerate(fields):
        joiner = joiners.get(verdicts[place].status)
        if joiner is None:
            return place
        extend(joiner.pick(values + joiner.constants))
    return len(fields)


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


def _kind(leaves: tuple[Leaf, ...]) -> _Kind:
    """Say what requests have in common that may be of one kind."""
    return tuple(-1 if leaf.stretches else leaf.end - leaf.start for leaf in leaves)
