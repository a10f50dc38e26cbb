"""What a driver and its lanes do, told to whoever traces it (`eir.trace.tracer`).

Called only while somebody does; a bug in it costs what would have been told, and nothing else.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from typing import Any

from eir.decision.verdict import Check, Interface, Verdict
from eir.overload import Limit
from eir.trace.exchange import Exchange, Octets, Record, Refusal
from eir.trace.tracer import Tracer
from eir.trace.wanted import Seen
from eir.transport.hand import Hand, Report
from eir.transport.link import Link
from eir.transport.machine import Incoming, Restarted, Whole
from eir.transport.parcel import PassedOn
from eir.transport.reporter import Reporter
from eir.transport.teaching import ShapeAsked
from eir.transport.wire import PPID_DIAMETER, PPID_M3UA
from protocols.effects import Connection, Dropped, Note, PassOn, Refused, Send
from protocols.errors import FramingError
from protocols.lane.batch import Batch

_PPIDS = {Interface.S13: PPID_DIAMETER, Interface.MAP: PPID_M3UA}


def check_at(batch: Batch[Verdict], place: int) -> Check:
    """Read the check that stands at some place of a batch."""
    asked = batch.shapes[place].asked
    assert isinstance(asked, ShapeAsked)  # noqa: S101 - the lanes made it
    return asked.check(batch.fields[place])


class Tracing:
    """Makes what is told of the traffic of one driver."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    @property
    def _tracer(self) -> Tracer:
        return self._reporter.tracer

    def answered(
        self,
        link: Link,
        octets: bytes,
        came: Iterable[Whole],
        batch: Batch[Verdict],
        *,
        begun: int,
    ) -> None:
        """Tell what the lane answered.

        Args:
            link: who asked.
            octets: the requests as they stand together: mostly one look at them is all.
            came: the requests.
            batch: the answers.
            begun: when, in nanoseconds of the performance counter.
        """
        with self._contained():
            duration = time.perf_counter_ns() - begun
            if not self._tracer.may_match(self._seen(link, octets)):
                return
            for place, whole in enumerate(came):
                if self._tracer.may_match(self._seen(link, whole.octets)):
                    make = partial(self._known, link, whole, batch, place, duration_ns=duration)
                    self._offer(link, whole.octets, [check_at(batch, place)], make)

    def _known(
        self, link: Link, whole: Whole, batch: Batch[Verdict], place: int, *, duration_ns: int
    ) -> Exchange:
        written = batch.answer(place)
        sent = Send(link.connection, written.octets, written.ordered, written.stream)
        return self._of(
            link,
            path="lane",
            duration_ns=duration_ns,
            messages=(_came(link, whole), self._went(sent, link)),
            records=(Record.of(check_at(batch, place), batch.verdicts[place]),),
        )

    def took(self, link: Link, hand: Hand, sent: Sequence[Send]) -> None:
        """Tell what became of what a link brought, unless another worker does."""
        with self._contained():
            if not hand.is_told:
                octets = b"" if hand.message is None else hand.message.octets
                self._offer(link, octets, _checks(hand), partial(self._in_hand, hand, link, sent))

    def passed(
        self, passed: PassedOn, hand: Hand, sent: Sequence[Send], links: Mapping[Connection, Link]
    ) -> None:
        """Tell what became of a message that came by another worker, and how it came."""
        with self._contained():
            if hand.is_told:
                return
            link = links.get(sent[0].connection) if sent else None
            went = b"".join(each.octets for each in sent)
            seen = [Seen(self._reporter.interface, passed.by, "", went)]
            seen += [] if link is None else [self._seen(link, went)]
            seen += [_seen_before(each) for each in passed.told]
            before = [record for told in passed.told for record in told.records]
            make = partial(self._in_hand, hand, link, sent)
            self._tracer.offer(seen, [*_checks(hand), *before], make, earlier=passed.told)

    def passing(self, effect: PassOn, hand: Hand) -> PassedOn:
        """Make what another worker is given. It tells of the message: it sees what follows."""
        told: tuple[Exchange, ...] = ()
        if self._tracer.is_on:
            with self._contained():
                hand.tell(effect)
                told = self._tracer.give_away(self._in_hand(hand, hand.link, ()))
                if told and hand.passed is not None:
                    told = (*hand.passed.told, *told)
                hand.is_told = bool(told)
        return PassedOn(effect.message, hand.by, told)

    def _in_hand(self, hand: Hand, link: Link | None, sent: Sequence[Send]) -> Exchange:
        """Make an exchange of the message in hand; the link brought it, or takes the answer."""
        came = () if hand.message is None or link is None else (_came(link, hand.message),)
        fields: dict[str, Any] = {
            "peer": hand.by,
            "path": "slow" if hand.passed is None else "passed",
            "duration_ns": hand.duration_ns,
            "messages": (*came, *(self._went(each, link) for each in sent)),
            "records": _records(hand),
            "refusals": _refusals(hand),
            "notes": (*_about(hand), *_notes(hand.reports)),
        }
        return self._of(link, **fields)

    def shed(self, link: Link, incoming: Incoming, limit: Limit, sent: Sequence[Send]) -> None:
        """Tell of a check that was too many."""
        with self._contained():
            whole = incoming if isinstance(incoming, Whole) else Whole(b"")
            make = partial(
                self._of,
                link,
                path="slow",
                messages=(_came(link, whole), *(self._went(each, link) for each in sent)),
                notes=(f"too many checks: {limit.value}",),
            )
            self._offer(link, whole.octets, [], make)

    def began(self, links: Mapping[Connection, Link], sent: Sequence[Send]) -> None:
        """Tell what we sent on our own."""
        with self._contained():
            for connection, group in groupby(sent, key=lambda each: each.connection):
                if (link := links.get(connection)) is not None:
                    messages = list(group)
                    went = tuple(self._went(each, link) for each in messages)
                    make = partial(self._of, link, path="own", messages=went)
                    self._offer(link, b"".join(each.octets for each in messages), [], make)

    def _offer(
        self, link: Link, octets: bytes, checks: Sequence[Check], make: Callable[[], Exchange]
    ) -> None:
        self._tracer.offer([self._seen(link, octets)], checks, make)

    def _seen(self, link: Link, octets: bytes) -> Seen:
        return Seen(self._reporter.interface, link.peer, link.association.remote, octets)

    def _went(self, sent: Send, link: Link | None) -> Octets:
        is_sctp = link is not None and link.association.transport == "sctp"
        return Octets(
            way="out",
            connection=sent.connection,
            stream=sent.stream if is_sctp else None,
            ppid=_PPIDS[self._reporter.interface] if is_sctp else None,
            hex=sent.octets.hex(),
        )

    def _of(self, link: Link | None, **fields: Any) -> Exchange:
        """Make an exchange of what is known of a link."""
        if link is not None:
            fields |= {
                "peer": link.peer,
                "remote": link.association.remote,
                "local": link.local,
                "transport": link.association.transport,
            }
        return Exchange(
            at_ns=time.time_ns(),
            worker=self._tracer.worker,
            interface=self._reporter.interface,
            **fields,
        )

    @contextmanager
    def _contained(self) -> Iterator[None]:
        try:
            yield
        except Exception:  # noqa: BLE001 - whoever is answered must not suffer from who looks on
            self._reporter.broken(remote="")


