import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eir.alarms.board import Notice
from eir.alarms.catalogue import CATALOGUE
from eir.alarms.outlets.outlet import Outlet, UndeliveredError
from eir.alarms.outlets.snmp import EVENTS, SEVERITIES, engine, engine_id, managers, trap
from eir.config import Alarms, SnmpManager, parse
from tests.eir.alarms.outlets.test_outlet import deliver, notice
from tests.snmp_manager import MIBS, Manager, manager, mib_options, program, secrets, tables

NODE = "eir.example.org"
ROOT = Alarms().snmp_root
NOTICE = notice(1)
NOW = datetime(2026, 1, 10, 2, 0, tzinfo=UTC)


def text_of_mib() -> str:
    return (MIBS / "EIR-MIB.txt").read_text(encoding="ascii")


def enumeration(name: str) -> dict[str, int]:
    """Read the numbers and names of an object of the MIB."""
    found = re.search(rf"{name} OBJECT-TYPE\s+SYNTAX\s+INTEGER {{(.*?)}}", text_of_mib(), re.DOTALL)
    assert found is not None
    return {name: int(number) for name, number in re.findall(r"(\w+)\((\d+)\)", found[1])}


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def test_the_mib_has_the_kinds_of_the_catalogue_and_the_severities() -> None:
    assert enumeration("eirAlarmKind") == {camel(kind.name): kind.number for kind in CATALOGUE}
    assert enumeration("eirAlarmSeverity") == SEVERITIES


def test_the_mib_stands_where_the_configuration_says() -> None:
    numbers = ROOT.removeprefix("1.3.6.1.4.1.").replace(".", " ")
    assert f"enterprises(1) {numbers} }}" in text_of_mib()


@pytest.mark.interop
@pytest.mark.parametrize(
    ("name", "oid"),
    [
        *((f"eirAlarm{event.title()}", f"0.{number}") for event, number in EVENTS.items()),
        ("eirNode", "1.1"),
        ("eirAlarmSince", "1.7"),
    ],
)
def test_net_snmp_reads_the_mib_without_a_complaint(tmp_path: Path, name: str, oid: str) -> None:
    done = subprocess.run(
        [program("snmptranslate"), *mib_options(tmp_path), "-Pe", "-On", f"EIR-MIB::{name}"],
        env={**os.environ, "SNMP_PERSISTENT_DIR": str(tmp_path / "snmp")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f".{ROOT}.{oid}\n"
    assert [line for line in done.stderr.splitlines() if "Created directory" not in line] == []


@pytest.mark.spec("RFC 3411", "5")
def test_an_engine_is_the_same_at_each_start_and_another_on_another_node() -> None:
    first = engine_id(NODE)
    assert first == engine_id(NODE)
    assert first != engine_id("eir2.example.org")
    assert first[:5] == b"\x80\x00\x1f\x88\x05"
    assert 5 <= len(first) <= 32


@pytest.mark.spec("RFC 3414", "2.2.2")
def test_boots_grow_with_each_start() -> None:
    boots = []
    for start in (NOW, NOW + timedelta(minutes=1)):
        builder = engine(NODE, start).get_mib_builder()
        (count,) = builder.import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineBoots")
        boots.append(int(count.syntax))
    assert boots[0] < boots[1] < 2**31 - 1


def test_a_text_is_cut_between_characters() -> None:
    long = NOTICE.alarm.model_copy(update={"text": "ä" * 200})
    values = [value for _, value in trap(replace(NOTICE, alarm=long), root=ROOT, node=NODE)]
    assert bytes(values[5]).decode() == "ä" * 127


def run_until_told(outlet: Outlet) -> None:
    assert deliver(outlet, lambda: outlet.delivered == 2) == []


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Manager]:
    secrets(tmp_path)
    with manager(tmp_path, NODE) as found:
        yield found


@pytest.mark.interop
def test_net_snmp_takes_traps_of_both_versions_and_names_what_is_in_them(
    tmp_path: Path, listening: Manager
) -> None:
    wanted = parse(tables(tmp_path, listening.port), None).alarms.snmp
    cleared = Notice(
        "cleared", NOTICE.alarm.model_copy(update={"text": "up"}), "2026-01-10T03:00:00Z"
    )
    for outlet in managers(wanted, root=ROOT, node=NODE):
        outlet.tell(NOTICE)
        outlet.tell(cleared)
        run_until_told(outlet)
    for line in listening.wait_for("EIR-MIB::eirAlarmRaised", count=2):
        for said in (
            f"eirNode.0 = STRING: {NODE}",
            "eirAlarmKind.0 = INTEGER: peerDown(10)",
            "eirAlarmAbout.0 = STRING: stp1",
            "eirAlarmSeverity.0 = INTEGER: major(4)",
            "eirAlarmText.0 = STRING: it is down",
            "eirAlarmNextStep.0 = STRING: see eir links",
            "eirAlarmSince.0 = STRING: 2026-1-10,2:0:0.0,+0:0",
        ):
            assert f"EIR-MIB::{said}" in line
    for line in listening.wait_for("EIR-MIB::eirAlarmCleared", count=2):
        assert "eirAlarmSeverity.0 = INTEGER: cleared(1)" in line
        assert "eirAlarmText.0 = STRING: up" in line


def test_a_key_that_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    wanted = SnmpManager(address="127.0.0.1", community_file=tmp_path / "none")
    (outlet,) = managers([wanted], root=ROOT, node=NODE)
    with pytest.raises(UndeliveredError, match="none") as raised:
        asyncio.run(outlet._deliver(NOTICE, 0))
    assert not raised.value.is_final


@pytest.mark.spec("RFC 3414", "11.2")
def test_a_key_of_few_letters_is_told_and_tried_again(tmp_path: Path) -> None:
    secrets(tmp_path)
    (tmp_path / "auth").write_text("short\n")
    (_, v3) = managers(parse(tables(tmp_path, 9), None).alarms.snmp, root=ROOT, node=NODE)
    with pytest.raises(UndeliveredError, match="auth: it has 8 letters at least") as raised:
        asyncio.run(v3._deliver(NOTICE, 0))
    assert not raised.value.is_final
    assert "short" not in str(raised.value)
