import pytest

from protocols.tcap.codes import GeneralProblem
from protocols.tcap.messages import Rejection, ReturnResult
from protocols.tcap.primitives import Invocation
from protocols.tcap.transactions import (
    Transaction,
    TransactionIds,
    Transactions,
    to_number,
    to_octets,
    worker_of,
)
from tests.protocols.tcap.octets import OTID, unitdata

UNITDATA = unitdata(b"")


def invocation(invoke_id: int) -> Invocation:
    return Invocation(7, UNITDATA, 2, invoke_id, 43, b"")


def transaction(number: int = 7, *, holder: int | None = None) -> Transaction:
    return Transaction(
        number=number,
        peer_id=OTID,
        unitdata=UNITDATA,
        version=2,
        accepting=None,
        has_dialogue=False,
        deadline=30.0,
        holder=holder,
    )


def transactions(max_waiting: int, *opened: Transaction) -> Transactions:
    table = Transactions(max_waiting)
    for each in opened:
        table.add(each)
    return table


def test_ids_are_random_each_and_name_their_worker() -> None:
    ids = TransactionIds(5, iter([0.5, 0.25, 1 - 2**-53]).__next__)
    octets = [to_octets(ids.next(())) for _ in range(3)]
    assert [id_.hex() for id_ in octets] == ["05800000", "05400000", "05ffffff"]
    assert {worker_of(id_) for id_ in octets} == {5}


def test_an_id_that_is_taken_is_passed_over() -> None:
    ids = TransactionIds(1, lambda: 1 - 2**-53)
    assert ids.next({0x1FFFFFF, 0x1000000, 0x1000001}) == 0x1000002


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


def test_a_transaction_is_open_until_it_is_closed() -> None:
    table = transactions(1, transaction(1), transaction(2, holder=1))
    assert (1 in table, table.get(2) is not None, table.oldest is table.get(1)) == (True,) * 3

    for number in (1, 2):
        closing = table.get(number)
        assert closing is not None
        table.close(closing)
    assert (1 in table, table.get(2), table.oldest) == (False, None, None)


@pytest.mark.spec("ITU-T Q.774", "3.3.2")
def test_a_transaction_is_meant_by_who_began_it_with_both_ids() -> None:
    opened = transaction()
    table, ours = transactions(1, opened), to_octets(7)
    elsewhere = unitdata(b"", connection=2)
    stranger = unitdata(b"", opc=11)

    assert table.find(UNITDATA, ours, OTID) is table.find(elsewhere, ours) is opened
    assert table.find(stranger, ours, OTID) is None
    assert table.find(UNITDATA, ours, b"other") is None
    assert table.find(UNITDATA, to_octets(8), OTID) is None
    assert table.find(UNITDATA, None) is None


def test_who_holds_most_makes_room_with_its_oldest() -> None:
    table = transactions(
        4,
        transaction(1, holder=1),
        transaction(2, holder=2),
        transaction(3, holder=2),
    )
    assert table.crowded_out() is None

    table.add(transaction(4, holder=2))
    assert table.crowded_out() is table.get(2)


def test_who_does_not_wait_takes_no_room() -> None:
    table = transactions(1, transaction(1), transaction(2))
    assert table.crowded_out() is None


def test_what_is_closed_leaves_its_room() -> None:
    first = transaction(1, holder=1)
    table = transactions(1, first)
    assert table.crowded_out() is first
    table.close(first)
    assert table.crowded_out() is None
