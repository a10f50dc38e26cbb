"""Exchanges that tests of the trace share."""

from eir.decision.verdict import Check, Interface, Status, Verdict
from eir.trace.exchange import Exchange, Octets, Record
from tests.harness import ecr

IMEI = "35209900176148"
IMSI = "001010000000001"
ASKED = Check(
    IMEI + "1",
    imsi=IMSI,
    peer="mme1.example.org",
    interface=Interface.S13,
)
STOLEN = Verdict(
    Status.PROHIBITED, "prohibited", "stolen", list="prohibited", matched=IMEI, version=7
)


def exchange(
    *messages: Octets, interface: Interface = Interface.S13, transport: str | None = "tcp"
) -> Exchange:
    """Make one of the slow path; without messages it has one request."""
    fields = {
        "at_ns": 1_767_323_045_123_456_789,
        "duration_ns": 1_250_000,
        "interface": interface,
        "path": "slow",
        "peer": "mme1",
        "remote": "192.0.2.1",
        "local": "192.0.2.9",
        "transport": transport,
        "messages": messages or (came(ecr(IMEI)),),
        "records": (Record.of(ASKED, STOLEN),),
    }
    return Exchange.model_validate(fields)


def came(octets: bytes, *, stream: int | None = None, ppid: int | None = None) -> Octets:
    return Octets(way="in", connection=5, stream=stream, ppid=ppid, hex=octets.hex())


def went(octets: bytes, *, stream: int | None = None) -> Octets:
    return Octets(way="out", connection=5, stream=stream, hex=octets.hex())
