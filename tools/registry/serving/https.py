"""An HTTPS server for an outbox: Python's own, with a bearer token; it lists the files as HTML."""

import secrets
import ssl
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import BinaryIO

from tools.registry.serving.certificates import make_certificates
from tools.registry.serving.door import ADDRESS, Place, Ready, Served


class _Handler(SimpleHTTPRequestHandler):
    """Gives the files of a directory to whoever has the token."""

    token: str

    def send_head(self) -> BinaryIO | None:
        shown = self.headers.get("Authorization", "")
        if not secrets.compare_digest(shown, f"Bearer {self.token}"):
            self.send_error(HTTPStatus.UNAUTHORIZED)
            return None
        return super().send_head()


def serve(place: Place, ready: Ready) -> None:
    """Serve until somebody interrupts."""
    make_certificates(place.work, ADDRESS)
    token = place.secret("token")
    handler = type("Handler", (_Handler,), {"token": token.read_text(encoding="ascii").strip()})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place.work / "server.pem", place.work / "server.key")
    with ThreadingHTTPServer(
        (ADDRESS, place.port), partial(handler, directory=str(place.outbox))
    ) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        access = {"ca_file": str(place.work / "ca.pem"), "token_file": str(token)}
        ready(Served(f"https://{ADDRESS}:{server.server_port}/", access))
        server.serve_forever()
