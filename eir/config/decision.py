"""`[decision]` and `[[policy]]`: what is answered, and to whom.

Where a key takes a status or a word such as "off", the word is None here.
"""

import re
from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from eir.config.diameter import Identity
from eir.config.fields import Section, repeated
from eir.config.ss7 import Digits
from eir.decision import rules
from eir.decision.verdict import Interface, Status
from protocols.mtp import parse_point_code

SWITCH = "override"  # the rule that nobody can be kept from
LAST = "unlisted"  # the rule that always answers
_PREFIX = re.compile(r"[0-9]{1,15}", re.ASCII)  # TS 23.003 §2.2: an IMSI has at most 15


def _or(word: str) -> Callable[[object], Status | None]:
    """Read a status, or the word that stands for none."""

    def read(value: object) -> Status | None:
        if value is None or value == word:
            return None
        if isinstance(value, str) and value in tuple(Status):
            return Status(value)
        raise ValueError(f"write {', '.join(Status)} or {word}")

    return read


def _written(word: str) -> PlainSerializer:
    return PlainSerializer(lambda status: word if status is None else status)


def _not_prohibited(status: Status | None) -> Status | None:
    if status is Status.PROHIBITED:
        raise ValueError("nobody is cut off because we broke: permitted, tracking, unknown, error")
    return status


def _order(names: tuple[str, ...]) -> tuple[str, ...]:
    there = rules.names()
    for name in names:
        if name not in there:
            raise ValueError(f"no rule is called {name!r}: {', '.join(there)}")
    if twice := repeated(names):
        raise ValueError(f"name each rule once: {twice[0]} is there again")
    if names[-1:] != (LAST,):
        raise ValueError(f"{LAST} must be there and last, because it always answers")
    if SWITCH not in names:
        raise ValueError(f"{SWITCH} must be there: the operator's switch is for every check")
    return names


def _types(types: dict[str, Status]) -> dict[str, Status]:
    """Let types of devices be found however they are spelt."""
    spelt = [name.casefold() for name in types]
    if twice := repeated(spelt):
        raise ValueError(f"two keys are the same type, however they are spelt: {twice[0]}")
    return dict(zip(spelt, types.values(), strict=True))


def _no_switch(value: object) -> object:
    """Keep true from counting as 1."""
    if isinstance(value, bool):
        raise ValueError("write 0, 1, 2 or 3")  # noqa: TRY004 - pydantic tells of a ValueError
    return value


def _imsi_prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError("write 1 to 15 digits, mobile country code first")
    return text


def _point_code(value: object) -> int:
    return parse_point_code(str(value))


Answer = Annotated[Status, Field(strict=False)]
OrOff = Annotated[Status | None, BeforeValidator(_or("off")), _written("off")]
OrSkip = Annotated[Status | None, BeforeValidator(_or("skip")), _written("skip")]
OnFailure = Annotated[
    Status | None,
    BeforeValidator(_or("error")),
    AfterValidator(_not_prohibited),
    _written("error"),
]
Order = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_order)]
DeviceTypes = Annotated[dict[str, Answer], AfterValidator(_types)]
ResponseType = Annotated[Literal[0, 1, 2, 3], BeforeValidator(_no_switch)]
ImsiPrefix = Annotated[str, AfterValidator(_imsi_prefix)]
SomeDigits = Annotated[Digits, Field(min_length=1)]
PointCode = Annotated[int, BeforeValidator(_point_code)]
Where = Annotated[Interface, Field(strict=False)]


class Exceptions(Section):
    """`[decision.exception]`: a prohibited equipment that may go on with its subscriber."""

    no_imsi: OrSkip = Status.PROHIBITED  # the request does not say which subscriber it is


class Binding(Section):
    """`[decision.binding]`: equipment and subscribers that are locked to each other."""

    violated: Answer = Status.PROHIBITED
    no_imsi: OrSkip = None  # the request does not say enough of the subscriber


class Malformed(Section):
    """`[decision.malformed]`: identities that are no IMEI, in the order in which they are tried."""

    empty: OrOff = None
    null: OrOff = None
    blanks: OrOff = None
    special: OrOff = None
    hex: OrOff = None
    letters: OrOff = None
    too_short: OrOff = None
    too_long: OrOff = None
    all_zeros: OrOff = None
    same_digit: OrOff = None


class Tac(Section):
    """`[decision.tac]`: types of equipment, in the order in which they are tried."""

    barred: OrOff = None
    permitted: OrOff = None
    test: OrOff = None
    unallocated: OrOff = None
    device_types: DeviceTypes = Field(default_factory=dict)


class Registration(Section):
    """`[decision.registration]`: where the law wants equipment registered."""

    unregistered: OrOff = None


class Decision(Section):
    """`[decision]`: which rules are asked, in which order, and what they answer."""

    order: Order = (
        *("override", "protected", "exception", "binding"),
        *("prohibited", "tracking", "permitted"),
        *("malformed", "tac", "registration", LAST),
    )
    unlisted: Answer = Status.PERMITTED
    on_failure: OnFailure = Status.PERMITTED
    response_type: ResponseType = 0  # 0: off; else EAGLE's tables
    individual_first: bool = False
    audit: bool = False
    exception: Exceptions = Exceptions()
    binding: Binding = Binding()
    malformed: Malformed = Malformed()
    tac: Tac = Tac()
    registration: Registration = Registration()


class Match(Section):
    """`match` of a `[[policy]]`: which checks it is for; all that is given must fit."""

    imsi_prefixes: tuple[ImsiPrefix, ...] = Field(default=(), strict=False)
    not_imsi_prefixes: tuple[ImsiPrefix, ...] = Field(default=(), strict=False)
    origin_hosts: tuple[Identity, ...] = Field(default=(), strict=False)
    point_codes: tuple[PointCode, ...] = Field(default=(), strict=False)
    calling: tuple[SomeDigits, ...] = Field(default=(), strict=False)
    interfaces: tuple[Where, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError("name something to match, or write it into [decision]")
        return self

    @model_validator(mode="after")
    def _can_fit(self) -> Self:
        for prefix in self.imsi_prefixes:
            if prefix.startswith(self.not_imsi_prefixes):
                raise ValueError(f"no IMSI fits: {prefix} is in, and out by not_imsi_prefixes")
        of_map = self.point_codes or self.calling
        if of_map and self.origin_hosts:
            raise ValueError(
                "no check fits: origin_hosts is of Diameter, point_codes and calling of MAP"
            )
        if of_map and self.interfaces and Interface.MAP not in self.interfaces:
            raise ValueError("no check fits: point_codes and calling are of the interface map")
        if self.origin_hosts and self.interfaces == (Interface.MAP,):
            raise ValueError("no check fits: origin_hosts is not of the interface map")
        return self


class PolicyTable(Decision):
    """`[[policy]]`: another decision for some checks; what it leaves out is as in `[decision]`."""

    name: Annotated[str, Field(min_length=1, max_length=63)]
    match: Match


def inherit(table: object, section: Section) -> object:
    """Give a table what it leaves out, as another section has it."""
    if not isinstance(table, dict):
        return table
    filled = dict(table)
    for name, value in section:
        if name not in table:
            filled[name] = value
        elif isinstance(value, Section):
            filled[name] = inherit(table[name], value)
    return filled
