"""What operations look at, over TCP and a local socket.

It runs in the supervisor, so that it answers while no worker does.

application    the pages
page           the one that people look at, with its files in static/
tracing        the one that tells what is traced, as it comes
access         who may look over TCP
listening      the sockets, and who serves on them
"""

from eir.admin.application import Node, application
from eir.admin.listening import Doors, listen, serve
from eir.admin.tracing import trace_route

__all__ = ["Doors", "Node", "application", "listen", "serve", "trace_route"]
