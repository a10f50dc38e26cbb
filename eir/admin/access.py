"""Who may look over TCP: whoever has the token, or a certificate, or is on this machine.

A certificate is TLS' business, before anybody asks for anything (`eir.admin.listening`). On this
machine a page of somebody else's, open in a browser, must not look either: it could by a name of
its own that leads here (DNS rebinding), and so we answer to our own names only.
"""

import base64
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eir.config import Admin
from eir.errors import ConfigError
from eir.log import LineLimiter
from eir.registry.credential import secret
from eir.registry.outcome import SourceError

LEAST = 16  # ours: letters of a token, so that it cannot be guessed
OPEN = ("/livez", "/readyz")  # answered to anybody, without reasons: who balances load needs them
TRUSTED = "eir.trusted"  # in a request's scope: whether reasons may be told

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
# Of every answer that does not say otherwise: it is what it says it is, and nobody keeps it.
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_CHALLENGE = 'Basic realm="EIR", charset="UTF-8", Bearer realm="EIR"'  # RFC 7617, RFC 6750


@dataclass(frozen=True, slots=True)
class Access:
    """What is asked of whoever looks.

    Attributes:
        token: that they have it; None: it is not asked for.
        names: that they call us so, in lower case and without a port; None: as they like.
    """

    token: bytes | None = field(repr=False)
    names: frozenset[str] | None
    _wrong: LineLimiter = field(default_factory=LineLimiter, compare=False, repr=False)

    @classmethod
    def of(cls, admin: Admin) -> Self:
        """Take what `[admin]` says.

        Raises:
            ConfigError: there is no token in `token_file`.
        """
        if admin.token_file is not None:
            return cls(_token(admin), None)
        if admin.client_ca_file is not None:
            return cls(None, None)
        host = str(admin.listen).rpartition(":")[0]
        return cls(None, frozenset((*_LOCAL_NAMES, host)))

    def refusal(self, headers: Mapping[str, str]) -> Response | None:
        """Say why somebody may not look; None: they may."""
        if self.names is not None and _host(headers.get("host", "")) not in self.names:
            return PlainTextResponse(
                f"call this server {_LOCAL_NAMES[0]}; or listen with a token: [admin] token_file\n",
                status_code=421,
            )
        if self.token is None:
            return None
        given = _given(headers.get("authorization", ""))
        if given is not None and hmac.compare_digest(given, self.token):
            return None
        if given is not None:
            self._warn()
        return PlainTextResponse(
            "a token is needed: as the password of any user, or as Authorization: Bearer\n",
            status_code=401,
            headers={"WWW-Authenticate": _CHALLENGE},
        )

    def _warn(self) -> None:
        suppressed = self._wrong.admit("", time.monotonic())
        if suppressed is not None:
            structlog.get_logger().warning(
                "admin_token_wrong",
                suppressed=suppressed,
                next_step="see who asks: ss -tn; or give them the token of [admin] token_file",
            )


def guarded(app: ASGIApp, access: Access) -> ASGIApp:
    """Let only those look who may."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        refusal = access.refusal(Headers(scope=scope))
        if refusal is None or scope["path"] in OPEN:
            await app({**scope, TRUSTED: refusal is None}, receive, _careful(send))
        else:
            await refusal(scope, receive, _careful(send))

    return guard


def _careful(send: Send) -> Send:
    """Send what leaves this machine with `_HEADERS`."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent


def _token(admin: Admin) -> bytes:
    assert admin.token_file is not None  # noqa: S101 - the caller looked
    step = f"write one: umask 077; openssl rand -hex 32 > {admin.token_file}"
    try:
        token = secret(admin.token_file)
    except SourceError as error:
        raise ConfigError(f"[admin] token_file: {error}", next_step=step) from None
    if len(token) < LEAST:
        raise ConfigError(
            f"[admin] token_file: a token has {LEAST} letters at least", next_step=step
        )
    return token.encode()


def _host(header: str) -> str:
    """Take the port from a Host header."""
    name, colon, port = header.lower().rpartition(":")
    return name if colon and port.isdigit() else header.lower()


def _given(authorization: str) -> bytes | None:
    """Take a token out of a header; of a user and a password, the password; None: there is none."""
    scheme, _, rest = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip().encode("latin-1")  # as headers are decoded
        case "basic":
            try:
                return base64.b64decode(rest, validate=True).partition(b":")[2]
            except ValueError:  # no Base64, or no ASCII
                return b""
    return None
