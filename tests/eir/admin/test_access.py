import asyncio
import base64
from pathlib import Path

import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from eir.admin.access import OPEN, TRUSTED, Access, guarded
from eir.config import Admin
from eir.errors import ConfigError
from eir.log import LINES

KNOWN = "0123456789abcdef"
ASKED = Access(KNOWN.encode(), None)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def status(access: Access, headers: dict[str, str]) -> int:
    refusal = access.refusal(headers)
    return 200 if refusal is None else refusal.status_code


@pytest.mark.parametrize(
    "headers",
    [bearer(KNOWN), basic("noc", KNOWN), basic("", KNOWN), {"authorization": f"bearer  {KNOWN}"}],
)
def test_who_has_the_token_may_look(headers: dict[str, str]) -> None:
    assert status(ASKED, headers) == 200


def test_a_token_may_have_other_letters() -> None:
    known = "gehärtet und lang"
    asked = Access(known.encode(), None)
    sent = known.encode().decode("latin-1")  # as it comes over HTTP
    assert [status(asked, headers) for headers in (bearer(sent), basic("noc", known))] == [200, 200]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": KNOWN},
        {"authorization": "Basic"},
        {"authorization": "Basic !"},
        {"authorization": "Basic \xe9"},
        {"authorization": f"Digest {KNOWN}"},
        bearer(""),
        bearer(KNOWN[:-1]),
        bearer(f"{KNOWN}0"),
        bearer("é"),
        basic(KNOWN, ""),
        basic("noc", f"x{KNOWN}"),
    ],
)
def test_who_has_another_one_or_none_may_not(headers: dict[str, str]) -> None:
    with structlog.testing.capture_logs() as lines:
        refusal = ASKED.refusal(headers)
    assert refusal is not None
    assert refusal.status_code == 401
    assert refusal.headers["www-authenticate"].startswith('Basic realm="EIR"')
    assert KNOWN not in str(lines)


def test_a_wrong_token_is_told_in_the_log_and_a_browser_that_has_not_asked_yet_is_not() -> None:
    with structlog.testing.capture_logs() as lines:
        asked = Access(KNOWN.encode(), None)
        asked.refusal({})
        asked.refusal(bearer("wrong"))
    assert [line["event"] for line in lines] == ["admin_token_wrong"]


def test_who_guesses_fills_no_log() -> None:
    asked = Access(KNOWN.encode(), None)
    with structlog.testing.capture_logs() as lines:
        for number in range(1000):
            asked.refusal(bearer(f"wrong {number}"))
    assert len(lines) == LINES
    assert lines[0]["next_step"]


def local(listen: str = "127.0.0.1:9468") -> Access:
    return Access.of(Admin.model_validate({"listen": listen}))


@pytest.mark.parametrize(
    "host",
    ["localhost", "LocalHost:9468", "127.0.0.1", "127.0.0.1:9468", "[::1]", "[::1]:9468"],
)
def test_this_machine_may_look_under_its_own_names(host: str) -> None:
    assert status(local(), {"host": host}) == 200


@pytest.mark.parametrize(
    "host", ["", "evil.example.org", "evil.example.org:9468", "localhost.evil.example.org", "::1"]
)
def test_a_page_of_somebody_elses_may_not_look_by_a_name_that_leads_here(host: str) -> None:
    assert status(local(), {"host": host}) == 421


def test_the_address_that_we_listen_on_is_a_name_of_ours() -> None:
    assert status(local("127.8.8.8:9468"), {"host": "127.8.8.8:9468"}) == 200


def test_any_name_will_do_where_a_token_or_a_certificate_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{KNOWN}\n")
    files = dict.fromkeys(("certificate_file", "key_file", "client_ca_file"), tmp_path / "x")
    assert Access.of(Admin(token_file=tmp_path / "token")) == ASKED
    assert Access.of(Admin.model_validate(files)) == Access(None, None)


def test_a_token_is_not_shown() -> None:
    assert KNOWN not in repr(ASKED)


@pytest.mark.parametrize("text", ["", "short\n", "two lines of\nsome length each\n"])
def test_a_token_that_can_be_guessed_or_is_none_ends_it_before_anything_starts(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "token").write_text(text)
    with pytest.raises(ConfigError, match=r"\[admin\] token_file") as refused:
        Access.of(Admin(token_file=tmp_path / "token"))
    assert "openssl rand -hex 32" in refused.value.next_step


def test_a_token_that_cannot_be_read_ends_it_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file or directory"):
        Access.of(Admin(token_file=tmp_path / "token"))


async def told(request: Request) -> Response:
    return PlainTextResponse("reasons" if request.scope[TRUSTED] else "no reasons")


async def kept(_request: Request) -> Response:
    return PlainTextResponse("page", headers={"Cache-Control": "no-cache"})


def ask(path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Ask a guarded page for itself."""
    start, body = answer(path, headers)
    return start["status"], body["body"]


def answer(path: str, headers: dict[str, str]) -> list[Message]:
    """Ask likewise; give head and body."""
    routes = [*(Route(each, told) for each in (*OPEN, "/metrics")), Route("/page", kept)]
    app = guarded(Starlette(routes=routes), ASKED)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": raw, "query_string": b""}

    async def run() -> None:
        await app(scope, receive, send)

    asyncio.run(run())
    return sent


@pytest.mark.parametrize("path", OPEN)
def test_health_is_told_to_anybody_and_reasons_to_those_who_may_look(path: str) -> None:
    assert ask(path, {}) == (200, b"no reasons")
    assert ask(path, bearer("wrong")) == (200, b"no reasons")
    assert ask(path, bearer(KNOWN)) == (200, b"reasons")


@pytest.mark.parametrize("headers", [bearer(KNOWN), {}])
def test_no_answer_is_kept_or_taken_for_something_else(headers: dict[str, str]) -> None:
    for path in (*OPEN, "/metrics", "/nonsense"):
        found = answer(path, headers)[0]
        assert (b"x-content-type-options", b"nosniff") in found["headers"]
        assert (b"cache-control", b"no-store") in found["headers"]


def test_an_answer_may_say_that_it_is_kept() -> None:
    (found, _) = answer("/page", bearer(KNOWN))
    kept = [value for name, value in found["headers"] if name == b"cache-control"]
    assert kept == [b"no-cache"]


def test_everything_else_is_told_to_those_who_may_look() -> None:
    assert ask("/metrics", {})[0] == 401
    assert ask("/nonsense", {})[0] == 401
    assert ask("/metrics", bearer(KNOWN)) == (200, b"reasons")
