"""How answers are read; `tests/integration/test_sources.py` has a server."""

import contextlib
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.registry.outcome import SourceError
from eir.registry.sources.https import _Https, _of_html, _of_json
from eir.registry.sources.source import ConnectionLostError, RemoteFile

HOST = "https://example.org"
URL = f"{HOST}/in/"
OCTETS = b"imei\r\n00100199000001\r\n"
FILE = RemoteFile("a.csv", len(OCTETS), '"one"')

Answer = Callable[[httpx.Request], httpx.Response]


class Taken:
    def __init__(self) -> None:
        self.octets = b""
        self.begun: list[int] = []

    def begin(self, offset: int) -> None:
        self.begun.append(offset)

    def write(self, octets: bytes) -> None:
        self.octets += octets


class Answers:
    """A server that gives one answer after the other, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answers.pop(0)


def source(answer: Answer, url: str = URL, most: int = 10) -> _Https:
    client = httpx.Client(
        transport=httpx.MockTransport(answer), headers={"Authorization": "Bearer demo"}
    )
    return _Https(client, HOST, url=url, most=most)


def listed(octets: bytes, kind: str = "text/html") -> list[str]:
    answers = Answers(httpx.Response(200, content=octets, headers={"Content-Type": kind}))
    return [file.name for file in source(answers).listing()]


def read(answers: Answers, offset: int, file: RemoteFile = FILE) -> Taken:
    sink = Taken()
    source(answers).read(file, offset, sink)
    return sink


def test_a_listing_has_the_links_to_files_beside_it_and_no_others() -> None:
    page = b"""<html><body><h1>Index of /in/</h1><a name="top">
      <a href="?C=N;O=D">Name</a> <a href="../">Parent</a> <a href="/in/">up</a>
      <a href="a.csv">a.csv</a> <A HREF='./b%20%23.csv'>b</A> <a href=c.csv>c</a>
      <a href="sub/">sub/</a> <a href="sub/d.csv">d</a> <a href="..%2fe.csv">e</a>
      <a href="https://example.com/f.csv">f</a> <a href="//example.com/g.csv">g</a>
      <a href="h.csv?sort=1">h</a> <a href="i.csv#top">i</a> <a href="mailto:j.csv">j</a>
      <a href=".hidden">k</a> <a href="a.csv">again</a> <img src="l.csv"> <a href>m</a>
      <a href="//[n.csv">n</a>"""

    assert listed(page) == ["a.csv", "b #.csv", "c.csv"]


@pytest.mark.parametrize(
    "text",
    [
        b'["a.csv", "b.csv"]',
        b'[{"name": "a.csv", "size": 3, "changed": "then"}, {"name": "b.csv"}]',
        b"""[{"name": "a.csv", "type": "file", "mtime": "then"}, {"name": "b.csv", "type": "file"},
            {"name": "sub", "type": "directory"}, {"size": 3}, 7, null, "../c.csv"]""",
    ],
)
def test_a_listing_in_json_has_names_or_objects(text: bytes) -> None:
    assert listed(text, "application/json; charset=utf-8") == ["a.csv", "b.csv"]


@pytest.mark.parametrize("text", [b"{", b'{"name": "a.csv"}', b"7", b"\xff"])
def test_json_that_is_no_listing_is_refused(text: bytes) -> None:
    with pytest.raises(SourceError, match="no JSON array"):
        listed(text, "application/json")


@given(st.text(st.sampled_from("<>a href='\"=/.?#:%[]&;\n"), max_size=60))
def test_no_page_breaks_the_reading(text: str) -> None:
    with contextlib.suppress(SourceError):
        _of_json(text.encode(), HOST)
    assert all("/" not in name for name in _of_html(f"<a href='{text}'>".encode()))


def test_a_listing_without_end_is_cut_off() -> None:
    answers = Answers(httpx.Response(200, content=b" " * 11_000))
    with pytest.raises(SourceError, match=r"more than \d+ octets"):
        source(answers).listing()


def test_a_file_is_asked_for_by_its_own_headers() -> None:
    headers = {"Content-Length": "3", "ETag": '"one"', "Last-Modified": "then"}
    assert source(Answers(httpx.Response(200, headers=headers))).look("a.csv") == RemoteFile(
        "a.csv", 3, '"one"'
    )
    del headers["ETag"]
    assert source(Answers(httpx.Response(200, headers=headers))).look("a.csv") == RemoteFile(
        "a.csv", 3, "then"
    )


def test_the_size_of_what_is_encoded_is_not_that_of_the_file() -> None:
    headers = {"Content-Length": "3", "Content-Encoding": "gzip", "ETag": '"one"'}
    answers = Answers(httpx.Response(200, headers=headers))

    assert source(answers).look("a.csv") == RemoteFile("a.csv", None, '"one"')


def test_what_only_the_listing_says_of_a_change_counts() -> None:
    text = b'[{"name": "a.csv", "changed": "then"}]'
    answers = Answers(
        httpx.Response(200, content=text, headers={"Content-Type": "application/json"}),
        httpx.Response(200),
    )
    asked = source(answers)
    asked.listing()

    assert asked.look("a.csv") == RemoteFile("a.csv", None, "then")


def test_a_name_is_written_as_a_url_has_it() -> None:
    answers = Answers(httpx.Response(404))

    assert source(answers).look("a #?%&é.csv") is None
    assert str(answers.asked[0].url) == f"{URL}a%20%23%3F%25%26%C3%A9.csv"


@pytest.mark.spec("RFC 9110", "14.2")
def test_the_rest_is_asked_for_if_the_file_is_the_same() -> None:
    headers = {"Content-Range": f"bytes 6-{len(OCTETS) - 1}/{len(OCTETS)}"}
    answers = Answers(httpx.Response(206, content=OCTETS[6:], headers=headers))
    sink = read(answers, 6)

    assert (sink.begun, sink.octets) == ([6], OCTETS[6:])
    assert answers.asked[0].headers["Range"] == "bytes=6-"
    assert answers.asked[0].headers["If-Range"] == '"one"'


@pytest.mark.spec("RFC 9110", "13.1.5")
def test_a_file_that_changed_comes_whole() -> None:
    sink = read(Answers(httpx.Response(200, content=OCTETS)), 6)

    assert (sink.begun, sink.octets) == ([0], OCTETS)


@pytest.mark.spec("RFC 9110", "13.1.5")
@pytest.mark.parametrize("changed", ['W/"one"', "", "2025-01-02T00:03:02Z"])
def test_without_a_promise_of_the_same_octets_all_are_asked_for(changed: str) -> None:
    answers = Answers(httpx.Response(200, content=OCTETS))
    sink = read(answers, 6, RemoteFile("a.csv", None, changed))

    assert (sink.begun, sink.octets) == ([0], OCTETS)
    assert "Range" not in answers.asked[0].headers


@pytest.mark.parametrize(
    "useless",
    [
        httpx.Response(416),
        httpx.Response(206, content=b"x", headers={"Content-Range": "rows 6-9/10"}),
        httpx.Response(206, content=b"x"),
        httpx.Response(
            206,
            content=b"",
            headers={"Content-Range": "bytes 6-9/10", "Content-Encoding": "gzip"},
        ),
    ],
)
def test_an_answer_that_begins_nowhere_is_of_no_use_and_all_is_asked_for(
    useless: httpx.Response,
) -> None:
    answers = Answers(useless, httpx.Response(200, content=OCTETS))
    sink = read(answers, 6)

    assert (sink.begun, sink.octets) == ([0], OCTETS)
    assert "Range" not in answers.asked[1].headers


@pytest.mark.parametrize(
    ("status", "again"),
    [(401, False), (403, False), (405, False), (410, False), (429, True), (500, True), (503, True)],
)
def test_an_answer_that_is_none_is_told(status: int, *, again: bool) -> None:
    with pytest.raises(SourceError, match=f"answers {status}") as caught:
        source(Answers(httpx.Response(status))).look("a.csv")

    assert isinstance(caught.value, ConnectionLostError) is again
    assert caught.value.next_step


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.com/in/", "http://example.org/in/", "https://example.org:444/in/"],
)
def test_nobody_else_is_shown_our_credentials(elsewhere: str) -> None:
    answers = Answers(httpx.Response(302, headers={"Location": elsewhere}))
    with pytest.raises(SourceError, match="it sends us to"):
        source(answers).listing()

    assert len(answers.asked) == 1


def test_within_the_server_we_go_where_we_are_sent() -> None:
    answers = Answers(
        httpx.Response(302, headers={"Location": "/other/a.csv"}),
        httpx.Response(200, content=OCTETS),
    )
    assert read(answers, 0).octets == OCTETS
    assert str(answers.asked[1].url) == f"{HOST}/other/a.csv"
    assert answers.asked[1].headers["Authorization"] == "Bearer demo"


def test_nobody_sends_us_around_for_ever() -> None:
    with pytest.raises(SourceError, match="sends us around"):
        source(lambda _: httpx.Response(302, headers={"Location": URL})).listing()


def test_a_url_of_one_file_names_it() -> None:
    answers = Answers(httpx.Response(200), httpx.Response(200, content=OCTETS))
    asked = source(answers, url=f"{HOST}/in/a%20b.csv?day=2")

    assert [file.name for file in asked.listing()] == ["a b.csv"]
    assert str(answers.asked[0].url) == f"{HOST}/in/a%20b.csv?day=2"


@pytest.mark.parametrize(
    ("url", "status"),
    [(f"{HOST}/in/a.csv", 404), (f"{HOST}/in/..%2Fa.csv", 200), (f"{HOST}/.hidden", 200)],
)
def test_a_url_of_no_file_is_said_so(url: str, status: int) -> None:
    with pytest.raises(SourceError, match="is not there"):
        source(lambda _: httpx.Response(status), url=url).listing()
