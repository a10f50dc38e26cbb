"""`https://host:port/path/`: a listing if it ends with a slash, else one file.

We show a client certificate, a token, or a user and password, and to nobody but that host: what
leads elsewhere is refused. Proxies and the like are not taken from the environment.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import httpx

from eir.config.registry import Access, Registry
from eir.registry.credential import secret
from eir.registry.outcome import SourceError
from eir.registry.sources.names import is_safe, only_safe
from eir.registry.sources.network import CHUNK, failure, number, server_of, tls_context
from eir.registry.sources.source import ConnectionLostError, RemoteFile, Sink, Source

_MAX_REDIRECTS = 5
_MAX_OCTETS = 1_024  # ours: of a listing, for each file that it may have
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}  # RFC 9110 §15: another try may go better
_REFUSED = {401, 403, 407}


@contextmanager
def opened(registry: Registry) -> Iterator[Source]:
    """Make ready to ask; the connection is made when something is asked."""
    access, url = registry.access, urlsplit(registry.source)
    where = server_of(url)
    user = unquote(url.username or "") or access.user
    with httpx.Client(
        verify=tls_context(access),
        auth=_auth(access, user),
        headers=_headers(access),
        timeout=registry.fetch.timeout_s,
        trust_env=False,
    ) as client:
        bare = urlunsplit(url._replace(netloc=url.netloc.rpartition("@")[2], fragment=""))
        yield _Https(client, where, url=bare, most=registry.fetch.max_files)


def _auth(access: Access, user: str) -> httpx.BasicAuth | None:
    if access.password_file is None:
        return None
    return httpx.BasicAuth(user, secret(access.password_file))


def _headers(access: Access) -> httpx.Headers:
    headers = {"Accept-Encoding": "identity", "User-Agent": "eir"}
    if access.token_file is not None:
        headers["Authorization"] = f"Bearer {secret(access.token_file)}"  # RFC 6750 §2.1
    return httpx.Headers(headers, encoding="utf-8")


class _Https:
    def __init__(self, client: httpx.Client, where: str, *, url: str, most: int) -> None:
        self._client = client
        self._where = where
        self._url = url
        self._most = most
        self._changes: dict[str, str] = {}  # by name, what a JSON listing says

    def listing(self) -> list[RemoteFile]:
        if not urlsplit(self._url).path.endswith("/"):
            name = unquote(urlsplit(self._url).path.rpartition("/")[2])
            file = self.look(name) if is_safe(name) else None
            if file is None:
                raise self._missing(self._url)
            return [file]
        with self._asking("GET", self._url) as response:
            if response.status_code == 404:
                raise self._missing(self._url)
            octets = self._bounded(response)
            is_json = "json" in response.headers.get("Content-Type", "")
        self._changes = _of_json(octets, self._where) if is_json else _of_html(octets)
        # Ours: sizes and times of a listing are rounded or not there; `look` has them of the file.
        return only_safe((RemoteFile(name, None, "") for name in self._changes), most=self._most)

    def look(self, name: str) -> RemoteFile | None:
        with self._asking("HEAD", self._at(name)) as response:
            response.read()  # nothing, but so the connection is free for the next question
            return None if response.status_code == 404 else self._told(name, response)

    def read(self, file: RemoteFile, offset: int, sink: Sink) -> None:
        headers = _range(file, offset)
        with self._asking("GET", self._at(file.name), headers) as response:
            if response.status_code == 404:
                raise self._missing(file.name)
            start = _start(response)
            if start is not None:
                self._copy(response, start, sink)
                return
        with self._asking("GET", self._at(file.name)) as response:  # all of it, then
            self._copy(response, 0, sink)

    def _copy(self, response: httpx.Response, start: int, sink: Sink) -> None:
        sink.begin(start)
        for octets in response.iter_bytes(CHUNK):
            sink.write(octets)

    def _told(self, name: str, response: httpx.Response) -> RemoteFile:
        headers = response.headers
        length = "" if "Content-Encoding" in headers else headers.get("Content-Length", "")
        changed = headers.get("ETag") or headers.get("Last-Modified")
        return RemoteFile(name, number(length), changed or self._changes.get(name, ""))

    def _bounded(self, response: httpx.Response) -> bytes:
        octets = bytearray()
        for chunk in response.iter_bytes(CHUNK):
            octets += chunk
            if len(octets) > self._most * _MAX_OCTETS:
                raise SourceError(
                    f"{self._where}: the listing has more than {len(octets)} octets",
                    next_step="see what the URL leads to, or raise fetch.max_files",
                )
        return bytes(octets)

    def _at(self, name: str) -> str:
        """Give the URL of a file; a URL without a slash at its end is that of the only one."""
        return self._url + quote(name, safe="") if self._url.endswith("/") else self._url

    def _missing(self, what: str) -> SourceError:
        return SourceError(f"{self._where}: {what} is not there", next_step="see the URL")

    @contextmanager
    def _asking(
        self, method: str, url: str, headers: dict[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """Ask, and go where we are sent as long as it is the same server."""
        try:
            request = self._client.build_request(method, url, headers=headers)
            response = self._send(request)
            try:
                self._judge(response)
                yield response
            finally:
                response.close()
        except httpx.TimeoutException:
            raise failure(self._where, TimeoutError()) from None
        except httpx.TransportError as error:
            raise failure(self._where, error) from None
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise SourceError(f"{self._where}: {error}", next_step="see the URL") from None

    def _send(self, request: httpx.Request) -> httpx.Response:
        for _ in range(_MAX_REDIRECTS):
            response = self._client.send(request, stream=True)
            following = response.next_request
            if following is None:
                return response
            response.close()
            if not _same_server(following.url, request.url):
                raise SourceError(
                    f"{self._where}: it sends us to {following.url.scheme}://{following.url.host}",
                    next_step="we show our credentials nowhere else: write the right URL in source",
                )
            request = following
        raise SourceError(f"{self._where}: it sends us around", next_step="see the URL")

    def _judge(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in (200, 206, 404, 416):
            return
        if status in _TRANSIENT:
            raise ConnectionLostError(
                f"{self._where}: it answers {status}", next_step="the next sync tries again"
            )
        step = "see the files in [registry.access]" if status in _REFUSED else "see the URL"
        raise SourceError(f"{self._where}: it answers {status}", next_step=step)


def _same_server(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def _range(file: RemoteFile, offset: int) -> dict[str, str]:
    """Ask for the rest of a file if it is still the same (RFC 9110 §13.1.5).

    A weak ETag does not promise the same octets, and what a JSON listing says is no ETag at all.
    """
    if not offset or not (file.changed.startswith('"') or file.changed.endswith("GMT")):
        return {}
    return {"Range": f"bytes={offset}-", "If-Range": file.changed}


def _start(response: httpx.Response) -> int | None:
    """Tell where in the file a response begins (RFC 9110 §14.4); None: it is of no use."""
    if response.status_code == 200:
        return 0
    unit, _, extent = response.headers.get("Content-Range", "").partition(" ")
    is_plain = response.status_code == 206 and "Content-Encoding" not in response.headers
    return number(extent.partition("-")[0]) if is_plain and unit == "bytes" else None


def _of_json(octets: bytes, where: str) -> dict[str, str]:
    """Read `["name", …]` or `[{"name": …, "changed": …}, …]`; nginx writes `mtime` and `type`."""
    try:
        entries: Any = json.loads(octets)
    except ValueError:
        entries = None
    if not isinstance(entries, list):
        raise SourceError(f"{where}: the listing is no JSON array", next_step="see the URL")
    files = {}
    for entry in entries:
        facts = entry if isinstance(entry, dict) else {"name": entry}
        if isinstance(name := facts.get("name"), str) and facts.get("type", "file") == "file":
            files[name] = str(facts.get("changed") or facts.get("mtime") or "")
    return files


def _of_html(octets: bytes) -> dict[str, str]:
    """Read the links of a listing that lead to files beside it."""
    links = _Links()
    links.feed(octets.decode(errors="replace"))
    files = {}
    for link in links.found:
        try:
            parts = urlsplit(link)
        except ValueError:  # brackets that hold no address
            continue
        name = unquote(parts.path.removeprefix("./"))
        if not (parts.scheme or parts.netloc or parts.query or parts.fragment or "/" in name):
            files[name] = ""
    return files


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.extend(value for name, value in attrs if name == "href" and value)
