"""`ftps://user@host:port/path/`: FTP with explicit TLS (RFC 4217), never without.

A path is from where a login leads (RFC 1738 §3.2.2); one that begins with // is from the root.
"""

import contextlib
import ftplib
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Never
from urllib.parse import unquote, urlsplit

from eir.config.registry import Registry
from eir.registry.credential import secret
from eir.registry.outcome import SourceError
from eir.registry.sources.names import is_safe, only_safe, too_many
from eir.registry.sources.network import CHUNK, failure, number, server_of, shown, tls_context
from eir.registry.sources.source import RemoteFile, Sink, Source

_MAX_LINE = 4_096  # ours: octets of one entry of a listing
_ANY_OCTETS = "latin-1"  # what a server greets us with may be in its own letters
_T_CLOSE = 2.0  # seconds; ours: for a farewell to a server that may be gone
_NO_RESUMING = ("451", "5")  # what servers say to REST, or to RETR after it


class _Ftp(ftplib.FTP_TLS):
    """One whose data connections resume the TLS session of the control connection.

    So a server knows that both are from the same client, and many want that: else whoever guesses
    the port takes the file. With TLS 1.3 the session comes after the handshake, with the answers
    to the first commands; by the time data is asked for it is there.
    """

    sock: ssl.SSLSocket

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        plain, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        try:
            return self.context.wrap_socket(
                plain, server_hostname=self.host, session=self.sock.session
            ), size
        except BaseException:
            plain.close()
            raise


@contextmanager
def opened(registry: Registry) -> Iterator[Source]:
    """Connect, let the server show its certificate, log in, and have data protected from then."""
    url = urlsplit(registry.source)
    where = server_of(url)
    access = registry.access
    user = unquote(url.username or "") or access.user
    password = "" if access.password_file is None else secret(access.password_file)
    ftp = _Ftp(context=tls_context(access), timeout=registry.fetch.timeout_s, encoding=_ANY_OCTETS)
    try:
        try:
            ftp.connect(url.hostname or "", url.port or ftplib.FTP_PORT)
            ftp.auth()
            _speak_utf8(ftp)
            _log_in(ftp, where, user=user, password=password)
            ftp.prot_p()
            ftp.voidcmd("TYPE I")
            if directory := unquote(url.path)[1:]:
                ftp.cwd(directory)
            has_facts = _has_facts(ftp)
        except (ftplib.Error, OSError, EOFError, ValueError) as error:
            _refuse(where, "the login", error)
        yield _Ftps(ftp, where, has_facts=has_facts, most=registry.fetch.max_files)
        with contextlib.suppress(ftplib.Error, OSError, EOFError):
            ftp.sock.settimeout(_T_CLOSE)
            ftp.quit()
    finally:
        ftp.close()


def _speak_utf8(ftp: _Ftp) -> None:
    """Name files in UTF-8 (RFC 2640 §2.2), and read whatever a server says."""
    ftp.encoding = "utf-8"
    ftp.file = ftp.sock.makefile("r", encoding="utf-8", errors="replace")


def _log_in(ftp: _Ftp, where: str, *, user: str, password: str) -> None:
    try:
        ftp.login(user, password)
    except ftplib.error_perm as error:
        raise SourceError(
            # The code alone: the words behind it may repeat what we sent.
            f"{where}: it does not let us in ({str(error)[:3]})",
            next_step="see the user in the URL, access.password_file and access.certificate_file",
        ) from None


def _has_facts(ftp: _Ftp) -> bool:
    """Ask whether the server knows MLST and MLSD (RFC 3659 §7.8)."""
    try:
        features = ftp.sendcmd("FEAT")
    except ftplib.error_perm:  # RFC 2389 §3.2: it knows no extensions at all
        return False
    return any(line.strip().upper().startswith("MLST") for line in features.splitlines())


def _refuse(where: str, asked: str, error: Exception) -> Never:
    match error:
        case ftplib.error_perm():
            raise SourceError(
                f"{where}: {asked} is refused: {shown(str(error))}",
                next_step="see the path in the URL, and what our user may read there",
            ) from None
        case ftplib.Error():  # RFC 959 §4.2.1: 4yz is transient; all else is no FTP at all
            raise failure(where, ConnectionError(str(error))) from None
        case EOFError():
            raise failure(where, ConnectionResetError("it hung up")) from None
        case OSError():  # before ValueError: a certificate's is both
            raise failure(where, error) from None
        case _:
            raise SourceError(
                f"{where}: {asked} has letters that FTP cannot say",
                next_step="see the user and the path in the URL",
            ) from None


