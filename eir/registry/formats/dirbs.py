"""DIRBS, as its list generator names and packs its lists (dirbs-listgen, since v8.0.1, and before).

Three kinds of archives: the blacklist, which all operators get, and for each operator exceptions
and notifications. In each is the whole list, unless the registry leaves that out, and what changed
since an earlier run: one file for each event, or in older deployments one file with a column
`change_type`. The same files may also come one by one, without archives.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eir.config.registry import Registry
from eir.lists.names import ListName
from eir.registry.bundle import Delivered, Delivery, Delta, Does, Part, Reading
from eir.registry.formats.format import Format
from eir.registry.formats.gathering import Gathering, Said, check_base, gathered, parse_moment
from eir.registry.formats.lines import Rewrite, header_of, opening, rewriting
from eir.registry.inbox.unpacking import opened
from eir.registry.outcome import BundleError

_LISTS = {
    "blacklist": ListName.PROHIBITED,
    "exceptions": ListName.EXCEPTION,
    "notifications": ListName.NOTIFICATION,
}
_TOGETHER = (ListName.PROHIBITED, ListName.EXCEPTION)  # whoever is paired is on the blacklist, too

# What each event does. The files of all events are always there, if only with a header.
_EVENTS = {
    ListName.PROHIBITED: {
        "blocked": Does.PUT,
        "changed": Does.CHANGE,
        "unblocked": Does.REMOVE,
    },
    ListName.EXCEPTION: {"added": Does.PUT, "removed": Does.REMOVE},
    ListName.NOTIFICATION: {
        "new": Does.PUT,
        "changed": Does.CHANGE,
        "resolved": Does.REMOVE,
        "blacklisted": Does.REMOVE,
        "no_longer_seen": Does.REMOVE,
    },
}
_COLUMNS = {
    ListName.PROHIBITED: (("imei", "block_date", "reasons"),),
    ListName.EXCEPTION: (("imei", "imsi", "msisdn"), ("imei", "imsi")),  # v12 on, and before
    ListName.NOTIFICATION: (
        ("imei", "imsi", "msisdn", "block_date", "reasons"),
        ("imei", "imsi", "msisdn", "block_date", "reasons", "amnesty_granted"),
    ),
}
_CHANGE = "change_type"
_NOT_OURS = (_CHANGE, "amnesty_granted")

_ANY_OPERATOR = r"\w{1,16}?"
_NAME = (
    r"(?P<stamp>\d{8}_\d{6})"
    r"_(?:(?P<national>blacklist)|(?P<kind>exceptions|notifications)_(?P<operator>%s))"
    r"(?:(?P<zip>\.zip)"
    r"|(?:_delta_(?P<base>-1|\d{1,18})_(?P<run>\d{1,18})(?:_(?P<event>\w{1,20}))?)?\.csv)"
)


@dataclass(frozen=True, slots=True)
class _Named:
    """What the name of a file or member says; run is (base, run), of what changed."""

    stamp: str
    list: ListName
    is_archive: bool
    run: tuple[int, int] | None
    event: str


@dataclass(frozen=True, slots=True)
class _Member:
    """A CSV file: its name, what messages call it, where it is."""

    named: _Named
    name: str
    place: str
    path: Path
    octets: int


@dataclass(frozen=True, slots=True)
class _Set:
    """What one archive says, or the files that it would have."""

    stamp: str
    run: tuple[int, int] | None
    delivery: Delivery
    is_archive: bool


class Dirbs:
    """Reads archives and files of dirbs-listgen."""

    def wants(self, name: str, registry: Registry) -> bool:
        """See `Format`."""
        return _parse(name, registry.operator or "") is not None

    def read(self, files: Sequence[Delivered], registry: Registry, scratch: Path) -> Reading:
        """See `Format`."""
        gathering = gathered(files)
        sets = list[_Set]()
        loose = defaultdict[tuple[str, ListName], list[tuple[Delivered, _Named]]](list)
        for number, file in enumerate(gathering.current):
            with gathering.blaming(file):
                named = _name_of(file, registry.operator or "")
                if named.is_archive:
                    into = scratch / str(number)
                    into.mkdir()
                    sets.append(_unpack(file, named, registry, into))
                else:
                    loose[named.stamp, named.list].append((file, named))
        archived = {(each.stamp, each.delivery.list) for each in sets}
        for key, found in loose.items():
            if key in archived:
                gathering.replaced += tuple(file for file, _ in found)
            else:
                _add_loose(sets, found, gathering)
        _say(sets, gathering)
        return gathering.reading(together=_TOGETHER)


FORMAT: Format = Dirbs()


def _parse(name: str, operator: str) -> _Named | None:
    """Read the name of a file, unless it is another operator's, or none."""
    match = re.fullmatch(_NAME % re.escape(operator), name, re.ASCII | re.IGNORECASE)
    if match is None:
        return None
    run = (int(match["base"]), int(match["run"])) if match["run"] else None
    kind = match["national"] or match["kind"]
    event = (match["event"] or "").casefold()
    return _Named(match["stamp"], _LISTS[kind.casefold()], bool(match["zip"]), run, event)


