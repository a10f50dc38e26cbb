"""The table of RFC 6733 §5.6, typed from its text, against the table that runs."""

import re

import pytest

from protocols.diameter.peer_table import TABLE, Action, Event, PeerState

# state | event | action | next state. Send-Message is left out: sending is asked for by whoever
# answers, and changes no state.
RFC = """
Closed              | Start           | I-Snd-Conn-Req                    | Wait-Conn-Ack
Closed              | R-Conn-CER      | R-Accept, Process-CER, R-Snd-CEA  | R-Open
Wait-Conn-Ack       | I-Rcv-Conn-Ack  | I-Snd-CER                         | Wait-I-CEA
Wait-Conn-Ack       | I-Rcv-Conn-Nack | Cleanup                           | Closed
Wait-Conn-Ack       | R-Conn-CER      | R-Accept, Process-CER             | Wait-Conn-Ack/Elect
Wait-Conn-Ack       | Timeout         | Error                             | Closed
Wait-I-CEA          | I-Rcv-CEA       | Process-CEA                       | I-Open
Wait-I-CEA          | R-Conn-CER      | R-Accept, Process-CER, Elect      | Wait-Returns
Wait-I-CEA          | I-Peer-Disc     | I-Disc                            | Closed
Wait-I-CEA          | I-Rcv-Non-CEA   | Error                             | Closed
Wait-I-CEA          | Timeout         | Error                             | Closed
Wait-Conn-Ack/Elect | I-Rcv-Conn-Ack  | I-Snd-CER, Elect                  | Wait-Returns
Wait-Conn-Ack/Elect | I-Rcv-Conn-Nack | R-Snd-CEA                         | R-Open
Wait-Conn-Ack/Elect | R-Peer-Disc     | R-Disc                            | Wait-Conn-Ack
Wait-Conn-Ack/Elect | R-Conn-CER      | R-Reject                          | Wait-Conn-Ack/Elect
Wait-Conn-Ack/Elect | Timeout         | Error                             | Closed
Wait-Returns        | Win-Election    | I-Disc, R-Snd-CEA                 | R-Open
Wait-Returns        | I-Peer-Disc     | I-Disc, R-Snd-CEA                 | R-Open
Wait-Returns        | I-Rcv-CEA       | R-Disc                            | I-Open
Wait-Returns        | R-Peer-Disc     | R-Disc                            | Wait-I-CEA
Wait-Returns        | R-Conn-CER      | R-Reject                          | Wait-Returns
Wait-Returns        | Timeout         | Error                             | Closed
R-Open              | R-Rcv-Message   | Process                           | R-Open
R-Open              | R-Rcv-DWR       | Process-DWR, R-Snd-DWA            | R-Open
R-Open              | R-Rcv-DWA       | Process-DWA                       | R-Open
R-Open              | R-Conn-CER      | R-Reject                          | R-Open
R-Open              | Stop            | R-Snd-DPR                         | Closing
R-Open              | R-Rcv-DPR       | R-Snd-DPA                         | Closing
R-Open              | R-Peer-Disc     | R-Disc                            | Closed
I-Open              | I-Rcv-Message   | Process                           | I-Open
I-Open              | I-Rcv-DWR       | Process-DWR, I-Snd-DWA            | I-Open
I-Open              | I-Rcv-DWA       | Process-DWA                       | I-Open
I-Open              | R-Conn-CER      | R-Reject                          | I-Open
I-Open              | Stop            | I-Snd-DPR                         | Closing
I-Open              | I-Rcv-DPR       | I-Snd-DPA                         | Closing
I-Open              | I-Peer-Disc     | I-Disc                            | Closed
Closing             | I-Rcv-DPA       | I-Disc                            | Closed
Closing             | R-Rcv-DPA       | R-Disc                            | Closed
Closing             | Timeout         | Error                             | Closed
Closing             | I-Peer-Disc     | I-Disc                            | Closed
Closing             | R-Peer-Disc     | R-Disc                            | Closed
"""

# Where we do otherwise, or more; the reasons stand in the table itself.
OURS = """
Wait-Returns | I-Rcv-CEA     | Process-CEA, R-Disc    | I-Open
Wait-Returns | I-Rcv-Non-CEA | I-Disc, R-Snd-CEA      | R-Open
R-Open       | R-Conn-CER    | Hold-And-Probe         | R-Open
I-Open       | R-Conn-CER    | Hold-And-Probe         | I-Open
Closing      | I-Rcv-Message | Process                | Closing
Closing      | R-Rcv-Message | Process                | Closing
Closing      | I-Rcv-DWR     | Process-DWR, I-Snd-DWA | Closing
Closing      | R-Rcv-DWR     | Process-DWR, R-Snd-DWA | Closing
Closing      | I-Rcv-DWA     | Process-DWA            | Closing
Closing      | R-Rcv-DWA     | Process-DWA            | Closing
Closing      | I-Rcv-DPR     | I-Snd-DPA              | Closing
Closing      | R-Rcv-DPR     | R-Snd-DPA              | Closing
Closing      | R-Conn-CER    | Hold                   | Closing
"""


def rows(table: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Read rows as (state, event) -> (action, next state)."""
    read = {}
    for line in table.strip().splitlines():
        state, event, action, new = (part.strip() for part in line.split("|"))
        assert (state, event) not in read
        read[state, event] = action, new
    return read


def spelled(name: Event | Action) -> str:
    """Spell a name as the RFC does: I_RCV_CONN_ACK is I-Rcv-Conn-Ack."""
    words = name.name.title().replace("_", "-")
    return re.sub(r"(?<=-)(Cer|Cea|Dwr|Dwa|Dpr|Dpa)\b", lambda word: word[0].upper(), words)


@pytest.mark.spec("RFC 6733", "5.6")
def test_the_table_is_that_of_the_rfc_and_our_rows() -> None:
    running = {
        (state.value, spelled(event)): (", ".join(map(spelled, actions)), new.value)
        for state, row in TABLE.items()
        for event, (actions, new) in row.items()
    }
    assert running == {**rows(RFC), **rows(OURS)}


@pytest.mark.spec("RFC 6733", "5.6")
def test_the_states_are_those_of_the_rfc() -> None:
    assert {state.value for state in PeerState} == {state for state, _ in rows(RFC)}


@pytest.mark.spec("RFC 6733", "5.6.2")
def test_the_events_are_those_of_the_rfc() -> None:
    assert {spelled(event) for event in Event} == {event for _, event in rows(RFC)}


def test_no_row_is_ours_that_says_what_the_rfc_says() -> None:
    assert rows(RFC).items() & rows(OURS).items() == set()


def test_every_state_but_the_stable_ones_is_left_by_a_timeout() -> None:
    stable = {PeerState.CLOSED, PeerState.I_OPEN, PeerState.R_OPEN}
    assert {state for state in TABLE if Event.TIMEOUT not in TABLE[state]} == stable