def _seen_before(exchange: Exchange) -> Seen:
    """Say what another worker saw."""
    octets = b"".join(bytes.fromhex(each.hex) for each in exchange.messages)
    return Seen(exchange.interface, exchange.peer, exchange.remote, octets)


def _came(link: Link, whole: Whole) -> Octets:
    return Octets(
        way="in",
        connection=link.connection,
        stream=whole.stream,
        ppid=whole.ppid,
        hex=whole.octets.hex(),
    )


def _checks(hand: Hand) -> list[Check]:
    return [answer.check for answer in hand.answers if answer.check is not None]


def _records(hand: Hand) -> tuple[Record, ...]:
    return tuple(
        Record.of(answer.check, answer.verdict)
        for answer in hand.answers
        if answer.check is not None and answer.verdict is not None
    )


def _refusals(hand: Hand) -> tuple[Refusal, ...]:
    refusals = [answer.refusal for answer in hand.answers if answer.refusal is not None]
    found = [Refusal(layer=each.layer, code=each.code, reason=each.reason) for each in refusals]
    for report in hand.reports:
        match report:
            case Refused(_, code, reason, _, layer):
                found.append(Refusal(layer=layer, code=int(code), reason=reason))
            case Dropped(_, layer, reason):
                found.append(Refusal(layer=layer, code=None, reason=reason))
    return tuple(found)


def _about(hand: Hand) -> Iterator[str]:
    """Say what came, where it is no message of a link of ours."""
    match hand.incoming:
        case FramingError() as error:
            yield f"no message begins with {error.header.hex()}: {error.reason}"
        case Restarted():
            yield "the peer restarted the association"
    if hand.passed is not None:
        yield f"{type(hand.passed.message).__name__} by another worker"


def _notes(reports: Iterable[Report]) -> Iterator[str]:
    for report in reports:
        match report:
            case Note(event, fields):
                yield " ".join((event, *(f"{name}={value}" for name, value in fields.items())))
            case PassOn(worker, message):
                yield f"{type(message).__name__} passed on to worker {worker}"