def _name_of(file: Delivered, operator: str) -> _Named:
    named = _parse(file.name, operator)
    if named is None:
        raise BundleError(
            f"{file.name} is no list of the operator {operator}",
            next_step="see operator in [[registry]], and ask the registry whose file this is",
        )
    parse_moment(named.stamp, "%Y%m%d_%H%M%S")
    return named


def _unpack(file: Delivered, named: _Named, registry: Registry, into: Path) -> _Set:
    """Read an archive; nothing is unpacked of one that has another operator's lists."""
    operator = registry.operator or ""
    with opened(file, max_octets=registry.fetch.max_unpacked_octets) as archive:
        if not archive.names:
            raise BundleError(
                f"{file.name} is empty",
                next_step="ask the registry for it: DIRBS packs the lists of an operator into the"
                " archive of another one whose id is how this one's begins",
            )
        if others := sorted({_foreign(name, operator) for name in archive.names} - {""}):
            raise BundleError(
                f"{file.name} has lists of other operators ({', '.join(others)}); none is opened",
                next_step=f"ask the registry for an archive with the lists of {operator} alone",
            )
        names = {name: _member_name(name, file, named, operator) for name in archive.names}
        if lacking := _lacking(list(names.values())):
            raise BundleError(
                f"{file.name} lacks a member: {', '.join(lacking)}",
                next_step="ask the registry for the whole archive",
            )
        unpacked = archive.unpack(into)
    members = [
        _Member(names[each.name], each.name, f"{file.name}: {each.name}", each.path, each.octets)
        for each in unpacked
    ]
    return _set_of(members, (file,), is_archive=True)


def _foreign(name: str, operator: str) -> str:
    """Give the operator that a member belongs to; empty: us, or nobody."""
    match = re.fullmatch(_NAME % _ANY_OPERATOR, name, re.ASCII | re.IGNORECASE)
    if match is None or _parse(name, operator) is not None:
        return ""
    return str(match["operator"])


def _member_name(name: str, file: Delivered, archive: _Named, operator: str) -> _Named:
    named = _parse(name, operator)
    if (
        named is None
        or named.is_archive
        or (named.stamp, named.list)
        != (
            archive.stamp,
            archive.list,
        )
    ):
        raise BundleError(
            f"{file.name}: {name} does not belong there",
            next_step="ask the registry who made this archive",
        )
    return named


def _lacking(named: Sequence[_Named]) -> list[str]:
    """Name the events of which there is no file; where there is one for all, that is enough."""
    found = {each.event for each in named if each.run}
    if not found or "" in found:
        return []
    return [event for event in _EVENTS[named[0].list] if event not in found]


def _add_loose(
    sets: list[_Set], found: Sequence[tuple[Delivered, _Named]], gathering: Gathering
) -> None:
    """Read the files of one list that came without an archive; they wait for each other."""
    files = tuple(file for file, _ in found)
    if _lacking([named for _, named in found]):
        gathering.waiting += [file.name for file in files]
        return
    members = [
        _Member(named, file.name, file.name, file.path, file.octets) for file, named in found
    ]
    with gathering.blaming(*files):
        sets.append(_set_of(members, files, is_archive=False))


