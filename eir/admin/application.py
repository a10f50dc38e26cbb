"""The pages: metrics, health, status, links and the lane."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from eir.admin.access import TRUSTED
from eir.admin.page import page_routes
from eir.alarms.board import AlarmBoard
from eir.config import Section
from eir.errors import UnavailableError
from eir.lane_rows import LaneRow
from eir.links import LinkRow
from eir.status.models import Snapshot
from eir.status.trends import SPANS, Span


class Status(Protocol):
    """What gives snapshots."""

    def snapshot(self, spans: Collection[Span]) -> Snapshot:
        """Take one now, with these trends."""


class Node(Protocol):
    """What the pages show."""

    registry: CollectorRegistry
    alarms: AlarmBoard

    @property
    def status(self) -> Status:
        """How the node is."""

    def hang(self) -> str:
        """Say what hangs, so that the node must be started again; empty: nothing does."""

    def obstacles(self) -> Sequence[str]:
        """Say in sentences why we are not ready."""

    def notes(self) -> Sequence[str]:
        """Say in sentences what is not as usual, although we may be ready."""

    def links(self) -> Sequence[LinkRow]:
        """Give every link.

        Raises:
            UnavailableError: nobody knows them now.
        """

    def lane(self) -> Sequence[LaneRow]:
        """Give what the fast lanes know.

        Raises:
            UnavailableError: nobody knows it now.
        """


def application(node: Node, *more: Route) -> Starlette:
    """Build the pages, and some more of them."""

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(node.registry), media_type=CONTENT_TYPE_LATEST)

    async def livez(_request: Request) -> Response:
        hang = node.hang()
        return PlainTextResponse(f"{hang or 'alive'}\n", status_code=503 if hang else 200)

    async def readyz(request: Request) -> Response:
        reasons, notes = node.obstacles(), node.notes()
        if not request.scope.get(TRUSTED, True):
            reasons, notes = ["not ready"] if reasons else [], []
        text = "".join(f"{line}\n" for line in (*(reasons or ["ready"]), *notes))
        return PlainTextResponse(text, status_code=503 if reasons else 200)

    async def status(request: Request) -> Response:
        wanted = request.query_params.get("trends", ",".join(SPANS)).split(",")
        spans = [span for span in SPANS if span in wanted]
        snapshot = node.status.snapshot(spans).model_dump_json()
        return Response(snapshot, media_type="application/json")

    async def links(_request: Request) -> Response:
        return _rows(node.links)

    async def lane(_request: Request) -> Response:
        return _rows(node.lane)

    async def alarms(_request: Request) -> Response:
        return _rows(node.alarms.active)

    pages = {
        "/metrics": metrics,
        "/livez": livez,
        "/readyz": readyz,
        "/api/status": status,
        "/links": links,
        "/lane": lane,
        "/alarms": alarms,
    }
    routes = [Route(path, page) for path, page in pages.items()]
    return Starlette(routes=[*page_routes(), *routes, *more])


def _rows(give: Callable[[], Sequence[Section]]) -> Response:
    try:
        rows = give()
    except UnavailableError as error:
        return PlainTextResponse(f"{error}\n", status_code=503)
    return JSONResponse([row.model_dump() for row in rows])
