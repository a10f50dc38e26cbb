"""Notices as JSON over HTTP: one POST each; any 2xx means that it was taken.

    {"format": 1, "node": "eir.example.org", "event": "raised", "at": "2026-01-10T02:00:00Z",
     "alarm": {"kind": "peer_down", "about": "stp1", "severity": "major", "since": "…",
               "text": "…", "next_step": "…"},
     "lost": 0}

`kind` and `about` together name an alarm; `lost` counts notices that were lost before this one.
"""

import ssl
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from eir.alarms.board import Notice
from eir.alarms.outlets.outlet import Outlet, UndeliveredError
from eir.config import Webhook
from eir.registry.credential import path_of, secret
from eir.registry.outcome import SourceError

FORMAT = 1

_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)  # of those that refuse


def webhook(wanted: Webhook, node: str) -> Outlet:
    """Open the way to who listens at a URL; `node` is our name."""

    async def deliver(notice: Notice, lost: int) -> None:
        await _post(wanted, encode(notice, node=node, lost=lost))

    return Outlet("webhook", deliver)


def encode(notice: Notice, *, node: str, lost: int) -> dict[str, Any]:
    """Write what is posted."""
    return {
        "format": FORMAT,
        "node": node,
        "event": notice.event,
        "at": notice.at,
        "alarm": notice.alarm.model_dump(),
        "lost": lost,
    }


async def _post(wanted: Webhook, said: dict[str, Any]) -> None:
    try:
        token = secret(wanted.token_file) if wanted.token_file else ""
        verify = _trust(wanted.ca_file)
    except (SourceError, OSError) as error:  # ssl's is an OSError
        raise UndeliveredError(str(error), next_step="see [alarms.webhook]") from None
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    headers = httpx.Headers(bearer, encoding="utf-8")
    try:
        async with httpx.AsyncClient(
            verify=verify, timeout=wanted.timeout_seconds, trust_env=False
        ) as client:
            answer = await client.post(wanted.url, json=said, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UndeliveredError(str(error) or type(error).__name__) from None
    _judge(answer.status_code)


def _judge(status: int) -> None:
    if HTTPStatus(200) <= status < HTTPStatus(300):
        return
    is_refused = HTTPStatus(400) <= status < HTTPStatus(500) and status not in _LATER
    raise UndeliveredError(
        f"it answers {status}", next_step="see url and token_file", is_final=is_refused
    )


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=None if ca_file is None else path_of(ca_file))
