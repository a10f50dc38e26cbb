"""The slow path of a connection, as the fast lane asks it (`protocols.lane.teacher`)."""

from collections.abc import Hashable, Sequence
from dataclasses import fields
from typing import Any, Generic

from eir.decision.verdict import Check, Status
from eir.decision.verdict import Interface as InterfaceName
from eir.interfaces.answer import Asked, Reply
from eir.lists.subjects import number_of
from eir.transport.machine import SlowPath
from protocols.effects import Connection, Request
from protocols.lane.family import Fields
from protocols.lane.shape import Shape
from protocols.lane.teacher import GoneError, Inputs, Outcome, Written

SUBJECT = "equipment"  # the field of a check that is the identity asked about

_NAMES = tuple(each.name for each in fields(Check))
_IGNORED = "ignored"  # no field of a check: a subscriber whom nobody looks for


def inputs_of(check: Check, *, ignored: str | None) -> Inputs:
    """Give what is decided about, by name.

    And a subscriber who is `ignored`: such digits may be any, as those may that are looked for. Of
    other values that change nothing it is not known whether one of them would.
    """
    return {**{name: getattr(check, name) for name in _NAMES}, _IGNORED: ignored}


class ConnectionTeacher(Generic[Request, Reply]):
    """Asks machine and interface what they would do with a message of a connection."""

    outcomes: Sequence[Status | None] = (*Status, None)

    def __init__(
        self, path: SlowPath[Request, Reply], connection: Connection, stream: int | None
    ) -> None:
        """Teach what is true now.

        Args:
            path: what is asked.
            connection: where messages are taken to come.
            stream: and on which stream; None on TCP.
        """
        self.syntax = path.syntax
        self._machine = path.machine
        self._interface = path.interface
        self._connection = connection
        self._stream = stream
        self._standing = self._forms()

    def read(self, octets: bytes) -> Asked[Reply] | None:
        """Read a request; None: it would not be decided about.

        Raises:
            GoneError: the connection's standing is another by now.
        """
        if self._standing is None or self._forms() != self._standing:
            raise GoneError
        request = self._machine.preview(self._connection, octets, stream=self._stream)
        return None if request is None else self._interface.read(request)

    def _forms(self) -> Hashable:
        standing = self._machine.standing(self._connection)
        return None if standing is None else standing.forms

    def inputs(self, question: Asked[Reply]) -> Inputs:
        """Tell what would be decided about."""
        return inputs_of(question.check, ignored=question.ignored)

    def write(self, question: Asked[Reply], outcome: Outcome) -> Written | None:
        """Answer a question that was read, with a status or None."""
        assert outcome is None or isinstance(outcome, Status)  # noqa: S101 - one of `outcomes`
        send = self._machine.preview_reply(self._connection, question.write(outcome))
        return None if send is None else Written(send.octets, send.ordered, send.stream)


class ShapeAsked:
    """What the requests of a shape ask (`eir.decision.outcomes.Asked`), read from their fields."""

    def __init__(self, shape: Shape, interface: InterfaceName) -> None:
        self.interface = interface
        self._shape = shape
        readers = ((place, shape.digits_of(name)) for place, name in enumerate(_NAMES))
        self._read = tuple((place, read) for place, read in readers if read is not None)
        self._imsi = shape.digits_of("imsi")
        form = shape.form
        self._has_other_imsi = "imsi" in form.by_example or form.inputs["imsi"] is not None
        self._rest = [form.inputs[name] for name in _NAMES]
        self._by_example = tuple(
            (place, name) for place, name in enumerate(_NAMES) if name in form.by_example
        )

    def check(self, fields: Fields) -> Check:
        """Read the whole check of a request that the shape answers."""
        values: list[Any] = [*self._rest]
        if self._by_example:
            known = self._shape.examples.inputs[self._shape.example(fields)]
            for place, name in self._by_example:
                values[place] = known[name]
        for place, read in self._read:
            values[place] = read(fields)
        return Check(*values)

    def imsi(self, fields: Fields) -> int:
        """Read the IMSI as `eir.lists.subjects.number_of` has it; 0: there is none."""
        if self._imsi is not None:
            return int("1" + self._imsi(fields))
        imsi = self.check(fields).imsi if self._has_other_imsi else None
        return 0 if imsi is None else number_of(imsi)
