import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from eir.decision.verdict import Check, Interface, Status
from eir.interfaces.answer import Asked
from eir.lists.subjects import number_of
from eir.transport.teaching import SUBJECT, ConnectionTeacher, ShapeAsked, inputs_of
from protocols.diameter.codec import Message
from protocols.lane.family import Family
from protocols.lane.learning import learn
from protocols.lane.shape import Shape
from protocols.lane.teacher import GoneError, Inputs, Teacher
from tests.eir.transport.memory import Bench, ShiftedLoop, run
from tests.harness import MME, Received, cer, ecr

IMEI = "35209900000017"
IMSI = "001010000000002"


def teacher_of(bench: Bench, connection: int) -> ConnectionTeacher[Message, bytes]:
    return ConnectionTeacher(bench.driver.lanes._path, connection, None)


def taught(test: Callable[[Bench, int], None]) -> None:
    """Run a test with a peer that has said who it is."""

    async def body(_: ShiftedLoop) -> None:
        bench = Bench()
        connection, _association = bench.accept()
        bench.receives(connection, [cer(), ecr(IMEI)])
        test(bench, connection)

    run(body)


def test_it_reads_what_would_be_decided_about() -> None:
    def test(bench: Bench, connection: int) -> None:
        teacher = teacher_of(bench, connection)
        question = teacher.read(ecr(IMEI, imsi=IMSI))
        assert question is not None
        assert teacher.inputs(question) == inputs_of(
            Check(IMEI, imsi=IMSI, peer=MME, interface=Interface.S13), ignored=None
        )
        assert teacher.inputs(question)[SUBJECT] == IMEI

    taught(test)


def test_it_writes_what_would_be_answered_for_each_outcome() -> None:
    def test(bench: Bench, connection: int) -> None:
        teacher = teacher_of(bench, connection)
        question = teacher.read(ecr(IMEI, number=77))
        assert question is not None
        results = []
        for outcome in teacher.outcomes:
            written = teacher.write(question, outcome)
            assert written is not None
            assert Received(written.octets).number == 77
            results.append(Received(written.octets).result)
        assert dict(zip(teacher.outcomes, results, strict=True)) == {
            Status.PERMITTED: 2001,
            Status.PROHIBITED: 2001,
            Status.TRACKING: 2001,
            Status.UNKNOWN: 5422,
            None: 5012,
        }

    taught(test)


@pytest.mark.parametrize("octets", [cer(), b"", ecr(IMEI)[:-4], ecr(IMEI).replace(b"epc", b"abc")])
def test_what_would_be_refused_or_served_otherwise_is_no_question(octets: bytes) -> None:
    def test(bench: Bench, connection: int) -> None:
        assert teacher_of(bench, connection).read(octets) is None

    taught(test)


def test_asking_counts_nowhere_and_leaves_no_record() -> None:
    def test(bench: Bench, connection: int) -> None:
        before = bench.counted()
        bench.recorded()
        teacher = teacher_of(bench, connection)
        question = teacher.read(ecr(IMEI))
        assert question is not None
        teacher.write(question, Status.PROHIBITED)
        assert bench.counted() == before
        assert bench.recorded() == []

    taught(test)


def test_nothing_is_taught_once_the_standing_is_another() -> None:
    def test(bench: Bench, connection: int) -> None:
        teacher = teacher_of(bench, connection)
        bench.driver.stop()
        with pytest.raises(GoneError):
            teacher.read(ecr(IMEI))
        with pytest.raises(GoneError):
            teacher_of(bench, connection).read(ecr(IMEI))

    taught(test)


def learned(octets: bytes, teacher: Teacher[Asked[bytes]]) -> Shape:
    """Learn a request, and prepare its shape as the lane does."""
    steps = learn(octets, teacher, SUBJECT, random.Random(1).random)  # noqa: S311
    form = None
    while form is None:
        try:
            next(steps)
        except StopIteration as end:
            form = end.value
    shape = Shape(form, Family(form, SUBJECT, set()))
    known = {name: form.inputs[name] for name in form.by_example}
    shape.examples.meet((), shape.example(shape.unpack(octets)), known)
    return shape


def asked_of(bench: Bench, connection: int, octets: bytes) -> tuple[ShapeAsked, Shape]:
    shape = learned(octets, teacher_of(bench, connection))
    return ShapeAsked(shape, Interface.S13), shape


def test_a_shape_reads_the_check_of_its_requests() -> None:
    def test(bench: Bench, connection: int) -> None:
        asked, shape = asked_of(bench, connection, ecr(IMEI, imsi=IMSI))
        fields = shape.fields(ecr("00100199000001", imsi="001019999999999"))
        assert fields is not None
        assert asked.check(fields) == Check(
            "00100199000001", imsi="001019999999999", peer=MME, interface=Interface.S13
        )
        assert asked.imsi(fields) == number_of("001019999999999")

    taught(test)


def test_a_shape_without_a_subscriber_has_none() -> None:
    def test(bench: Bench, connection: int) -> None:
        octets = ecr(IMEI, imsi="nobody")
        asked, shape = asked_of(bench, connection, octets)
        assert asked.imsi(shape.unpack(octets)) == 0

    taught(test)


class Backwards(ConnectionTeacher[Message, bytes]):
    """Reads subscribers from behind, so that they are no digits of a value as it stands."""

    def inputs(self, question: Asked[bytes]) -> Inputs:
        check = question.check
        imsi = None if check.imsi is None else check.imsi[::-1]
        return inputs_of(replace(check, imsi=imsi), ignored=None)


def test_a_subscriber_that_is_no_digits_of_a_value_is_read_all_the_same() -> None:
    def test(bench: Bench, connection: int) -> None:
        octets = ecr(IMEI, imsi=IMSI)
        shape = learned(octets, Backwards(bench.driver.lanes._path, connection, None))
        assert "imsi" in shape.form.by_example
        asked = ShapeAsked(shape, Interface.S13)
        assert asked.imsi(shape.unpack(octets)) == number_of(IMSI[::-1])

    taught(test)
