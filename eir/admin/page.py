"""The page that people look at: files of this package, and nothing from elsewhere."""

import hashlib
from collections.abc import Awaitable, Callable
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE = "page.html"

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
# Only what we serve ourselves runs or is shown, and nobody shows us in a frame.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # kept, but asked about: another program has another page
}


def page_routes() -> list[Route]:
    """Make `/`, and what it is made of under `/static/`."""
    found = sorted(files("eir.admin").joinpath("static").iterdir(), key=lambda file: file.name)
    return [
        Route("/" if file.name == PAGE else f"/static/{file.name}", _endpoint(file))
        for file in found
    ]


def _endpoint(file: Traversable) -> Callable[[Request], Awaitable[Response]]:
    octets = file.read_bytes()
    tag = f'"{hashlib.sha256(octets).hexdigest()[:32]}"'
    headers = {**_HEADERS, "ETag": tag, "Content-Type": _TYPES[file.name.rpartition(".")[2]]}

    async def give(request: Request) -> Response:
        known = request.headers.get("if-none-match") == tag
        return (
            Response(status_code=304, headers=headers) if known else Response(octets, 200, headers)
        )

    return give
