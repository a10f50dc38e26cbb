"""A small protocol to learn, whose rules a test sets, and a peer that speaks it.

message   length of the whole (2 octets), 'Q' or 'A', a serial number (1 octet), elements
element   tag (1 octet), length of the value (1 octet), value
group     an element whose tag is a capital letter: elements inside
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from protocols.framing import Head
from protocols.lane.akin import Akin
from protocols.lane.batch import Batch
from protocols.lane.family import Fields
from protocols.lane.form import Form
from protocols.lane.lane import Lane
from protocols.lane.learning import learn
from protocols.lane.shape import Shape
from protocols.lane.shelf import Shelf
from protocols.lane.syntax import Leaf
from protocols.lane.teacher import Answered, Inputs, Origin, Written

SUBJECT = "equipment"
IMEI, IMSI, SESSION, HOST, PROXY, GROUP = b"e", b"s", b"i", b"h", b"p", b"G"
RESULT = b"r"
OUTCOMES = ("yes", "no", "late")
EQUIPMENT = b"35209900000017"
_HEAD = 4

Elements: TypeAlias = Sequence[tuple[bytes, "bytes | Elements"]]


class ToySyntax:
    """Values by tags and lengths; those of the message itself stretch, as far as 255 octets."""

    head = Head(octets=_HEAD, length=slice(0, 2))

    def leaves(self, octets: bytes) -> tuple[Leaf, ...]:
        inside = _walk(octets, _HEAD, len(octets), stretches=True)
        return () if inside is None else (Leaf(3, 4), *inside)

    def resize(self, octets: bytes, leaf: int, value: bytes) -> bytes:
        where = self.leaves(octets)[leaf]
        if not where.stretches or len(value) > 255:
            raise ValueError(f"leaf {leaf} does not stretch so far")
        before = octets[2 : where.start - 1] + bytes((len(value),))
        rest = before + value + octets[where.end :]
        return (len(rest) + 2).to_bytes(2, "big") + rest


def _walk(octets: bytes, at: int, end: int, *, stretches: bool) -> list[Leaf] | None:
    found: list[Leaf] = []
    while at < end:
        start = at + 2
        at = start + octets[at + 1] if start <= end else end + 1
        if at > end:
            return None
        is_group = octets[start - 2 : start - 1].isupper()
        inside = _walk(octets, start, at, stretches=False) if is_group else None
        found += [Leaf(start, at, stretches)] if inside is None else inside
    return found


def message(elements: Elements, *, kind: bytes = b"Q", serial: int = 0) -> bytes:
    """Write one message."""
    rest = kind + bytes((serial,)) + encode(elements)
    return (len(rest) + 2).to_bytes(2, "big") + rest


def encode(elements: Elements) -> bytes:
    """Write elements."""
    values = [(tag, v if isinstance(v, bytes) else encode(v)) for tag, v in elements]
    return b"".join(tag + bytes((len(value),)) + value for tag, value in values)


def ask(*more: tuple[bytes, "bytes | Elements"], imei: bytes = EQUIPMENT, serial: int = 0) -> bytes:
    """Write a question about an equipment; `more` comes before it."""
    return message([*more, (IMEI, imei)], serial=serial)


Reads: TypeAlias = Callable[[bytes], Inputs | None]
Writes: TypeAlias = Callable[[bytes], Elements]


def nothing(value: bytes) -> Inputs:
    """Read no input of a value."""
    del value
    return {}


def silence(value: bytes) -> Elements:
    """Write nothing of a value into answers."""
    del value
    return ()


def text(name: str) -> Reads:
    """Read a value as an input, whatever it is."""
    return lambda value: {name: value.decode("latin-1")}


def copied(tag: bytes, *, times: int = 1) -> Writes:
    """Write a value into answers as it is."""
    return lambda value: [(tag, value)] * times


@dataclass(frozen=True, slots=True)
class Rule:
    """What the slow path does with the elements of one tag.

    Attributes:
        reads: gives the inputs of a value; None: the message is refused.
        writes: gives the elements of the answer that follow from a value.
        moves_stream: whether its octet is added to the stream of the answer.
    """

    reads: Reads = nothing
    writes: Writes = silence
    moves_stream: bool = False


COPIED = Rule(writes=copied(SESSION))
ASKED = Rule(reads=text(SUBJECT))
NAMED = Rule(reads=text("peer"))


@dataclass(frozen=True, slots=True)
class Question:
    """One message that was read."""

    serial: int
    inputs: Inputs
    values: Sequence[tuple[bytes, bytes]]
    manner: Hashable = None


@dataclass(slots=True)
class Toy:
    """The slow path: what it does with a value its rules say.

    Attributes:
        rules: by tag.
        silent: outcomes that have no answer.
        asked: how often it was asked to read.
    """

    rules: Mapping[bytes, Rule]
    silent: frozenset[str] = frozenset()
    outcomes: Sequence[str] = OUTCOMES
    syntax: ToySyntax = field(default_factory=ToySyntax)
    asked: int = 0

    def read(self, octets: bytes) -> Question | None:
        self.asked += 1
        if octets[2:3] != b"Q" or int.from_bytes(octets[:2], "big") != len(octets):
            return None
        values = _values(octets[_HEAD:])
        if values is None:
            return None
        inputs: dict[str, Hashable] = {SUBJECT: "", "peer": None, "imsi": None, "version": None}
        for tag, value in values:
            found = self._rule(tag).reads(value)
            if found is None:
                return None
            inputs |= found
        return Question(octets[3], inputs, values)

    def inputs(self, question: Question) -> Inputs:
        return question.inputs

    def write(self, question: Question, outcome: Hashable) -> Written | None:
        assert isinstance(outcome, str)
        if outcome in self.silent:
            return None
        elements = [(RESULT, outcome.encode())]
        stream = 0
        for tag, value in question.values:
            rule = self._rule(tag)
            elements += rule.writes(value)  # type: ignore[arg-type]
            stream += value[0] if rule.moves_stream and value else 0
        answer = message(elements, kind=b"A", serial=question.serial)
        return Written(answer, ordered=False, stream=stream)

    def _rule(self, tag: bytes) -> Rule:
        return self.rules.get(tag, Rule())


def _values(octets: bytes) -> list[tuple[bytes, bytes]] | None:
    """Read elements, and those inside groups; the slow path's own reading."""
    found: list[tuple[bytes, bytes]] = []
    while octets:
        if len(octets) < 2 or len(octets) < 2 + octets[1]:
            return None
        tag, value, octets = octets[:1], octets[2 : 2 + octets[1]], octets[2 + octets[1] :]
        inside = _values(value) if tag.isupper() else None
        found += [(tag, value)] if inside is None else inside
    return found


