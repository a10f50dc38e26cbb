from contextlib import closing
from pathlib import Path

import pytest

from eir.control import ControlConnection
from tests.eir.cli.test_links import page, server


def test_a_page_can_be_asked_for_and_is_waited_for_so_long(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with (
        server(path, page("200 OK", b"[]"), "/links"),
        closing(ControlConnection(path, seconds=5.0)) as connection,
    ):
        connection.request("GET", "/links")
        assert connection.sock.gettimeout() == 5.0
        assert connection.getresponse().read() == b"[]"


def test_where_nobody_listens_it_is_an_error_of_the_system(tmp_path: Path) -> None:
    with (
        closing(ControlConnection(tmp_path / "none", seconds=5.0)) as connection,
        pytest.raises(FileNotFoundError),
    ):
        connection.request("GET", "/")
