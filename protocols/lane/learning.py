"""Learns the form of a request by asking the slow path about others that differ from it a little.

Nothing is known beforehand of what a value means. Each leaf is given other values, and what the
slow path then reads and answers tells its role:

    copied   what is read stays the same, and so does the answer but for the value itself, wherever
             it stands there; with illegal values too
    number   inputs of the decision change as its digits do, and nothing else of them
    example  inputs change, or the answer follows legal values only, or it is a name that nobody
             looks at, such as a realm: such a value counts once the slow path has met it
    literal  all others: whatever is not plain, not legal, or of no consequence

Each question costs as much as a request, so what can be asked of several leaves at once is: illegal
values of all that is copied, other beginnings of all numbers. This proves as much, because requests
differ in all of that at once; where the answer is no, fewer leaves are asked about. And of values
that were not free in other requests nothing is asked (`protocols.lane.akin`).

In the end requests are made in which all free values are others, and every outcome is compared.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Generic, TypeAlias

from protocols.lane.akin import Akin
from protocols.lane.changes import find_copies, put, twisted
from protocols.lane.digits import part_of, possible
from protocols.lane.family import Family
from protocols.lane.form import AnswerForm, Form, Number
from protocols.lane.middle import middle_of
from protocols.lane.shape import SUBJECT_DIGITS, Shape
from protocols.lane.syntax import Leaf
from protocols.lane.teacher import Inputs, Outcome, Question, Teacher, Written

Steps: TypeAlias = Generator[None, None, "Form"]  # each step asks the slow path for one thing
Random: TypeAlias = Callable[[], float]

TRIALS = 4  # ours: requests in which every free value is another, before a form is trusted
STRETCHES = (1, 2, 3, 5, -1)  # ours: other lengths that are tried, by how much
MAX_OCTETS = 4096  # ours: no check is longer
MAX_LEAVES = 128  # ours
_MIN_NAME = 8  # octets of a value of no consequence that is an example: shorter ones stay the same
_MAX_EXAMPLE = 2  # octets of a copied value that is not plain with illegal values, to be an example


class UnlearnableError(Exception):
    """The lane cannot answer requests like this one; the slow path goes on with them."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Role:
    """What changing a leaf does."""

    inputs: frozenset[str] = frozenset()
    number: Number | None = None
    copies: Mapping[Outcome, tuple[Leaf, ...]] = field(default_factory=dict)
    moves_stream: bool = False


def learn(
    octets: bytes,
    teacher: Teacher[Question],
    subject: str,
    random: Random,
    akin: Akin | None = None,
) -> Steps:
    """Learn the form of a request.

    Args:
        octets: a whole request that the slow path has answered.
        teacher: the slow path.
        subject: the input that is the identity asked about.
        random: gives numbers from 0 up to 1.
        akin: what is not asked about, because it was not free in other requests.

    Raises:
        UnlearnableError: its answers are not plain copies.
    """
    learner = _Learner(octets, teacher, random)
    yield from learner.begin()
    yield from learner.look_at_all(akin := akin or Akin())
    yield from learner.settle_copied(akin)
    form = yield from learner.settle_prefixes(learner.form(subject))
    yield from learner.try_all(form, subject)
    stretching = yield from learner.stretch(form, subject)
    form = replace(form, stretching=stretching)
    return replace(
        form, middle=middle_of(octets, teacher.syntax, form.free, form.inner, stretching)
    )