def _set_of(members: Sequence[_Member], files: tuple[Delivered, ...], *, is_archive: bool) -> _Set:
    """Put together what members say of one list.

    Raises:
        BundleError: they contradict each other, or a header is wrong.
    """
    name, stamp = members[0].named.list, members[0].named.stamp
    events = [member.named.event for member in members if member.named.run]
    runs = {member.named.run for member in members if member.named.run}
    fulls = [member for member in members if not member.named.run]
    unknown = set(events) - {"", *_EVENTS[name]}
    if unknown or len(runs) > 1 or len(fulls) > 1 or len(events) > len(set(events)):
        raise BundleError(
            f"{files[0].name}: its files contradict each other, or are not those of one run",
            next_step="ask the registry who made it",
        )
    if "" in events and len(events) > 1:
        raise BundleError(
            f"{files[0].name} has what changed twice: in one file, and in one for each event",
            next_step="ask the registry which of them counts",
        )
    parts = [part for member in members if member.named.run for part in _parts(member)]
    run = runs.pop() if runs else None
    delta = Delta(run[0], tuple(parts)) if run else None
    full = next((part for member in fulls for part in _parts(member)), None)
    return _Set(stamp, run, Delivery(name, full, delta, files, _content(members)), is_archive)


def _content(members: Sequence[_Member]) -> str:
    """Hash names and octets of files: an archive that is packed anew says nothing new."""
    whole = hashlib.sha256()
    for member in sorted(members, key=lambda member: member.name):
        with member.path.open("rb") as source:
            said = hashlib.file_digest(source, "sha256").hexdigest()
        whole.update(f"{member.name}:{said}\n".encode())
    return whole.hexdigest()


def _parts(member: _Member) -> list[Part]:
    """Give what a file says: a part for each thing that its lines do.

    Raises:
        BundleError: its columns are not those of its list.
    """
    named, known = member.named, _EVENTS[member.named.list]
    columns = _COLUMNS[named.list]
    source = opening(member.path)
    if named.run and not named.event:
        columns = tuple((*each, _CHANGE) for each in columns)
    header = header_of(source, member.place, *columns)
    ours = [column for column in header if column not in _NOT_OURS]
    if _CHANGE in header:
        deeds = sorted(set(known.values()))
        octets = member.octets // len(deeds)
        picking = {does: _picking(header, ours, known, does) for does in deeds}
        return [
            Part(member.place, does, octets, rewriting(source, ours, pick), selects=True)
            for does, pick in picking.items()
        ]
    if len(ours) < len(header):
        source = rewriting(source, ours, _keeping(header, ours))
    return [Part(member.place, known.get(named.event, Does.PUT), member.octets, source)]


def _keeping(header: Sequence[str], ours: Sequence[str]) -> Callable[[], Rewrite]:
    """Keep our columns."""
    places = [header.index(column) for column in ours]
    return lambda: lambda cells: [cells[place] for place in places]


def _picking(
    header: Sequence[str], ours: Sequence[str], known: dict[str, Does], does: Does
) -> Callable[[], Rewrite]:
    """Keep our columns of the lines that do this; lines that do nothing known are wrong."""
    keep = _keeping(header, ours)()
    change = header.index(_CHANGE)

    def pick(cells: list[str]) -> Sequence[str] | None:
        said = known.get(cells[change].strip().casefold())
        if said is None and does is Does.PUT:
            raise ValueError("no change that we know")
        return keep(cells) if said is does else None

    return lambda: pick


def _say(sets: Sequence[_Set], gathering: Gathering) -> None:
    """Give the lists of one run its number, which the files of what changed say."""
    stamps = defaultdict[str, list[_Set]](list)
    for each in sets:
        stamps[each.stamp].append(each)
    for stamp, found in stamps.items():
        files = tuple(file for each in found for file in each.delivery.files)
        runs = {each.run for each in found if each.run}
        if not runs and not any(each.is_archive for each in found):
            gathering.waiting += [file.name for file in files]
            continue
        with gathering.blaming(*files):
            base, run = _one_run(runs, stamp)
            check_base(base, run)
            gathering.said += [Said(run, stamp, each.delivery) for each in found]


def _one_run(runs: set[tuple[int, int]], stamp: str) -> tuple[int, int]:
    if not runs:
        raise BundleError(
            f"nothing says which run {stamp} is: there are whole lists, and not what changed",
            next_step="ask the registry for the files with delta in their names",
        )
    if len(runs) > 1:
        said = ", ".join(f"{run} on {base}" for base, run in sorted(runs))
        raise BundleError(
            f"the files of {stamp} say that they are of several runs: {said}",
            next_step="ask the registry which of them belong together",
        )
    return next(iter(runs))
