"""The lane: answers requests of known shapes, and learns the others as they come.

`answer` is the hot path. What it leaves to the slow path comes back by `met`, with what became of
it: a value that was not met before counts from then on, and a request of a new kind waits to be
studied. `study` does one step of that; whoever drives the lane says when there is time for it.
"""

from collections import Counter, deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Generic, TypeAlias

from protocols.effects import Connection
from protocols.lane.akin import Akin
from protocols.lane.batch import Batch, Decide, Taken, Verdict
from protocols.lane.family import Example, Family, Fields, forget_shared
from protocols.lane.finding import MAX_ALIKE, Finder, Found
from protocols.lane.form import Form
from protocols.lane.kinds import Kind, Kinds, Result
from protocols.lane.learning import MAX_OCTETS, Random, UnlearnableError, learn
from protocols.lane.shape import Shape
from protocols.lane.shelf import Shelf
from protocols.lane.syntax import Syntax
from protocols.lane.teacher import Answered, GoneError, Origin, Question

MAX_FAMILIES = 256  # ours: kinds of requests that are known at a time
MAX_SHAPES = 8_192  # ours: of them, by lengths of what stands outside the middle
MAX_STRETCHED = 4  # ours: of them made for one batch, for that takes a while; others come again
MOST_COMPARED = 64  # ours: families that one request is compared with whole
MAX_WAITING = 32  # ours: requests that wait to be studied

_NOBODY: frozenset[Example] = frozenset()


