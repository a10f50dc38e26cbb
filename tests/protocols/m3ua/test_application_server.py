"""The states of an application server, and who is told of what its ASPs do."""

import pytest

from protocols.m3ua.application_server import T_R, TABLE, AsEvent, AsKey, AsState
from tests.protocols.m3ua.nodes import both, mode, risen, serving
from tests.protocols.m3ua.wire import asp_active, asp_up, message

# Figure 4 of the RFC, and one row of ours: AS-DOWN to AS-ACTIVE.
FIGURE_4 = """
AS-DOWN     | ASP_INACTIVE         | AS-INACTIVE
AS-DOWN     | ASP_ACTIVE           | AS-ACTIVE
AS-INACTIVE | ALL_DOWN             | AS-DOWN
AS-INACTIVE | ASP_ACTIVE           | AS-ACTIVE
AS-ACTIVE   | ASP_INACTIVE         | AS-PENDING
AS-ACTIVE   | ALL_DOWN             | AS-PENDING
AS-PENDING  | ASP_ACTIVE           | AS-ACTIVE
AS-PENDING  | T_R_EXPIRED          | AS-INACTIVE
AS-PENDING  | T_R_EXPIRED_ALL_DOWN | AS-DOWN
"""
INACTIVE = message("ASP_INACTIVE")


@pytest.mark.spec("RFC 4666", "4.3.2")
def test_the_table_is_that_of_the_rfc() -> None:
    rows = {
        tuple(part.strip() for part in line.split("|")) for line in FIGURE_4.strip().splitlines()
    }
    running = {
        (state.value, event.name, new.value)
        for state, row in TABLE.items()
        for event, new in row.items()
    }
    assert running == rows
    assert set(TABLE) == set(AsState)
    assert {event for row in TABLE.values() for event in row} == set(AsEvent)


def test_an_application_server_is_named_for_those_who_look_after_it() -> None:
    names = [AsKey("", 100).name, AsKey("msc", 100).name, AsKey("msc", None).name]
    assert names == ["100", "msc 100", "msc"]


# Pending


@pytest.mark.spec("RFC 4666", "4.3.2")
def test_an_asp_that_comes_back_within_t_r_keeps_its_application_server() -> None:
    (
        serving()
        .receives(1, INACTIVE)
        .does("1: ASP_INACTIVE_ACK", "as 100 AS_PENDING", "1: NOTIFY AS_PENDING rc 100",
              "1: msc ASP_INACTIVE")
        .at(T_R - 0.1).receives(1, asp_active(100))
        .does("1: ASP_ACTIVE_ACK rc 100", "as 100 AS_ACTIVE", "1: NOTIFY AS_ACTIVE rc 100",
              "1: msc ASP_ACTIVE")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.2")
def test_an_application_server_is_inactive_when_t_r_is_over() -> None:
    (
        serving()
        .receives(1, INACTIVE).quietly()
        .at(T_R).expires().does("as 100 AS_INACTIVE", "1: NOTIFY AS_INACTIVE rc 100")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.2")
def test_an_application_server_is_down_when_t_r_is_over_and_nobody_is_up() -> None:
    (
        serving()
        .loses(1).does("note association_lost", "1: msc CLOSED", "as 100 AS_PENDING")
        .at(T_R).expires().does("as 100 AS_DOWN gone")
        .at(99.0)
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.4")
def test_the_other_asps_are_told_when_the_last_active_one_stops() -> None:
    (
        both()
        .receives(1, INACTIVE)
        .does("1: ASP_INACTIVE_ACK", "as 100 AS_PENDING",
              "1: NOTIFY AS_PENDING rc 100", "2: NOTIFY AS_PENDING rc 100", "1: msc ASP_INACTIVE")
    )  # fmt: skip


# Two ASPs


@pytest.mark.spec("RFC 4666", "4.3.4.5")
def test_an_asp_that_comes_to_an_active_application_server_is_told_so() -> None:
    book = serving().accepts(2, "192.0.2.2").quietly()
    book.receives(2, asp_up(2)).does(
        "2: ASP_UP_ACK", "2: NOTIFY AS_ACTIVE rc 100", "2: msc ASP_INACTIVE"
    )


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_in_override_mode_the_newer_asp_takes_over_and_the_older_is_told() -> None:
    (
        both(mode("OVERRIDE"))
        .receives(2, asp_active(100, mode=1))
        .does("2: ASP_ACTIVE_ACK OVERRIDE rc 100",
              "1: NOTIFY ALTERNATE_ASP_ACTIVE asp 2 rc 100",
              "2: msc ASP_ACTIVE", "1: msc ASP_INACTIVE")
        .receives(1, INACTIVE).does("1: ASP_INACTIVE_ACK")
        .receives(1, asp_active(100))
        .does("1: ASP_ACTIVE_ACK rc 100", "2: NOTIFY ALTERNATE_ASP_ACTIVE asp 1 rc 100",
              "1: msc ASP_ACTIVE", "2: msc ASP_INACTIVE")
        .receives(1, asp_active(100)).does("1: ASP_ACTIVE_ACK rc 100")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "4.3.4.3")
def test_in_loadshare_mode_both_are_active() -> None:
    (
        both(mode("LOADSHARE"))
        .receives(2, asp_active(100)).does("2: ASP_ACTIVE_ACK rc 100", "2: msc ASP_ACTIVE")
        .receives(2, INACTIVE).does("2: ASP_INACTIVE_ACK", "2: msc ASP_INACTIVE")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.2")
def test_the_others_are_told_which_asp_failed() -> None:
    (
        both()
        .receives(2, asp_active(100)).quietly()
        .loses(1)
        .does("note association_lost", "1: msc CLOSED", "2: NOTIFY ASP_FAILURE asp 1 rc 100")
    )  # fmt: skip


@pytest.mark.spec("RFC 4666", "3.8.2")
def test_inactive_asps_are_told_when_fewer_are_active_than_were() -> None:
    (
        both()
        .receives(2, asp_active(100)).quietly()
        .accepts(3).quietly()
        .receives(3, asp_up(3)).quietly()
        .receives(1, INACTIVE)
        .does("1: ASP_INACTIVE_ACK", "3: NOTIFY INSUFFICIENT_ASP_RESOURCES rc 100",
              "1: msc ASP_INACTIVE")
        .receives(2, message("ASP_DOWN"))
        .does("2: ASP_DOWN_ACK", "as 100 AS_PENDING", "1: NOTIFY AS_PENDING rc 100",
              "3: NOTIFY AS_PENDING rc 100", "1: NOTIFY ASP_FAILURE asp 2 rc 100",
              "3: NOTIFY ASP_FAILURE asp 2 rc 100", "2: msc ASP_DOWN")
    )  # fmt: skip


def test_an_asp_without_an_identifier_is_told_of_without() -> None:
    book = risen().accepts(2, "192.0.2.2").quietly().receives(2, asp_up()).quietly()
    book.loses(2).does("note association_lost", "2: msc CLOSED", "1: NOTIFY ASP_FAILURE rc 100")
