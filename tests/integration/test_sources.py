"""Sources against servers that others wrote: what they give, whom they refuse, and how they break.

registry_servers.py starts them, cutting_proxy.py cuts their connections.
"""

import contextlib
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from eir.config.registry import Fetch, Registry
from eir.registry import sources
from eir.registry.inbox.archive import Archive
from eir.registry.inbox.fetching import fetch
from eir.registry.outcome import SourceError
from eir.registry.sources.source import ConnectionLostError, RemoteFile, Source
from tests.certificates import Authority
from tests.integration import registry_servers
from tests.integration.cutting_proxy import Proxy, cutting
from tests.integration.registry_servers import Server

Start = Callable[..., AbstractContextManager[Server]]

SMALL = b"imei\r\n00100199000001\r\n"
LARGE = hashlib.shake_128(b"large").digest(2_000_000)
CUT = 600_000  # octets from the server, in the middle of LARGE

SERVERS: dict[str, Start] = {
    "sftp": registry_servers.sftp_server,
    "sftp-password": registry_servers.sftp_server_with_password,
    "ftps-tls1.2": partial(registry_servers.ftps_server, protocol="TLSv1.2"),
    "ftps-tls1.3": partial(registry_servers.ftps_server, protocol="TLSv1.3"),
    "ftps-certificate": partial(registry_servers.ftps_server, admits="certificates"),
    "https-certificate": registry_servers.https_server,
    "https-token": partial(registry_servers.https_server, admits="tokens"),
}
ONE_OF_EACH = ("sftp", "ftps-tls1.3", "https-certificate")
WITH_SECRETS = ("sftp-password", "ftps-tls1.2", "https-token")
WITHOUT_FACTS = "FactsAdvertise off\n<Limit MLSD MLST>\nDenyAll\n</Limit>"
WITH_TLS = ("ftps-tls1.2", "https-token")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Make a directory with two files, and what is none."""
    directory = tmp_path / "files"
    directory.mkdir()
    directory.chmod(0o755)  # proftpd's user may be another one
    (directory / "small, 1#%.csv").write_bytes(SMALL)
    (directory / "large.zip").write_bytes(LARGE)
    (directory / ".hidden.csv").write_bytes(SMALL)
    (directory / "sub").mkdir()
    (directory / "sub" / "inner.csv").write_bytes(SMALL)
    return directory


@pytest.fixture
def work(tmp_path: Path) -> Path:
    directory = tmp_path / "work"
    directory.mkdir()
    return directory


@pytest.fixture
def server(request: pytest.FixtureRequest, work: Path, files: Path) -> Iterator[Server]:
    with SERVERS[request.param](work, files) as running:
        yield running


def registry(server: Server, **changed: Any) -> Registry:
    settings = Fetch(**{"settle_s": 0, "timeout_s": 10, "retries": 2, **changed.pop("fetch", {})})
    access = server.access.model_copy(update=changed.pop("access", {}))
    source = changed.pop("source", server.url)
    return Registry(name="demo", format="csv", source=source, access=access, fetch=settings)


class Taken:
    """A sink that keeps everything."""

    def __init__(self, before: bytes = b"") -> None:
        self.octets = before
        self.begun: list[int] = []

    def begin(self, offset: int) -> None:
        self.begun.append(offset)
        self.octets = self.octets[:offset]

    def write(self, octets: bytes) -> None:
        self.octets += octets


def read(source: Source, file: RemoteFile, offset: int = 0) -> Taken:
    sink = Taken(LARGE[:offset])
    source.read(file, offset, sink)
    return sink


def looked(source: Source, name: str) -> RemoteFile:
    file = source.look(name)
    assert file is not None
    return file


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_a_source_names_its_files_and_gives_their_octets(server: Server) -> None:
    with sources.opened(registry(server)) as source:
        names = {file.name for file in source.listing()}
        small, large = looked(source, "small, 1#%.csv"), looked(source, "large.zip")

        assert names == {"small, 1#%.csv", "large.zip"}
        assert (small.size, large.size) == (len(SMALL), len(LARGE))
        assert read(source, small).octets == SMALL
        assert read(source, large).octets == LARGE


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_a_source_goes_on_from_where_a_transfer_ended(server: Server) -> None:
    with sources.opened(registry(server)) as source:
        sink = read(source, looked(source, "large.zip"), 1_500_000)

    assert sink.begun == [1_500_000]
    assert sink.octets == LARGE


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_a_file_that_changed_is_given_from_its_beginning(server: Server, files: Path) -> None:
    with sources.opened(registry(server)) as source:
        before = looked(source, "large.zip")
        (files / "large.zip").write_bytes(SMALL * 1000)
        sink = read(source, before, 1_000)

    assert sink.begun == [0]
    assert sink.octets == SMALL * 1000


@pytest.mark.parametrize("server", ONE_OF_EACH, indirect=True)
def test_what_changes_in_a_file_is_told(server: Server, files: Path) -> None:
    with sources.opened(registry(server)) as source:
        before = looked(source, "large.zip")
        assert looked(source, "large.zip") == before
        (files / "large.zip").write_bytes(LARGE[1:])
        assert looked(source, "large.zip") != before


@pytest.mark.parametrize("server", ONE_OF_EACH, indirect=True)
def test_a_listing_says_of_a_file_what_is_said_when_it_is_asked_for(server: Server) -> None:
    with sources.opened(registry(server)) as source:
        for file in source.listing():
            assert not file.changed or source.look(file.name) == file


@pytest.mark.parametrize("server", ["sftp", "sftp-password"], indirect=True)
def test_a_link_to_elsewhere_is_told_of_and_is_no_file(server: Server, files: Path) -> None:
    (files / "link.csv").symlink_to("/etc/passwd")
    with opened(server) as source:
        links = [file.name for file in source.listing() if file.is_link]
        assert links == ["link.csv"]
        assert source.look("link.csv") is None


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_a_file_that_is_not_there_is_not_found_and_not_read(server: Server) -> None:
    with sources.opened(registry(server)) as source:
        assert source.look("missing.csv") is None
        with pytest.raises(SourceError) as caught:
            read(source, RemoteFile("missing.csv", 3, "then"))

    assert not isinstance(caught.value, ConnectionLostError)
    assert caught.value.next_step


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_a_directory_that_is_not_there_is_said_so_and_not_tried_again(server: Server) -> None:
    url = f"{server.url}missing/"
    with pytest.raises(SourceError) as caught, opened(server, source=url) as source:
        source.listing()

    assert not isinstance(caught.value, ConnectionLostError)


@pytest.mark.parametrize("server", ["sftp-password", "ftps-tls1.3"], indirect=True)
def test_a_file_that_we_may_not_read_is_refused_and_others_come(
    server: Server, files: Path, tmp_path: Path
) -> None:
    (files / "large.zip").chmod(0)
    fetched = fetch(registry(server), Archive(tmp_path / "a"), any_name, sleep=no_sleep)

    assert [file.name for file in fetched.new] == ["small, 1#%.csv"]
    assert list(fetched.failed) == ["large.zip"]
    assert not isinstance(fetched.failed["large.zip"], ConnectionLostError)


@pytest.mark.parametrize("server", ONE_OF_EACH, indirect=True)
def test_a_listing_without_end_is_refused(server: Server) -> None:
    with opened(server, fetch={"max_files": 1}) as source, pytest.raises(SourceError) as caught:
        source.listing()

    assert "more than 1 files" in str(caught.value)


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_everything_is_fetched_once(server: Server, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    first = fetch(registry(server), archive, any_name, sleep=no_sleep)
    again = fetch(registry(server), Archive(tmp_path / "a"), any_name, sleep=no_sleep)

    assert {file.name: file.path.read_bytes() for file in first.new} == {
        "small, 1#%.csv": SMALL,
        "large.zip": LARGE,
    }
    assert (again.new, again.waiting, again.failed) == ((), (), {})


@pytest.mark.parametrize("server", WITH_SECRETS, indirect=True)
def test_a_wrong_secret_is_refused_once_and_never_shown(server: Server, work: Path) -> None:
    wrong = work / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("mistaken-secret\n")
    key = "token_file" if server.access.token_file else "password_file"
    with pytest.raises(SourceError) as caught, opened(server, access={key: wrong}) as source:
        source.listing()

    assert not isinstance(caught.value, ConnectionLostError)
    assert "registry.access" in caught.value.next_step or "password_file" in caught.value.next_step
    assert "mistaken-secret" not in f"{caught.value!r} {caught.value.next_step}"


@pytest.mark.parametrize("server", ["sftp"], indirect=True)
def test_a_wrong_key_of_ours_is_refused(server: Server, work: Path) -> None:
    with (
        pytest.raises(SourceError, match="does not let us in"),
        opened(server, access={"key_file": work / "host_key"}),
    ):
        pass


@pytest.mark.parametrize("server", ["sftp", "sftp-password"], indirect=True)
def test_a_server_with_another_key_gets_nothing_from_us(server: Server, work: Path) -> None:
    registry_servers.make_keys(work / "others", server.port)
    with (
        pytest.raises(SourceError, match="its key is not the one") as caught,
        opened(server, access={"host_keys": work / "others" / "known_hosts"}),
    ):
        pass

    assert not isinstance(caught.value, ConnectionLostError)
    assert "Login successful" not in (work / "output").read_text()


@pytest.mark.parametrize("server", WITH_TLS, indirect=True)
def test_a_certificate_that_somebody_else_signed_is_not_trusted(server: Server, work: Path) -> None:
    (work / "other.pem").write_bytes(Authority.make("Other CA").pem)
    with (
        pytest.raises(SourceError, match="certificate is not trusted") as caught,
        opened(server, access={"ca_file": work / "other.pem"}) as source,
    ):
        source.listing()

    assert not isinstance(caught.value, ConnectionLostError)


@pytest.mark.parametrize("server", WITH_TLS, indirect=True)
def test_the_systems_authorities_do_not_vouch_for_ours(server: Server) -> None:
    with (
        pytest.raises(SourceError, match="certificate is not trusted"),
        opened(server, access={"ca_file": None}) as source,
    ):
        source.listing()


@pytest.mark.parametrize("server", WITH_TLS, indirect=True)
def test_a_certificate_for_another_name_is_not_trusted(server: Server) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    with (
        pytest.raises(SourceError, match="certificate is not trusted"),
        opened(server, source=url) as source,
    ):
        source.listing()


@pytest.mark.parametrize("server", ["ftps-certificate", "https-certificate"], indirect=True)
def test_without_our_certificate_we_are_not_let_in(server: Server) -> None:
    nothing = {"certificate_file": None, "certificate_key_file": None}
    with pytest.raises(SourceError), opened(server, access=nothing) as source:
        source.listing()


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_a_server_that_is_not_there_may_be_tried_again(server: Server) -> None:
    url = server.url.replace(str(server.port), str(registry_servers.free_port()))
    with pytest.raises(ConnectionLostError), opened(server, source=url) as source:
        source.listing()


@pytest.mark.parametrize("server", ONE_OF_EACH, indirect=True)
def test_a_server_that_never_says_anything_is_given_up(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = server.url.replace(str(server.port), str(mute.getsockname()[1]))
        with (
            pytest.raises(ConnectionLostError),
            opened(server, source=url, fetch={"timeout_s": 1}) as source,
        ):
            source.listing()


@pytest.mark.parametrize("server", ONE_OF_EACH, indirect=True)
def test_a_server_that_stops_answering_is_given_up(server: Server) -> None:
    with (
        cutting(server.port) as proxy,
        opened(server, source=server.cut_url, fetch={"timeout_s": 1}) as source,
    ):
        looked(source, "large.zip")
        proxy.is_silent = True
        with pytest.raises(ConnectionLostError):
            source.look("large.zip")


@pytest.fixture(params=ONE_OF_EACH)
def cut(request: pytest.FixtureRequest, work: Path, files: Path) -> Iterator[tuple[Server, Proxy]]:
    """Run a server, and before what carries its files a proxy that will cut the large one."""
    first = registry_servers.free_port()
    start: Start = SERVERS[request.param]
    is_ftp = start is SERVERS["ftps-tls1.3"]
    (files / "small, 1#%.csv").unlink()
    with contextlib.ExitStack() as stack:
        extra = {"directives": f"PassivePorts {first} {first + 1}"} if is_ftp else {}
        server = stack.enter_context(start(work, files, **extra))
        proxy = stack.enter_context(cutting(server.port))
        if is_ftp:
            proxy = stack.enter_context(cutting(first, first + 1))
            proxy.cuts.append(None)  # the listing
        proxy.cuts.append(CUT)
        yield server, proxy


def test_a_file_that_is_cut_goes_on_where_it_was_cut(
    cut: tuple[Server, Proxy], tmp_path: Path
) -> None:
    server, proxy = cut
    told = registry(server, source=server.cut_url)
    fetched = fetch(told, Archive(tmp_path / "a"), any_name, sleep=no_sleep)

    (file,) = fetched.new
    assert file.sha256 == hashlib.sha256(LARGE).hexdigest()
    assert file.path.read_bytes() == LARGE
    assert CUT in proxy.passed
    assert proxy.passed[-1] < len(LARGE) - CUT // 3  # the rest of it


def test_the_next_sync_goes_on_where_this_one_was_cut(
    cut: tuple[Server, Proxy], tmp_path: Path
) -> None:
    server, proxy = cut
    told = registry(server, source=server.cut_url, fetch={"retries": 0})
    first = fetch(told, Archive(tmp_path / "a"), any_name, sleep=no_sleep)
    second = fetch(told, Archive(tmp_path / "a"), any_name, sleep=no_sleep)

    assert isinstance(first.failed["large.zip"], ConnectionLostError)
    assert first.new == ()
    assert [file.path.read_bytes() for file in second.new] == [LARGE]
    assert proxy.passed[-1] < len(LARGE) - CUT // 3


def test_a_line_that_is_cut_again_and_again_brings_the_file_in_the_end(
    cut: tuple[Server, Proxy], tmp_path: Path
) -> None:
    server, proxy = cut
    proxy.cuts += [CUT] * 3
    told = registry(server, source=server.cut_url, fetch={"retries": 1})
    fetched = fetch(told, Archive(tmp_path / "a"), any_name, sleep=no_sleep)

    assert [file.path.read_bytes() for file in fetched.new] == [LARGE]
    assert proxy.passed.count(CUT) >= 3


@pytest.mark.parametrize("server", ["https-token"], indirect=True)
def test_a_listing_in_json_is_read_too(server: Server) -> None:
    with opened(server, source=f"{server.url}json/") as source:
        listed = {file.name for file in source.listing()}
        octets = read(source, looked(source, "large.zip")).octets

    assert listed == {"small, 1#%.csv", "large.zip"}
    assert octets == LARGE


@pytest.mark.parametrize("server", ["https-token"], indirect=True)
def test_a_url_of_one_file_is_a_listing_of_that(server: Server) -> None:
    with opened(server, source=f"{server.url}large.zip") as source:
        (file,) = source.listing()
        octets = read(source, file).octets

    assert (file.name, file.size) == ("large.zip", len(LARGE))
    assert octets == LARGE


@pytest.mark.parametrize("server", ["https-token"], indirect=True)
def test_we_go_nowhere_else_with_our_credentials(server: Server, work: Path) -> None:
    url = f"{server.url}away/"
    with (
        pytest.raises(SourceError, match="sends us to https://localhost"),
        opened(server, source=url) as source,
    ):
        source.listing()

    assert (work / "access.log").read_text().count("GET") == 1


@pytest.mark.parametrize("server", ["ftps-tls1.2", "ftps-tls1.3"], indirect=True)
def test_data_connections_resume_the_session_of_the_control_connection(
    server: Server, work: Path
) -> None:
    with opened(server) as source:
        source.listing()

    assert "client reused TLS session for data connection" in (work / "tls.log").read_text()


@pytest.mark.spec("RFC 3659", "4")
def test_an_ftp_server_without_facts_is_asked_for_sizes_and_times(work: Path, files: Path) -> None:
    old = registry_servers.ftps_server(work, files, directives=WITHOUT_FACTS)
    with old as server, opened(server) as source:
        listed = {file.name: file for file in source.listing()}

        assert listed.keys() == {"small, 1#%.csv", "large.zip"}
        assert all(source.look(name) == file for name, file in listed.items())
        assert {file.size for file in listed.values()} == {len(SMALL), len(LARGE)}
        assert all(file.changed.isdecimal() for file in listed.values())
        assert source.look("missing.csv") is None
        assert read(source, listed["large.zip"], 1_500_000).octets == LARGE


def test_an_ftp_server_that_cannot_resume_gives_a_file_from_its_beginning(
    work: Path, files: Path
) -> None:
    whole = registry_servers.ftps_server(work, files, directives="AllowRetrieveRestart off")
    with whole as server, opened(server) as source:
        sink = read(source, looked(source, "large.zip"), 1_500_000)

    assert sink.begun == [0]
    assert sink.octets == LARGE


@pytest.mark.spec("RFC 2640", "2.2")
def test_an_ftp_server_may_speak_in_its_own_letters(work: Path, files: Path) -> None:
    (files / "liste noire é.csv").write_bytes(SMALL)
    (work / "hello").write_bytes("prêt".encode("latin-1"))
    french = f"DisplayConnect {work}/hello\nDisplayLogin {work}/hello"
    with (
        registry_servers.ftps_server(work, files, directives=french) as server,
        opened(server) as source,
    ):
        assert "liste noire é.csv" in {file.name for file in source.listing()}
        assert source.look("liste grise é.csv") is None
        assert read(source, looked(source, "liste noire é.csv")).octets == SMALL


@pytest.mark.parametrize("server", ["ftps-tls1.2"], indirect=True)
def test_an_ftp_server_without_tls_gets_no_password(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        url = server.url.replace(str(server.port), str(plain.getsockname()[1]))
        talk = FtpTalk(plain, "220 ready", "502 no such command")
        with talk, pytest.raises(SourceError), opened(server, source=url):
            pass

    assert [line for line in talk.heard if line] == ["AUTH TLS"]


class FtpTalk:
    """A server without TLS: it says its first line at once, and one for each that it hears."""

    def __init__(self, listener: socket.socket, *lines: str) -> None:
        self.heard: list[str] = []
        self._lines = lines
        self._listener = listener
        self._thread = threading.Thread(target=self._talk)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *reason: object) -> None:
        self._thread.join()

    def _talk(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("r") as heard:
            for line in self._lines:
                connection.sendall(f"{line}\r\n".encode())
                self.heard.append(heard.readline().rstrip())


def opened(server: Server, **changed: Any) -> AbstractContextManager[Source]:
    return sources.opened(registry(server, **changed))


def any_name(name: str) -> bool:
    return bool(name)


def no_sleep(seconds: float) -> None:
    assert seconds >= 0
