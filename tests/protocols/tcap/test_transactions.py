import pytest

from protocols.tcap.codes import GeneralProblem
from protocols.tcap.messages import Rejection, ReturnResult
from protocols.tcap.primitives import Invocation
from protocols.tcap.transactions import (
    Transaction,
    TransactionIds,
    to_number,
    to_octets,
    worker_of,
)
from tests.protocols.tcap.octets import OTID, unitdata

UNITDATA = unitdata(b"")


def invocation(invoke_id: int) -> Invocation:
    return Invocation(7, UNITDATA, 2, invoke_id, 43, b"")


def transaction() -> Transaction:
    return Transaction(
        number=7,
        peer_id=OTID,
        unitdata=UNITDATA,
        version=2,
        accepting=None,
        has_dialogue=False,
        deadline=30.0,
    )


def test_ids_count_from_a_random_start_and_name_their_worker() -> None:
    ids = TransactionIds(5, lambda: 0.5)
    octets = [to_octets(ids.next(())) for _ in range(2)]
    assert [id_.hex() for id_ in octets] == ["05800001", "05800002"]
    assert {worker_of(id_) for id_ in octets} == {5}


def test_ids_start_anew_when_they_are_used_up() -> None:
    ids = TransactionIds(255, lambda: 1 - 2**-53)
    assert to_octets(ids.next(())).hex() == "ff000000"


def test_an_id_that_is_taken_is_passed_over() -> None:
    ids = TransactionIds(0, lambda: 0.0)
    assert ids.next({1, 2, 3}) == 4


def test_numbers_and_octets_are_the_same_ids() -> None:
    assert to_number(to_octets(0x05800001)) == 0x05800001


@pytest.mark.parametrize("octets", [b"", b"\1", b"\0\0\1", b"\0\0\0\0\1"])
def test_ids_of_another_length_are_none_of_ours(octets: bytes) -> None:
    assert to_number(octets) is None
    assert worker_of(octets) is None


def test_outcomes_stand_where_the_invocations_stood() -> None:
    first, second = invocation(1), invocation(2)
    rejection = Rejection(None, GeneralProblem.UNRECOGNIZED_COMPONENT)
    opened = transaction()
    opened.slots = [first, rejection, second]
    assert opened.pending == [first, second]

    assert opened.settle(second, ReturnResult(2))
    assert opened.pending == [first]
    assert opened.slots == [first, rejection, ReturnResult(2)]

    assert opened.settle(first, ReturnResult(1))
    assert opened.slots == [ReturnResult(1), rejection, ReturnResult(2)]


def test_an_outcome_settles_once() -> None:
    opened = transaction()
    opened.slots = [invocation(1)]
    assert opened.settle(invocation(1), ReturnResult(1))
    assert not opened.settle(invocation(1), ReturnResult(1))
    assert not opened.settle(invocation(9), ReturnResult(9))
