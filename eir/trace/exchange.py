"""What is told of messages that match: the octets that came and went, and what was decided."""

from typing import Literal, Self

from pydantic import Field

from eir.config import Section
from eir.decision.verdict import Check, Interface, Verdict
from eir.metrics import Transport


class Octets(Section):
    """One message, as it came or went.

    Attributes:
        way: in: it came; out: it went.
        connection: the number of the connection.
        stream: of SCTP, that it came on, or that it asks for; None on TCP.
        ppid: the payload protocol identifier that it came or went with; None on TCP.
        hex: its octets.
    """

    way: Literal["in", "out"]
    connection: int
    stream: int | None = None
    ppid: int | None = None
    hex: str = Field(repr=False)


class Record(Section):
    """What was asked, and what was decided; see `Check` and `Verdict`."""

    equipment: str = Field(repr=False)
    software_version: str | None = None
    imsi: str | None = Field(default=None, repr=False)
    peer: str = ""
    map_version: int | None = None
    status: str | None = None
    rule: str
    reason: str
    list: str | None = None
    matched: str | None = Field(default=None, repr=False)
    source: str | None = None
    version: int | None = None
    would_be: str | None = None

    @classmethod
    def of(cls, check: Check, verdict: Verdict) -> Self:
        """Take all that is known."""
        return cls(
            equipment=check.equipment,
            software_version=check.software_version,
            imsi=check.imsi,
            peer=check.peer,
            map_version=check.version,
            status=verdict.status,
            rule=verdict.rule,
            reason=verdict.reason,
            list=verdict.list,
            matched=verdict.matched,
            source=verdict.source,
            version=verdict.version,
            would_be=verdict.would_be,
        )


class Refusal(Section):
    """An error that was answered, or why nothing was.

    Attributes:
        layer: whose it is.
        code: its number there; None: the message was discarded.
        reason: why.
    """

    layer: str
    code: int | None
    reason: str


class Exchange(Section):
    """What one message brought about, or what we began.

    Attributes:
        at_ns: when it was answered, nanoseconds since 1970 UTC.
        duration_ns: from taking it to its answer; of a batch, of the whole batch.
        worker: which worker did it.
        interface: s13 or map.
        path: lane: learned before; slow: by the machine; passed: it came by another worker; own:
            we began.
        peer: who is at the other end; empty while nobody knows.
        remote: its address.
        local: ours; empty where we do not know it.
        transport: tcp or sctp; None where no link of this worker brought it.
        messages: what came, then what went.
        records: of each check.
        refusals: of each question that got no verdict.
        notes: what else there is to say, in words.
    """

    at_ns: int
    duration_ns: int = 0
    worker: int = 0
    interface: Interface
    path: Literal["lane", "slow", "passed", "own"]
    peer: str = ""
    remote: str = ""
    local: str = ""
    transport: Transport | None = None
    messages: tuple[Octets, ...] = ()
    records: tuple[Record, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many characters its octets are."""
        return sum(len(message.hex) for message in self.messages)


class Match(Section):
    """An exchange, and the numbers of the traces that want it."""

    traces: tuple[int, ...]
    exchange: Exchange
