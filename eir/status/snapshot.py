"""The facts of a moment, and the trends up to it, made into a snapshot."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import get_args

from eir.alarms.board import Alarm
from eir.alarms.watches.overload import level_of
from eir.decision.verdict import Interface
from eir.links import INTERFACE_OF, OPEN, LinkRow
from eir.lists.names import ListName
from eir.lists.summary import ChangeSummary, ListSummary
from eir.log import Severity
from eir.status.facts import Facts
from eir.status.judging import judge, worst
from eir.status.models import (
    ChangeRow,
    InterfaceName,
    InterfaceRow,
    InterfaceState,
    ListRow,
    ListsRow,
    LoadRow,
    NodeRow,
    PeerRow,
    Snapshot,
    SyncRow,
    Trend,
    TrendRow,
)
from eir.status.tallies import VERDICTS
from eir.status.trends import LONG, SLOTS, STEPS, Slot, Span, Trends
from eir.sync_watch import SyncState

_NAMES: dict[Interface, InterfaceName] = {Interface.S13: "s13", Interface.MAP: "map"}
_SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_NETWORK = {"as", "destination", "subsystem"}


def snapshot(facts: Facts, trends: Trends, spans: Collection[Span] = ()) -> Snapshot:
    """Take a snapshot.

    Args:
        facts: of this moment.
        trends: as they were fed last.
        spans: which of them it shall have.
    """
    peers = tuple(_peers(facts.links, trends))
    interfaces = tuple(_interface(each, facts, peers, trends) for each in facts.served)
    reasons = judge(facts, interfaces, peers)
    return Snapshot(
        at=_instant(facts.now),
        state=worst(reasons),
        reasons=reasons,
        node=NodeRow(
            name=facts.name,
            version=facts.program,
            started=_instant(facts.started),
            uptime=_seconds(facts.started, facts.now),
            override=facts.override,
        ),
        alarms=tuple(_newest_first(facts.alarms)),
        load=LoadRow(
            level=level_of(facts.alarms), waiting=facts.waiting, limit=facts.waiting_limit
        ),
        interfaces=interfaces,
        peers=peers,
        paths=tuple(sorted(facts.paths, key=lambda path: path.state == "ACTIVE")),
        network=tuple(link for link in facts.links if link.kind in _NETWORK),
        lists=_lists(facts),
        changes=tuple(map(_change, facts.summary.changes if facts.summary else ())),
        syncs=tuple(_sync(state) for state in facts.syncs),
        workers=tuple(facts.workers),
        trends={span: _trend(span, facts.served, trends) for span in spans},
    )


def _newest_first(alarms: Iterable[Alarm]) -> Sequence[Alarm]:
    """Put what has just gone wrong before what has been so for long, severity by severity."""
    newest = sorted(alarms, key=lambda alarm: alarm.since, reverse=True)
    return sorted(newest, key=lambda alarm: _SEVERITIES.index(alarm.severity))


def _peers(links: Iterable[LinkRow], trends: Trends) -> Sequence[PeerRow]:
    """Give those that ask, or should: first those that cannot."""
    rows = [_peer(link, trends) for link in links if link.kind in INTERFACE_OF]
    return sorted(rows, key=lambda row: row.is_up)


def _peer(link: LinkRow, trends: Trends) -> PeerRow:
    interface = INTERFACE_OF[link.kind]
    rate = trends.answered.rate(interface, link.name)
    return PeerRow(
        interface=_NAMES[interface],
        name=link.name,
        remote=link.remote,
        transport=link.transport,
        state=link.state,
        is_up=link.state in OPEN,
        since=link.since,
        rate=None if rate is None else _rounded(rate),
        resent=trends.resent.count(interface, link.name) if link.transport == "sctp" else None,
        last_error=link.last_error,
    )


def _interface(
    interface: Interface, facts: Facts, peers: Sequence[PeerRow], trends: Trends
) -> InterfaceRow:
    name = _NAMES[interface]
    links = [peer for peer in peers if peer.interface == name]
    recent, mix = trends.recent(), trends.recent(LONG)
    now, long = recent.tallies[interface], mix.tallies[interface]
    tried = long.lane + long.slow
    return InterfaceRow(
        interface=name,
        state="down" if facts.obstacle else _state(links),
        links=len(links),
        links_up=sum(peer.is_up for peer in links),
        rate=_rounded(recent.rate(now.answered)),
        p50=now.quantile(0.5),
        p99=now.quantile(0.99),
        shed=_rounded(recent.rate(now.shed)),
        lane_share=long.lane / tried if tried else None,
        verdicts=dict(zip(VERDICTS, long.checks, strict=True)),
        last_check=_at(facts.last_checks[interface]),
    )


def _state(links: Sequence[PeerRow]) -> InterfaceState:
    if not links:
        return "waiting"
    up = [peer for peer in links if peer.is_up]
    if len(up) == len(links):
        return "up"
    return "partial" if up else "down"


def _lists(facts: Facts) -> ListsRow:
    summary = facts.summary
    counted = summary.lists if summary else ()
    return ListsRow(
        version=facts.version,
        loaded=summary.loaded if summary else "",
        age=_age(summary.loaded, facts.now) if summary else None,
        octets=facts.octets,
        failure=facts.failure or "",
        counted=summary.version if summary else None,
        lists=tuple(_list(each, facts.now) for each in sorted(counted, key=_place)),
    )


def _place(each: ListSummary) -> tuple[int, int]:
    """Put lists that answer before those that only have a say, and large ones before small."""
    places = (ListName.PROHIBITED, ListName.TRACKING, ListName.PERMITTED)
    return places.index(each.list) if each.list in places else len(places), -each.entries


def _list(each: ListSummary, now: datetime) -> ListRow:
    age = _age(each.changed, now) if each.changed else None
    return ListRow(
        list=each.list,
        source=each.source,
        entries=each.entries,
        octets=each.octets,
        version=each.version,
        age=age,
    )


def _change(change: ChangeSummary) -> ChangeRow:
    """Say what a version changed: `load of prohibited (local) from x.csv: 2 added: stolen`."""
    about = f" of {change.list} ({change.source})" if change.list else ""
    source = f" from {change.file}" if change.file else ""
    counts = {"added": change.added, "removed": change.removed, "updated": change.updated}
    counted = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    parts = (f"{change.action}{about}{source}", counted, change.reason)
    return ChangeRow(
        at=_instant(datetime.fromisoformat(change.at)),
        version=change.version,
        author=change.author,
        text=": ".join(part for part in parts if part),
    )


def _sync(state: SyncState) -> SyncRow:
    return SyncRow(
        registry=state.registry,
        attempted=_at(state.attempted),
        outcome=state.outcome or "",
        exit_code=state.exit_code,
        applied=_at(state.applied),
        runs=dict(state.last_runs),
        held=state.held,
        failures=state.failures,
    )


def _trend(span: Span, served: Iterable[Interface], trends: Trends) -> Trend:
    rows = tuple(_trend_row(each, trends.slots(span, each)) for each in served)
    return Trend(step=STEPS[span], steps=SLOTS[span], interfaces=rows)


def _trend_row(interface: Interface, slots: Sequence[Slot]) -> TrendRow:
    return TrendRow(
        interface=_NAMES[interface],
        rates={
            verdict: [_rounded(slot.rates[place]) for slot in slots]
            for place, verdict in enumerate(VERDICTS)
        },
        p50=[slot.p50 for slot in slots],
        p99=[slot.p99 for slot in slots],
    )


def _rounded(rate: float) -> float:
    return round(rate, 2)


def _age(instant: str, now: datetime) -> float:
    return _seconds(datetime.fromisoformat(instant), now)


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _at(seconds: float | None) -> str:
    return "" if seconds is None else _instant(datetime.fromtimestamp(seconds, UTC))


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
