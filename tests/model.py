"""The lists as anyone would write them down: dictionaries, and a copy of all of them a version.

Slow and obvious on purpose. It shares names with the program, and no code: what it says of a
sequence of loads can be believed at sight, and the program has to agree. `tests.model_rules` says
what the lists then decide.

A line is what a file says, column by column: {"imei": "35209900176148", "reason": "stolen"}.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple, Self, TypeAlias

from eir.lists.names import ListName, Lock

Line: TypeAlias = Mapping[str, str]


class Subject(NamedTuple):
    """What an entry is about: the cells that name it, empty where it does not.

    `imei` is 14 digits, or the upper-case text of an identity that is no IMEI.
    """

    imei: str = ""
    imei_to: str = ""
    svn: str = ""
    tac: str = ""
    imsi: str = ""
    msisdn: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says of a subject; the instants are UTC seconds."""

    reason: str = ""
    effective: int | None = None
    expires: int | None = None
    lock: Lock | None = None
    then: ListName | None = None

    def list_at(self, on: ListName, at: float) -> ListName | None:
        """Give the list that counts at an instant, of an entry on the list `on`."""
        if self.effective is not None and at < self.effective:
            return None
        if self.expires is None or at < self.expires:
            return on
        return self.then


Lists: TypeAlias = dict[tuple[ListName, str], dict[Subject, Said]]
Devices: TypeAlias = dict[tuple[ListName, str], dict[str, str]]


@dataclass(slots=True)
class World:
    """Everything that is loaded.

    Attributes:
        lists: for each list and source, what that source says.
        devices: for each list and source, the phone that an IMEI is one of.
        subscribers: the MSISDN of an IMSI; None: no map is loaded.
        tacs: the device type of a TAC, as the TAC database has it; None: none is loaded.
    """

    lists: Lists = field(default_factory=dict)
    devices: Devices = field(default_factory=dict)
    subscribers: dict[str, str] | None = None
    tacs: dict[str, str] | None = None

    def copy(self) -> Self:
        """Give one that can be changed without this one."""
        return replace(
            self,
            lists={of: dict(said) for of, said in self.lists.items() if said},
            devices={of: dict(named) for of, named in self.devices.items() if named},
            subscribers=dict(self.subscribers or {}) or None,
        )


class Model:
    """The worlds so far, by number of version; the last one is in force.

    What changes nothing makes no version, but for the first full list.
    """

    def __init__(self) -> None:
        self.versions = [World()]

    @property
    def version(self) -> int:
        """The number of the last; 0: nothing is loaded."""
        return len(self.versions) - 1

    def world(self, version: int | None = None) -> World:
        """Give the world of a version; without a number, the last."""
        return self.versions[-1 if version is None else version]

    def load_full(self, on: ListName, source: str, lines: Iterable[Line]) -> None:
        """Let the lines be all that their sources say on this list."""
        world = self.world().copy()
        said = by_source(lines, source)
        for each in said or [source]:
            world.lists[on, each] = {}
            world.devices[on, each] = {}
        for each, its in said.items():
            for line in its:
                _put(world, on, each, line)
        self._keep(world, even_if_equal=self.version == 0)

    def load_delta(self, on: ListName, source: str, lines: Iterable[Line]) -> None:
        """Put what the lines add on the list; take off what they remove, if it is there."""
        world = self.world().copy()
        for each, its in by_source(lines, source).items():
            for line in its:
                if line.get("op") == "remove":
                    _remove(world, on, each, line)
                else:
                    _put(world, on, each, line)
        self._keep(world)

    def load_subscribers(self, lines: Iterable[Line], *, is_delta: bool = False) -> None:
        """Let the lines be the whole map of IMSI to MSISDN, or change it."""
        world = self.world().copy()
        numbers = dict(world.subscribers or {}) if is_delta else {}
        for line in lines:
            if line.get("op") == "remove":
                numbers.pop(line["imsi"], None)
            else:
                numbers[line["imsi"]] = line["msisdn"]
        world.subscribers = numbers
        self._keep(world)

    def load_tacs(self, lines: Iterable[Line]) -> None:
        """Let the lines be the whole TAC database."""
        world = self.world().copy()
        world.tacs = {line["tac"]: line["device_type"] for line in lines}
        self._keep(world)

    def rollback(self, version: int) -> None:
        """Make what was in force then the newest version."""
        self._keep(self.versions[version])

    def _keep(self, world: World, *, even_if_equal: bool = False) -> None:
        tidy = world.copy()
        if even_if_equal or tidy != self.world():
            self.versions.append(tidy)


def by_source(lines: Iterable[Line], source: str) -> dict[str, list[Line]]:
    """Put together what each source says; the given one says what names none."""
    said: dict[str, list[Line]] = {}
    for line in lines:
        said.setdefault(line.get("source") or source, []).append(line)
    return said


def _put(world: World, on: ListName, source: str, line: Line) -> None:
    subject = subject_of(line)
    world.lists.setdefault((on, source), {})[subject] = said_of(on, line)
    if line.get("device") and is_imei(subject.imei) and not subject.imei_to:
        world.devices.setdefault((on, source), {})[subject.imei] = line["device"]


def _remove(world: World, on: ListName, source: str, line: Line) -> None:
    """Take an entry off; an equipment is of no phone any more."""
    subject = subject_of(line)
    world.lists.get((on, source), {}).pop(subject, None)
    if subject == Subject(subject.imei):
        world.devices.get((on, source), {}).pop(subject.imei, None)


def subject_of(line: Line) -> Subject:
    """Read what a line is about."""
    imei, imei_to = identity_of(line.get("imei", "")) or "", line.get("imei_to", "")[:14]
    svn = line.get("svn", "")
    return Subject(
        imei=imei,
        imei_to="" if imei_to == imei else imei_to,  # a range of one is that equipment
        svn="" if svn == "99" else svn,  # 99: any
        tac=line.get("tac", ""),
        imsi=line.get("imsi", ""),
        msisdn=line.get("msisdn", "").removeprefix("+"),
    )


def said_of(on: ListName, line: Line) -> Said:
    """Read what a line says beside that."""
    lock = Lock(line.get("lock") or Lock.MUTUAL) if on is ListName.BINDING else None
    return Said(
        reason=line.get("reason", ""),
        effective=seconds(line.get("effective", "")),
        expires=seconds(line.get("expires", "")),
        lock=lock,
        then=ListName(line["then"]) if line.get("then") else None,
    )


def identity_of(text: str) -> str | None:
    """Give the 14 digits that an identity begins with, or its text; None: it cannot be listed."""
    text = text.strip()
    if is_imei(text[:14]):
        return text[:14]
    text = text.upper()
    return text if 1 <= len(text.encode()) <= 16 and "\0" not in text else None


def is_imei(identity: str | None) -> bool:
    """Tell an IMEI from the text of an identity that is none."""
    return (
        identity is not None
        and len(identity) == 14
        and all(character in "0123456789" for character in identity)
    )


def seconds(text: str) -> int | None:
    """Read an instant, `1970-01-01T00:01:40+00:00`; empty: none."""
    return int(datetime.fromisoformat(text).timestamp()) if text else None


def instant(at: int) -> str:
    """Write an instant."""
    return datetime.fromtimestamp(at, UTC).isoformat()
