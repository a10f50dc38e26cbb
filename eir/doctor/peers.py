"""Nodes that we connect to: what the server that runs says of them, else whether they answer."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from eir.config import Config
from eir.doctor.finding import Finding
from eir.doctor.running import Running
from eir.links import DOWN, OPEN

T_CONNECT = 3.0  # seconds; ours: a peer that answers later answers checks too late
_AT_ONCE = 16  # ours: peers that are tried at once
_MEND_TALK = "see what was said last: eir links; journalctl -u eir; and what the other side logs"


@dataclass(frozen=True, slots=True)
class Node:
    """A node that we connect to."""

    kind: Literal["peer", "asp"]
    name: str
    transport: Literal["tcp", "sctp"]
    addresses: Sequence[str]
    port: int


def examine(config: Config, running: Running | None) -> list[Finding]:
    """Look at every node that we connect to."""
    nodes = list(connected(config))
    if running is not None:
        return [told(node, running.links) for node in nodes]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda node: tried(node, _try(node)), nodes))


def connected(config: Config) -> Iterator[Node]:
    """Name them, as the configuration does."""
    for peer in config.diameter.peer:
        if peer.connect:
            yield Node("peer", peer.origin_host, peer.transport, peer.addresses, peer.port)
    if config.m3ua.enabled:
        for gateway in config.m3ua.gateway:
            yield Node("asp", gateway.name, gateway.transport, gateway.addresses, gateway.port)


def told(node: Node, links: Sequence[Mapping[str, str]] | None) -> Finding:
    """Judge what the server says of its links with a node; None: it does not know them now."""
    check = f"peers {node.name}"
    if links is None:
        mend = "mend what keeps the server from being ready, see above"
        return Finding.warn(check, "no worker of the server that runs knows how it is", mend)
    rows = [
        row
        for row in links
        # With several ASPs, each has a link of its own: stp1/1, stp1/2.
        if row["kind"] == node.kind and row["name"].partition("/")[0] == node.name
    ]
    if not rows:
        mend = "systemctl restart eir, when it suits"
        return Finding.warn(check, "the server that runs does not know it", mend)
    states = ", ".join(sorted({row["state"] for row in rows}))
    down = [row for row in rows if row["state"] == DOWN]
    if down:
        return Finding.fail(check, f"not connected since {_since(down)}", _mend(node))
    if not any(row["state"] in OPEN for row in rows):
        text = f"connected, and cannot ask: {states} since {_since(rows)}"
        return Finding.warn(check, text, _MEND_TALK)
    return Finding.ok(check, states)


def _since(rows: Sequence[Mapping[str, str]]) -> str:
    errors = {row["last_error"] for row in rows} - {""}
    return f"{rows[0]['since']}: {', '.join(sorted(errors)) or 'no answer'}"


def tried(node: Node, errors: Sequence[str]) -> Finding:
    """Judge what came of connecting to each address; an empty text: it answered."""
    check = f"peers {node.name}"
    where = f"{node.transport} {','.join(node.addresses)}:{node.port}"
    failed = [error for error in errors if error]
    if not failed:
        return Finding.ok(check, f"{where} answers")
    text = f"{where}: {'; '.join(dict.fromkeys(failed))}"
    if len(failed) < len(errors):
        return Finding.warn(check, text, _mend(node))
    return Finding.fail(check, text, _mend(node))


def _mend(node: Node) -> str:
    return (
        f"see whether it runs, listens, and knows our addresses; the way: ip route get"
        f" {node.addresses[0]}; firewalls: nft list ruleset"
    )


def _try(node: Node) -> list[str]:
    """Connect to each address and leave again; give what went wrong, empty where nothing did."""
    return [_connect(node, address) for address in node.addresses]


def _connect(node: Node, address: str) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    protocol = socket.IPPROTO_SCTP if node.transport == "sctp" else 0
    try:
        with socket.socket(family, socket.SOCK_STREAM, protocol) as sock:
            sock.settimeout(T_CONNECT)
            sock.connect((address, node.port))
    except OSError as error:
        return f"{address}: {error.strerror or 'no answer'}"
    return ""
