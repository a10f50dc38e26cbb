"""The sockets that listen: all of them or none, and each is told."""

import socket
from pathlib import Path

import pytest
import structlog

from eir import config
from eir.errors import UnavailableError
from eir.listeners import Listeners
from tests.harness import PEER, write_config

M3UA = '[m3ua]\npoint_code = "2-10-4"\nlisten_tcp = ["127.0.0.1:0"]\n'


def bind(directory: Path, text: str = PEER) -> Listeners:
    return Listeners.bind(config.load(write_config(directory, text)))


def close(listeners: Listeners) -> None:
    for listener in (*listeners.of_peers, listeners.admin.tcp, listeners.admin.local):
        listener.close()


def test_each_address_is_told_as_the_configuration_writes_it(tmp_path: Path) -> None:
    listeners = bind(tmp_path, f"{PEER}{M3UA}enabled = true\n")
    try:
        with structlog.testing.capture_logs() as lines:
            listeners.tell()
        told = {line["service"]: line["address"] for line in lines if line["service"] != "admin"}
        assert told == {
            "tcp": f"127.0.0.1:{listeners.tcp[0].getsockname()[1]}",
            "m3ua-tcp": f"127.0.0.1:{listeners.m3ua_tcp[0].getsockname()[1]}",
        }
        addresses = [line["address"] for line in lines if line["service"] == "admin"]
        assert addresses[1].endswith("control.sock")
    finally:
        close(listeners)


def test_nothing_listens_for_ss7_while_it_is_not_enabled(tmp_path: Path) -> None:
    listeners = bind(tmp_path, f"{PEER}{M3UA}")
    try:
        assert listeners.of_peers == tuple(listeners.tcp)
    finally:
        close(listeners)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"127.0.0.1:{port}"):
            bind(tmp_path, f"{PEER}{M3UA.replace(':0', f':{port}')}enabled = true\n")
