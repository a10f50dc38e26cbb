from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from eir.records import account
from eir.records.account import Account, AccountPage

COUNTS = st.integers(0, 2**64 - 1)
ACCOUNTS = st.builds(
    Account,
    failing=st.booleans(),
    positions=st.lists(COUNTS, min_size=2, max_size=2),
    **dict.fromkeys(("written", "late", "refused", "octets", "files"), COUNTS),
    part=COUNTS,
    part_octets=COUNTS,
)


def memory() -> memoryview:
    return memoryview(bytearray(account.size(2)))


def test_a_new_account_is_empty() -> None:
    assert AccountPage(memory(), 2).load() == Account(failing=False, positions=[0, 0])


@given(st.lists(ACCOUNTS, min_size=1, max_size=3))
def test_another_process_reads_what_was_written_last(accounts: list[Account]) -> None:
    page = memory()
    for each in accounts:
        AccountPage(page, 2).save(each)
    assert AccountPage(page, 2).load() == accounts[-1]


def test_who_ends_while_writing_leaves_the_account_as_it_was() -> None:
    page = memory()
    before = Account(failing=False, positions=[3, 4], written=7)
    AccountPage(page, 2).save(before)
    head = bytes(page[:8])
    AccountPage(page, 2).save(replace(before, written=9, positions=[5, 5]))
    page[:8] = head  # which is written last
    assert AccountPage(page, 2).load() == before