Prepare: TypeAlias = Callable[[Shape], object]


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

    def __init__(
        self, syntax: Syntax, subject: str, prepare: Prepare, random: Random, shelf: Shelf
    ) -> None:
        """Know nothing yet.

        Args:
            syntax: where values stand.
            subject: the input that is the identity asked about: 14 to 16 digits.
            prepare: makes of a shape what is handed to whoever decides.
            random: gives numbers from 0 up to 1.
            shelf: where examples are kept.
        """
        self.counts = Counts()
        self._syntax = syntax
        self._subject = subject
        self._prepare = prepare
        self._random = random
        self._shelf = shelf
        self._finder = Finder(syntax.head)
        self._families: list[Family] = []
        self._kinds = Kinds()
        self._senders = Kinds()
        self._shapes = 0
        self._turn = 0  # counts batches
        self._stretched = 0  # shapes made for this one
        self._opening = b""  # how the last request began; empty: there is none
        self._last: tuple[Shape, int] | None = None  # its shape and size
        self._akin = Akin()
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
        self._turn += 1
        self._stretched = 0
        taken, take = Taken(), self._finder.take
        at, end, opening, last = 0, len(data), self._opening, self._last
        while at < end:
            # Of one request there is no run: it is found sooner than a run is taken.
            if last and end - at > last[1] and data.startswith(opening, at):
                shape, size = last
                met = shape.examples.met.get(partners, _NOBODY)
                at += taken.take_run(shape, size, data, at, met)
                if at == end:
                    break
            left = take(data, at, partners, taken)
            if left == at:
                self._stretch(data, at)
                left = take(data, at, partners, taken)
                if left == at:
                    break
            at, last = left, (taken.shapes[-1], taken.sizes[-1])
            begun = at - last[1]
            opening = data[begun : begun + last[0].opening]
        for shape in taken.shapes:
            shape.used = self._turn
        self._opening, self._last = opening, last
        return taken

    def met(self, answered: Answered, origin: Origin[Question]) -> None:
        """Take note of a request that the slow path has answered."""
        self._stretched = 0
        found = self._agreeing(answered)
        if found is None:
            made = self._stretched_for(answered.octets)
            found = next((each for each in made if _agrees(*each, answered)), None)
        if found is not None:
            self._meet(*found, answered, origin)
        elif not self._is_odd(answered.octets, origin):
            self._wait(answered, origin)

    def _agreeing(self, answered: Answered) -> Found | None:
        """Find the shape that reads and answers a request as the slow path did."""
        octets = answered.octets
        for shape, fields in self._finder.like(octets):
            if _agrees(shape, fields, answered) and self._has(shape, octets):
                return shape, fields
        return None

    def _has(self, shape: Shape, octets: bytes) -> bool:
        """Look into the middle of a request, too: it must have what was learned, in any lengths."""
        if shape.form.middle is None:
            return True
        leaves = self._syntax.leaves(octets) if len(octets) <= MAX_OCTETS else ()
        return shape.form.has(octets, leaves, self._syntax)

    def _is_odd(self, octets: bytes, origin: Origin[Question]) -> bool:
        """Tell whether others like a request are answered to whoever sent it.

        Where they are not, it may be of a kind that looks the same: what means something else
        when others send it.
        """
        return any(
            shape.example(fields) in shape.examples.met.get(origin.partners, _NOBODY)
            for shape, fields in self._finder.like(octets)
        )

    def _meet(
        self, shape: Shape, fields: Fields, answered: Answered, origin: Origin[Question]
    ) -> None:
        """Let the values of a request count."""
        family, form = shape.family, shape.form
        family.prefixes.update(shape.prefixes_of(fields))
        example = shape.example(fields)
        if not form.are_examples_copied or example in shape.examples.inputs:
            # What was compared once needs one answer only under other partners.
            known = {name: answered.inputs[name] for name in form.by_example}
            self._shelf.meet(shape, origin.partners, example, known)
        elif self._may_begin(origin):
            self._begin(origin, self._compare(shape, fields, answered, origin))

    @property
    def has_studies(self) -> bool:
        """Whether anything waits to be studied."""
        return bool(self._studies)

    def study(self) -> None:
        """Do one step: ask the slow path for one thing.

        One study is ended before the next begins, for what is learned relieves the slow path.
        """
        if not self._studies:
            return
        study = self._studies.popleft()
        try:
            next(study)
        except StopIteration:
            return
        self._studies.appendleft(study)

    def close(self) -> None:
        """Give back what others share: this lane is not used any more."""
        for family in self._families:
            self._shelf.forget(family)
        forget_shared()

    def known(self) -> Iterator[Known]:
        """Give every kind of request that was studied, for people."""
        lengths = Counter(id(shape.family) for shape in self._finder.shapes())
        for family in self._families:
            yield Known(
                octets=len(family.form.octets),
                hits=family.hits,
                examples=sum(len(each.inputs) for each in family.examples.values()),
                lengths=lengths[id(family)],
            )
        for kind in self._kinds:
            for reason in kind.reasons:
                yield Known(octets=kind.octets, hits=0, reason=reason)

    def _stretch(self, data: bytes, at: int) -> None:
        """Make a shape for a request that has other lengths than those before, if there is time."""
        if not self._families or self._stretched >= MAX_STRETCHED:
            return
        octets = data[at : at + self._syntax.head.size_at(data, at)]
        if octets and not any(self._has(shape, octets) for shape, _ in self._finder.like(octets)):
            next(self._stretched_for(octets), None)

    def _stretched_for(self, octets: bytes) -> Iterator[Found]:
        """Make shapes for a request, one family after the other that it may be of."""
        known = {id(shape.family) for shape, _ in self._finder.like(octets)}
        families = [f for f in self._families if f.form.stretching and id(f) not in known]
        leaves = self._syntax.leaves(octets) if families and len(octets) <= MAX_OCTETS else ()
        families.sort(key=lambda each: each.hits, reverse=True)
        alike = (each for each in families if leaves and each.form.is_like(octets, leaves))
        compared = islice(alike, MOST_COMPARED)
        its = (each for each in compared if each.form.has(octets, leaves, self._syntax))
        for family in islice(its, MAX_ALIKE):
            lengths = {p: leaves[p].end - leaves[p].start for p in family.form.lengths}
            shape = Shape(family.stretched(lengths, self._syntax), family)
            self._stretched += 1
            self._add(shape)
            yield shape, shape.unpack(octets)

    def _add(self, shape: Shape) -> None:
        """Take a shape in; where there are too many, those that were not used of late go."""
        if self._shapes >= MAX_SHAPES:
            used = sorted(each.used for each in self._finder.shapes())
            since = used[len(used) // 2]
            self._keep(lambda each: each.used > since)
        shape.asked = self._prepare(shape)
        shape.used = self._turn
        self._shapes += 1
        for each in self._finder.add(shape):
            self._shapes -= 1
            if not each.form.lengths:  # it is not made again
                self._drop(each.family)

    def _keep(self, wanted: Callable[[Shape], bool]) -> None:
        """Forget all other shapes."""
        self._finder.keep(wanted)
        self._shapes = sum(1 for _ in self._finder.shapes())
        self._last = None

    def _wait(self, answered: Answered, origin: Origin[Question]) -> None:
        """Count a request of an unknown kind, and have it studied if that is due."""
        octets = answered.octets
        leaves = self._syntax.leaves(octets)
        if leaves:
            due = self._kinds.of(leaves), self._senders.of_sender(origin.sender)
            come_again = [each.comes_again(len(octets)) for each in due]  # both count
            if all(come_again) and self._may_begin(origin):
                for family in due[0].unused:
                    self._forget(family)  # each would be tried with every request like it
                for each in due:
                    each.begin()
                # What came of a guess that was too narrow is not guessed again.
                akin = self._akin if due[0].is_new else Akin()
                self._begin(origin, self._learn(due, answered, origin, akin))

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

    def _compare(
        self, shape: Shape, fields: Fields, answered: Answered, origin: Origin[Question]
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
        if shape.family not in self._families:
            return  # it was forgotten meanwhile
        known = {name: answered.inputs[name] for name in shape.form.by_example}
        self._shelf.meet(shape, origin.partners, shape.example(fields), known)

    def _learn(
        self, due: Iterable[Kind], answered: Answered, origin: Origin[Question], akin: Akin
    ) -> Generator[None, None, None]:
        """Learn a form and let its first example count."""
        result: Result | None = "the study broke"  # unless something else comes of it
        try:
            teacher, octets = origin.teacher, answered.octets
            form = yield from learn(octets, teacher, self._subject, self._random, akin)
            result = self._take_in(form, answered, origin)
        except UnlearnableError as error:
            self.counts.unlearnable += 1
            result = error.reason
        except GoneError:
            result = None
            raise
        finally:
            for each in due:
                each.end(result)

    def _take_in(self, form: Form, answered: Answered, origin: Origin[Question]) -> Family:
        """Know a form from now on."""
        if sum(1 for _ in self._finder.like(answered.octets)) >= MAX_ALIKE:
            form = replace(form, middle=None)  # what is there may tell it from those
        family = Family(form, self._subject, set(), answered.manner)
        shape = Shape(form, family)
        fields = shape.unpack(answered.octets)
        family.prefixes |= shape.prefixes_of(fields)
        known = {name: form.inputs[name] for name in form.by_example}
        self._shelf.meet(shape, origin.partners, shape.example(fields), known)
        if len(self._families) >= MAX_FAMILIES:
            self._forget(min(self._families, key=lambda each: each.hits))
        self._families.insert(0, family)
        self._akin.add(form)
        self.counts.learned += 1
        self._add(shape)
        return family

    def _forget(self, family: Family) -> None:
        """Know a form no more."""
        if self._drop(family):
            self._keep(lambda each: each.family is not family)

    def _drop(self, family: Family) -> bool:
        """Let go of a form, not of its shapes; tell whether it was known."""
        if family not in self._families:  # whoever remembers what came of a study has it yet
            return False
        self._families.remove(family)
        self._shelf.forget(family)
        return True


def _agrees(shape: Shape, fields: Fields, answered: Answered) -> bool:
    """Tell whether a shape reads and answers a request as the slow path did."""
    joiner = shape.joiners.get(answered.outcome)
    if shape.family.manner != answered.manner:
        return False
    if joiner is None or joiner.join(fields) != answered.written:
        return False
    known = {name: answered.inputs[name] for name in shape.form.by_example}
    return shape.inputs(fields, known) == answered.inputs