def toy(rules: Mapping[bytes, Rule] | None = None, **more: Any) -> Toy:
    """Make a slow path that is asked about equipments by names, beside other rules."""
    return Toy({IMEI: ASKED, HOST: NAMED, SESSION: COPIED, **(rules or {})}, **more)


def study(octets: bytes, teacher: Toy, *, akin: Akin | None = None, seed: int = 1) -> Form:
    """Learn the form of a message in one go."""
    steps = learn(octets, teacher, SUBJECT, Numbers(seed), akin)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            form = end.value
            assert isinstance(form, Form)
            return form


class Numbers:
    """Numbers from 0 up to 1 that look like any, and are the same in each run."""

    def __init__(self, seed: int = 1) -> None:
        self._state = seed

    def __call__(self) -> float:
        self._state = (self._state * 1_103_515_245 + 12_345) % (1 << 31)
        return self._state / (1 << 31)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided."""

    status: str
    inputs: Inputs


def decide(inputs: Inputs) -> Verdict:
    """Decide by all that is asked."""
    seen = repr(sorted(inputs.items())).encode()
    return Verdict(OUTCOMES[sum(seen) % len(OUTCOMES)], inputs)


def new_lane() -> Lane[Question]:
    """Make a lane that knows nothing."""
    return Lane(ToySyntax(), SUBJECT, _itself, Numbers(), Shelf())


def _itself(shape: Shape) -> Shape:
    return shape


@dataclass(slots=True)
class Peer:
    """Whoever asks: by the lane what it knows, and the slow path the rest.

    Attributes:
        teacher: the slow path.
        connection: where its messages come from.
        sender: who is at its other end; empty: somebody else on each connection.
        partners: of its standing.
        counts: what answered.
    """

    teacher: Toy
    lane: Lane[Question] = field(default_factory=new_lane)
    connection: int = 1
    sender: str = ""
    partners: Hashable = ()
    counts: Counter[str] = field(default_factory=Counter)

    def quickly(self, data: bytes) -> tuple[int, list[Verdict], bytes]:
        """Let the lane answer; return how many octets, what was decided, and the answers."""
        batch: Batch[Verdict] = Batch()
        taken = self.lane.answer(data, _decide_run, self.partners, batch)
        return taken, batch.verdicts, b"".join(batch.answers)

    def slowly(self, octets: bytes) -> Written | None:
        """Let the slow path answer, and the lane see it; None: it is refused, or not answered."""
        question = self.teacher.read(octets)
        if question is None:
            return None
        verdict = decide(question.inputs)
        written = self.teacher.write(question, verdict.status)
        if written is not None:
            answered = Answered(octets, question.inputs, verdict.status, written, question.manner)
            sender = self.sender or f"192.0.2.{self.connection}"
            origin = Origin(self.connection, sender, self.partners, self.teacher)
            self.lane.met(answered, origin)
        return written

    def ask(self, octets: bytes) -> bytes | None:
        """Ask one question of whoever knows the answer."""
        taken, _, answer = self.quickly(octets)
        self.counts["lane" if taken else "slow path"] += 1
        if taken:
            return answer
        written = self.slowly(octets)
        return None if written is None else written.octets

    def teach(self, *questions: bytes) -> None:
        """Ask, and have all studied that waits, until nothing new comes of it."""
        for _ in range(3):
            for octets in questions:
                self.ask(octets)
                self.study()

    def study(self) -> int:
        """Have all studied that waits; return how many steps that was."""
        steps = 0
        while self.lane.has_studies:
            self.lane.study()
            steps += 1
        return steps

    def knows(self, octets: bytes) -> bool:
        """Tell whether the lane answers a question, and see that it does so rightly."""
        taken, verdicts, answer = self.quickly(octets)
        if not taken:
            return False
        assert taken == len(octets)
        assert expected(self.teacher, [octets]) == (verdicts, answer)
        return True

    def elsewhere(self, connection: int, partners: Hashable = ()) -> "Peer":
        """Give a peer on another connection of the same standing."""
        return replace(self, connection=connection, partners=partners, counts=Counter())


def expected(teacher: Toy, questions: Iterable[bytes]) -> tuple[list[Verdict], bytes]:
    """Give what the slow path decides about these, and answers."""
    verdicts, answers = [], b""
    for octets in questions:
        question = teacher.read(octets)
        assert question is not None
        verdicts.append(decide(question.inputs))
        written = teacher.write(question, verdicts[-1].status)
        assert written is not None
        answers += written.octets
    return verdicts, answers


def _decide_run(numbers: list[int], askers: list[Shape], requests: list[Fields]) -> list[Verdict]:
    verdicts = []
    for number, shape, fields in zip(numbers, askers, requests, strict=True):
        inputs = shape.inputs(fields, shape.examples.inputs[shape.example(fields)])
        assert inputs is not None
        assert number == int("1" + str(inputs[SUBJECT])[:14])
        verdicts.append(decide(inputs))
    return verdicts