class _Ftps:
    def __init__(self, ftp: _Ftp, where: str, *, has_facts: bool, most: int) -> None:
        self._ftp = ftp
        self._where = where
        self._has_facts = has_facts
        self._most = most

    def listing(self) -> list[RemoteFile]:
        with self._asking("the listing"):
            files = _of_facts(self._lines("MLSD")) if self._has_facts else self._named()
            return only_safe(files, most=self._most)

    def look(self, name: str) -> RemoteFile | None:
        with self._asking(name):
            try:
                if not self._has_facts:
                    return self._measured(name)
                answer = self._ftp.sendcmd(f"MLST {name}").splitlines()
            except ftplib.error_perm as error:
                if str(error).startswith("550"):  # RFC 3659 §7.5: there is no such file
                    return None
                raise
        facts = next((line for line in answer if line.startswith(" ")), "")
        return _of_line(facts.strip().partition(" ")[0], name)

    def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
        with self._asking(file.name):
            if offset and self.look(file.name) != file:
                offset = 0
            try:
                data = self._transfer(f"RETR {file.name}", offset)
            except (ftplib.error_perm, ftplib.error_temp) as error:
                if not offset or not str(error).startswith(_NO_RESUMING):
                    raise
                offset = 0
                data = self._transfer(f"RETR {file.name}", offset)
            sink.begin(offset)
            for octets in _octets(data):
                sink.write(octets)
            self._ftp.voidresp()

    def _transfer(self, command: str, offset: int = 0) -> socket.socket:
        return self._ftp.transfercmd(command, offset or None)

    def _lines(self, command: str) -> Iterator[bytes]:
        """Give a listing line by line; it may have so many lines, of any kind, and no more."""
        rest = b""
        number = 0
        for octets in _octets(self._transfer(command)):
            *lines, rest = (rest + octets).split(b"\n")
            number += len(lines)
            if number > self._most + 2 or len(rest) > _MAX_LINE:  # `.` and `..` may be among them
                raise too_many(self._most)
            yield from (line.rstrip(b"\r") for line in lines)
        if rest:
            yield rest
        self._ftp.voidresp()

    def _named(self) -> Iterator[RemoteFile]:
        """Name files, and ask for what a server without MLSD tells of each."""
        names = [_text(line).rpartition("/")[2] for line in self._lines("NLST")]
        for name in filter(is_safe, names):
            try:
                yield self._measured(name)
            except ftplib.error_perm:  # a directory has no size
                continue

    def _measured(self, name: str) -> RemoteFile:
        """Ask for SIZE and MDTM (RFC 3659 §3, §4)."""
        size = self._ftp.size(name)
        return RemoteFile(name, size, self._ftp.voidcmd(f"MDTM {name}")[3:].strip())

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            yield
        except (ftplib.Error, OSError, EOFError, ValueError) as error:
            _refuse(self._where, what, error)


def _octets(data: socket.socket) -> Iterator[bytes]:
    with data:
        while octets := data.recv(CHUNK):
            yield octets
        if isinstance(data, ssl.SSLSocket):
            with contextlib.suppress(OSError):  # the server has said all; it need not hear that
                data.unwrap()


def _of_facts(lines: Iterable[bytes]) -> Iterator[RemoteFile]:
    for line in lines:
        facts, _, name = _text(line).partition(" ")
        if (file := _of_line(facts, name)) is not None:
            yield file


def _of_line(text: str, name: str) -> RemoteFile | None:
    """Read `type=file;size=3;modify=20250102000302;` (RFC 3659 §7.2); None: it is no file."""
    pairs = (fact.partition("=") for fact in text.split(";"))
    facts = {key.lower(): value for key, _, value in pairs}
    if facts.get("type", "").lower() != "file":
        return None
    changed = " ".join(facts[key] for key in ("modify", "unique") if key in facts)
    return RemoteFile(name, number(facts.get("size", "")), changed)


def _text(octets: bytes) -> str:
    return octets.decode(errors="surrogateescape")