class _Learner(Generic[Question]):
    """One request under study."""

    def __init__(self, octets: bytes, teacher: Teacher[Question], random: Random) -> None:
        self.leaves = teacher.syntax.leaves(octets)
        self._octets = octets
        self._teacher = teacher
        self._random = random
        self._inputs: Inputs = {}
        self._answers: dict[Outcome, Written] = {}
        self._roles: dict[int, _Role] = {}

    def begin(self) -> Generator[None, None, None]:
        """Ask about the request itself."""
        if not self.leaves or len(self.leaves) > MAX_LEAVES or len(self._octets) > MAX_OCTETS:
            raise UnlearnableError("too long, or not to be walked")
        question = yield from self._read(self._octets)
        if question is None:
            raise UnlearnableError("refused")
        self._inputs = self._teacher.inputs(question)
        self._answers = yield from self._written(question)
        if not self._answers:
            raise UnlearnableError("no outcome has one answer")

    def look_at_all(self, akin: Akin) -> Generator[None, None, None]:
        """Find out what every leaf is for."""
        for place, leaf in enumerate(self.leaves):
            if not akin.is_literal(self._octets, leaf):
                yield from self._look_at(place)

    def _look_at(self, place: int) -> Generator[None, None, None]:
        """Find out what a leaf is for."""
        value = self._value(place)
        for other in twisted(value):
            question = yield from self._read(self._with({place: other}))
            if question is None:
                continue
            inputs = self._teacher.inputs(question)
            if inputs == self._inputs and (yield from self._is_unseen(question)):
                if self.leaves[place].stretches and len(value) >= _MIN_NAME:
                    self._roles[place] = _Role(frozenset(("",)))
                return
            answers = yield from self._written(question)
            role = self._role(place, other, inputs, answers)
            if role is not None:  # else it changes answers in some other way
                self._roles[place] = role
            return

    def _is_unseen(self, question: Question) -> Generator[None, None, bool]:
        """Tell whether a question is answered just as the first one; one outcome says enough."""
        outcome = next(iter(self._answers))
        answer = self._teacher.write(question, outcome)
        yield
        return answer == self._answers[outcome]

    def _role(
        self, place: int, other: bytes, inputs: Inputs, answers: Mapping[Outcome, Written]
    ) -> _Role | None:
        """Tell what changed; None: the answers changed in a way that is no copying."""
        changed = frozenset(n for n, value in inputs.items() if value != self._inputs.get(n))
        if answers.keys() != self._answers.keys():
            return None
        value = self._value(place)
        copies: dict[Outcome, tuple[Leaf, ...]] = {}
        moves_stream = False
        for outcome, answer in answers.items():
            before = self._answers[outcome]
            found = find_copies(before.octets, answer.octets, value, other)
            if found is None or answer.ordered != before.ordered:
                return None
            if answer.stream != before.stream:
                if len(value) != 1 or answer.stream - before.stream != other[0] - value[0]:
                    return None
                moves_stream = True
            if found:
                copies[outcome] = found
        number = self._number(place, other, inputs, changed)
        return _Role(changed, number, copies, moves_stream)

    def _number(
        self, place: int, other: bytes, inputs: Inputs, changed: frozenset[str]
    ) -> Number | None:
        """Read a leaf as digits, if the inputs that changed are such digits."""
        if not changed:
            return None
        for digits in possible(self._value(place)):
            before, after = digits.read(self._value(place)), digits.read(other)
            if before is None or after is None:
                continue
            parts = {name: part_of(before, self._inputs[name]) for name in changed}
            known = {name: part for name, part in parts.items() if part is not None}
            if len(known) == len(parts) and all(
                inputs[name] == part.of(after) for name, part in known.items()
            ):
                return Number(place, digits, known)
        return None

    def settle_copied(self, akin: Akin) -> Generator[None, None, None]:
        """Find out which values are copied whatever they are; short ones are examples else."""
        places = [place for place, role in self._roles.items() if not role.inputs]
        known = {p for p in places if akin.is_example(self._octets, self.leaves[p])}
        for place in known:
            self._make_example(place)
        yield from self._settle([place for place in places if place not in known])

    def _settle(self, places: Sequence[int]) -> Generator[None, None, None]:
        if not places or (yield from self._are_plain(places)):
            return
        if len(places) == 1:
            self._make_example(places[0])
            return
        half = len(places) // 2
        yield from self._settle(places[:half])
        yield from self._settle(places[half:])

    def _make_example(self, place: int) -> None:
        role = self._roles.pop(place)
        if len(self._value(place)) <= _MAX_EXAMPLE:
            self._roles[place] = replace(role, inputs=frozenset(("",)))

    def _are_plain(self, places: Iterable[int]) -> Generator[None, None, bool]:
        """Tell whether values are copied whatever they are, all of them at once."""
        copies = {place: self._roles[place].copies for place in places}
        if not all(copies.values()):
            return False
        outcomes = {next(iter(targets)) for targets in copies.values()}
        sizes = {place: len(self._value(place)) for place in copies}
        for fill in (b"\0", b"\xff", b"a", b"Z", b""):  # letters: they may come out in other cases
            values = {place: fill * size or self._octets_of(size) for place, size in sizes.items()}
            question = yield from self._read(self._with(values))
            if question is None or self._teacher.inputs(question) != self._inputs:
                return False
            for outcome in outcomes:
                answer = self._teacher.write(question, outcome)
                yield
                copied = {t: values[p] for p in copies for t in copies[p].get(outcome, ())}
                if answer is None or answer.octets != put(self._answers[outcome].octets, copied):
                    return False
        return True

    def form(self, subject: str) -> Form:
        """Put together what was found out."""
        numbers = tuple(role.number for role in self._roles.values() if role.number)
        asked = [number for number in numbers if subject in number.inputs]
        if len(asked) != 1 or not SUBJECT_DIGITS <= asked[0].digits.count <= SUBJECT_DIGITS + 2:
            raise UnlearnableError("the identity that is asked about is no IMEI in one place")
        examples = tuple(
            place for place, role in self._roles.items() if role.inputs and not role.number
        )
        by_example = {name for place in examples for name in self._roles[place].inputs}
        copied = frozenset(self._roles) - set(examples) - {number.leaf for number in numbers}
        movers = [place for place, role in self._roles.items() if role.moves_stream]
        if len(movers) > 1:
            raise UnlearnableError("two values move the stream")
        answers = {o: self._answer(o, a, movers) for o, a in self._answers.items()}
        return Form(
            octets=self._octets,
            leaves=self.leaves,
            copied=copied,
            numbers=numbers,
            examples=examples,
            by_example=frozenset(by_example - {""}),
            stretching=(),
            inputs=self._inputs,
            answers=answers,
        )

    def _answer(self, outcome: Outcome, answer: Written, movers: Sequence[int]) -> AnswerForm:
        copies = sorted(
            (
                (target, place)
                for place, role in self._roles.items()
                for target in role.copies.get(outcome, ())
            ),
            key=lambda copy: copy[0].start,
        )
        for (first, _), (second, _) in pairwise(copies):
            if first.end > second.start:
                raise UnlearnableError("two values are copied to one place")
        if not movers:
            return AnswerForm(answer, tuple(copies))
        offset = answer.stream - self._value(movers[0])[0]
        return AnswerForm(replace(answer, stream=offset), tuple(copies), movers[0])

    def settle_prefixes(self, form: Form) -> Generator[None, None, Form]:
        """Find out which numbers are read whatever they begin with."""
        rest = form.numbers
        for first in "0123456789":
            if rest and not (yield from self._are_read(rest, first)):
                for number in rest:
                    if not (yield from self._are_read([number], first)):
                        rest = tuple(each for each in rest if each is not number)
        by_prefix = (replace(number, by_prefix=number not in rest) for number in form.numbers)
        return replace(form, numbers=tuple(by_prefix))

    def _are_read(self, numbers: Sequence[Number], first: str) -> Generator[None, None, bool]:
        """Tell whether numbers that begin with a digit are read, all of them at once."""
        values, expected = {}, dict(self._inputs)
        for number in numbers:
            digits = first + self._digits(number.digits.count - 1)
            values[number.leaf] = number.digits.write(digits)
            expected |= {name: part.of(digits) for name, part in number.inputs.items()}
        question = yield from self._read(self._with(values))
        return question is not None and self._teacher.inputs(question) == expected

    def try_all(self, form: Form, subject: str) -> Generator[None, None, None]:
        """Compare requests in which everything free is other."""
        shape = Shape(form, Family(form, subject, self._prefixes(form)))
        for _ in range(TRIALS):
            octets = self._with(self._others(form))
            if not (yield from self._agrees(shape, octets)):
                raise UnlearnableError("other values are answered otherwise")

    def stretch(self, form: Form, subject: str) -> Generator[None, None, tuple[int, ...]]:
        """Find the leaves that may have other lengths, one after another and together."""
        found = []
        for place in (*form.examples, *sorted(form.copied)):
            leaf = self.leaves[place]
            if leaf.stretches and (yield from self._stretches(form, subject, place)):
                found.append(place)
        together = {p: len(self._value(p)) + number + 1 for number, p in enumerate(found)}
        if found and not (yield from self._agrees_stretched(form, subject, together)):
            return ()
        return tuple(found)

    def _stretches(self, form: Form, subject: str, place: int) -> Generator[None, None, bool]:
        for more in STRETCHES:
            length = max(1, len(self._value(place)) + more)
            if not (yield from self._agrees_stretched(form, subject, {place: length})):
                return False
        return True

    def _agrees_stretched(
        self, form: Form, subject: str, lengths: Mapping[int, int]
    ) -> Generator[None, None, bool]:
        syntax, octets = self._teacher.syntax, self._octets
        try:
            longer = form.stretched(lengths, syntax)
            for place, length in lengths.items():
                value = self._value(place)
                octets = syntax.resize(octets, place, (value[:1] * length + value)[-length:])
            shape = Shape(longer, Family(form, subject, self._prefixes(form)))
        except ValueError:  # a copy that is no leaf of the answer cannot follow
            return False
        return (yield from self._agrees(shape, octets))

    def _agrees(self, shape: Shape, octets: bytes) -> Generator[None, None, bool]:
        """Compare what a shape says of a request with what the slow path does."""
        question = yield from self._read(octets)
        fields = shape.fields(octets)
        if question is None or fields is None:
            return False
        inputs = self._teacher.inputs(question)
        known = {name: inputs[name] for name in shape.form.by_example}
        if shape.inputs(fields, known) != inputs or not shape.number(fields):
            return False
        answers = yield from self._written(question)
        return answers == {
            outcome: joiner.join(fields) for outcome, joiner in shape.joiners.items()
        }

    def _others(self, form: Form) -> dict[int, bytes]:
        """Choose other values for everything that is copied or a number."""
        values = {place: self._octets_of(len(self._value(place))) for place in form.copied}
        for number in form.numbers:
            own = number.digits.read(self._value(number.leaf)) or ""
            kept = own[:3] if number.by_prefix else ""
            digits = kept + self._digits(number.digits.count - len(kept))
            values[number.leaf] = number.digits.write(digits)
        return values

    def _prefixes(self, form: Form) -> set[tuple[int, str]]:
        return {
            (number.leaf, (number.digits.read(self._value(number.leaf)) or "")[:3])
            for number in form.numbers
        }

    def _read(self, octets: bytes) -> Generator[None, None, Question | None]:
        question = self._teacher.read(octets)
        yield
        return question

    def _written(self, question: Question) -> Generator[None, None, dict[Outcome, Written]]:
        answers = {}
        for outcome in self._teacher.outcomes:
            written = self._teacher.write(question, outcome)
            yield
            if written is not None:
                answers[outcome] = written
        return answers

    def _value(self, place: int) -> bytes:
        leaf = self.leaves[place]
        return self._octets[leaf.start : leaf.end]

    def _with(self, values: Mapping[int, bytes]) -> bytes:
        """Give the request with other values in some leaves."""
        return put(self._octets, {self.leaves[place]: value for place, value in values.items()})

    def _octets_of(self, size: int) -> bytes:
        return bytes(int(self._random() * 256) for _ in range(size))

    def _digits(self, count: int) -> str:
        return "".join(str(int(self._random() * 10)) for _ in range(count))
