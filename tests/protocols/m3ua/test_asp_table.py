"""The tables of §4.3.4, typed from its text, against the tables that run."""

import pytest

from protocols.m3ua.asp_table import HERE, REMOTE, Action, AspState, Event, Table

# state | event | actions | next state
ASP = """
ASP-DOWN     | ASP_UP_ACK           | ACTIVATE         | ASP-INACTIVE
ASP-DOWN     | ASP_DOWN_ACK         |                  | ASP-DOWN
ASP-DOWN     | ALTERNATE_ASP_ACTIVE |                  | ASP-DOWN
ASP-DOWN     | AS_IDLE              |                  | ASP-DOWN
ASP-DOWN     | RESTART              | RISE             | ASP-DOWN
ASP-INACTIVE | ASP_UP_ACK           |                  | ASP-INACTIVE
ASP-INACTIVE | ASP_DOWN_ACK         | RISE             | ASP-DOWN
ASP-INACTIVE | ASP_ACTIVE_ACK       |                  | ASP-ACTIVE
ASP-INACTIVE | ASP_INACTIVE_ACK     |                  | ASP-INACTIVE
ASP-INACTIVE | ALTERNATE_ASP_ACTIVE |                  | ASP-INACTIVE
ASP-INACTIVE | AS_IDLE              | ACTIVATE         | ASP-INACTIVE
ASP-INACTIVE | RESTART              | RISE             | ASP-DOWN
ASP-ACTIVE   | ASP_UP_ACK           | REFUSE, ACTIVATE | ASP-INACTIVE
ASP-ACTIVE   | ASP_DOWN_ACK         | RISE             | ASP-DOWN
ASP-ACTIVE   | ASP_ACTIVE_ACK       |                  | ASP-ACTIVE
ASP-ACTIVE   | ASP_INACTIVE_ACK     | ACTIVATE         | ASP-INACTIVE
ASP-ACTIVE   | ALTERNATE_ASP_ACTIVE |                  | ASP-INACTIVE
ASP-ACTIVE   | AS_IDLE              | ACTIVATE         | ASP-ACTIVE
ASP-ACTIVE   | RESTART              | RISE             | ASP-DOWN
"""
SGP = """
ASP-DOWN     | ASP_UP               | ACKNOWLEDGE         | ASP-INACTIVE
ASP-DOWN     | ASP_DOWN             | ACKNOWLEDGE         | ASP-DOWN
ASP-DOWN     | RESTART              |                     | ASP-DOWN
ASP-INACTIVE | ASP_UP               | ACKNOWLEDGE         | ASP-INACTIVE
ASP-INACTIVE | ASP_DOWN             | ACKNOWLEDGE         | ASP-DOWN
ASP-INACTIVE | ASP_ACTIVE           | ACKNOWLEDGE         | ASP-ACTIVE
ASP-INACTIVE | ASP_INACTIVE         | ACKNOWLEDGE         | ASP-INACTIVE
ASP-INACTIVE | RESTART              |                     | ASP-DOWN
ASP-ACTIVE   | ASP_UP               | ACKNOWLEDGE, REFUSE | ASP-INACTIVE
ASP-ACTIVE   | ASP_DOWN             | ACKNOWLEDGE         | ASP-DOWN
ASP-ACTIVE   | ASP_ACTIVE           | ACKNOWLEDGE         | ASP-ACTIVE
ASP-ACTIVE   | ASP_INACTIVE         | ACKNOWLEDGE         | ASP-INACTIVE
ASP-ACTIVE   | ALTERNATE_ASP_ACTIVE |                     | ASP-INACTIVE
ASP-ACTIVE   | RESTART              |                     | ASP-DOWN
"""


def rows(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    read = {}
    for line in text.strip().splitlines():
        state, event, actions, new = (part.strip() for part in line.split("|"))
        assert (state, event) not in read
        read[state, event] = actions, new
    return read


def running(table: Table) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (state.value, event.name): (", ".join(action.name for action in actions), new.value)
        for state, row in table.items()
        for event, (actions, new) in row.items()
    }


@pytest.mark.spec("RFC 4666", "4.3.1")
@pytest.mark.parametrize(("table", "text"), [(HERE, ASP), (REMOTE, SGP)], ids=["here", "remote"])
def test_the_table_is_that_of_the_text(table: Table, text: str) -> None:
    assert running(table) == rows(text)


def test_every_state_event_and_action_has_a_use() -> None:
    tables = (HERE, REMOTE)
    lines = [line for table in tables for line in table.values()]
    assert all(set(table) == set(AspState) for table in tables)
    assert {event for line in lines for event in line} == set(Event)
    assert {action for line in lines for row in line.values() for action in row[0]} == set(Action)


def test_a_restart_is_possible_in_every_state_and_leads_down() -> None:
    for table in (HERE, REMOTE):
        assert {table[state][Event.RESTART][1] for state in AspState} == {AspState.ASP_DOWN}
