"""Small worlds for hypothesis: few equipment, subscribers, sources and instants, so that they meet.

Every number is made up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement, product
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from eir.decision.override import Override
from eir.decision.verdict import Interface, Status
from eir.lists.names import ListName, Lock
from tests.model import Line, Model, Subject, World, instant, subject_of
from tests.model_settings import DEFAULT_ORDER, Asked, Policy, Settings

# Neighbours on both sides of the border between two types, types for tests on both sides of their
# border, and numbers of one digit.
IMEIS = (
    *("35209900000000", "35209900000001", "35209900999999"),
    *("35209901000000", "35209901000001"),
    *("00100199000001", "00101799000001", "00101899000001", "00440099000001"),
    *("00000000000000", "11111111111111"),
)
LISTED = (*IMEIS, *(3 * IMEIS[:3]))  # some are on many lists
TACS = ("35209900", "35209901", "00100199", "00101799", "11111111")
OPAQUES = ("0010*#", "ABCDEF00", "NULL", "IMEI", "3520 9900", "\N{GREEK SMALL LETTER PI}")
TAILS = ("0", "01", "02", "99", "012", "A", " ")  # what may follow the 14 digits
SVNS = ("01", "02", "99")
IMSIS = ("001010000000001", "001010000000002", "001020000000001")
MSISDNS = ("1550000001", "1550000002")
SOURCES = ("local", "registry-a", "registry-b")
REASONS = ("", "lost", "stolen")
BOUNDS = (100, 200, 300)
INSTANTS = (99.9, 100, 150, 199.9, 200, 299.9, 300, 1000)
DEVICE_TYPES = ("Smartphone", "Modem", "")
HOSTS = ("mme1.example.net", "mme2.example.net")
POINT_CODES = (1001, 1002)
CALLING = ("15500001", "15500002", "4470000")
MALFORMED = (
    *("empty", "null", "blanks", "special", "hex", "letters"),
    *("too_short", "too_long", "all_zeros", "same_digit"),
)
TAC_CLASSES = ("barred", "permitted", "test", "unallocated")

STATUSES = st.sampled_from(Status)
_SOURCES = st.sampled_from(SOURCES)
imsis = st.sampled_from(IMSIS)
msisdns = st.sampled_from(MSISDNS)


def identities() -> SearchStrategy[str]:
    """Draw an identity as it comes: 14 to 16 digits, more, less or something else."""
    odd = ("", "null", "\0", "\0\0", " ", "1234567", "352099000000010\N{DEGREE SIGN}", 17 * "A")
    imeis = st.sampled_from([imei + tail for imei in IMEIS for tail in ("", *TAILS)])
    others = st.sampled_from((*OPAQUES, *(text.lower() for text in OPAQUES), *odd))
    whatever = st.text(st.characters(codec="utf-8"), max_size=20)
    nearly = st.text("0123456789abcdefABCDEF", max_size=20)
    return st.one_of(imeis, others, whatever, nearly)


def asked() -> SearchStrategy[Asked]:
    """Draw a check of any interface."""
    said: dict[str, Any] = {
        "text": identities(),
        "at": st.sampled_from(INSTANTS),
        "svn": st.none() | st.sampled_from(("00", *SVNS)),
        "imsi": st.none() | imsis,
    }
    host, point_code = st.sampled_from(HOSTS), st.sampled_from(POINT_CODES)
    calling = st.sampled_from(CALLING)
    s13, over_map, prompt = map(st.just, Interface)
    return st.one_of(
        st.builds(Asked, **said, interface=s13, origin_host=host),
        st.builds(Asked, **said, interface=over_map, point_code=point_code, calling=calling),
        st.builds(Asked, **said, interface=prompt, msisdn=st.none() | msisdns),
    )


@dataclass(frozen=True, slots=True)
class Aim:
    """How a check is made to be about what a world says something of.

    Attributes:
        place: of the subject among all of them.
        tail: what follows the 14 digits.
        subscriber: whether the subscriber is the subject's too.
    """

    place: int
    tail: str
    subscriber: bool

    def at(self, world: World, asked: Asked) -> Asked:
        """Change a check so that it is about a subject."""
        subjects = [subject for said in world.lists.values() for subject in said]
        if not subjects:
            return asked
        subject = subjects[self.place % len(subjects)]
        first = f"{subject.tac}000001" if subject.tac else subject.imei
        about = replace(asked, text=first + self.tail if first else asked.text)
        if not self.subscriber:
            return about
        msisdn = subject.msisdn if asked.interface is Interface.PROMPT else ""
        return replace(about, imsi=subject.imsi or asked.imsi, msisdn=msisdn or asked.msisdn)


def about(subject: Subject, at: float) -> list[Asked]:
    """Ask about a subject: at the prompt, where its MSISDN can be said, and over the network."""
    text = f"{subject.tac}000001" if subject.tac else subject.imei or IMEIS[0]
    asked = Asked(text, at, svn=subject.svn or None, imsi=subject.imsi or None)
    at_prompt = replace(asked, interface=Interface.PROMPT, msisdn=subject.msisdn or None)
    return [at_prompt, replace(asked, imsi=subject.imsi or IMSIS[0])]


AIMS = st.builds(Aim, st.integers(0, 99), st.sampled_from(("", *TAILS)), st.booleans())


SINGLE = [{"imei": imei + tail} for imei in LISTED for tail in ("", "", "0", "01")]
SOFTWARE = [{"imei": imei, "svn": svn} for imei in LISTED for svn in SVNS]
RANGES = [
    {"imei": first, "imei_to": last, **svn}
    for first, last in combinations_with_replacement(sorted(IMEIS), 2)
    for svn in ({}, {}, *({"svn": svn} for svn in SVNS))
]
TYPES = [{"tac": tac} for tac in TACS]
MALFORMED_ONES = [{"imei": text} for text in OPAQUES]
SUBSCRIBERS = [
    *({"imsi": imsi} for imsi in IMSIS),
    *({"msisdn": msisdn} for msisdn in MSISDNS),
    *({"imsi": imsi, "msisdn": msisdn} for imsi in IMSIS for msisdn in MSISDNS),
]
PAIRS = [{"imei": imei, **subscriber} for imei in LISTED for subscriber in SUBSCRIBERS]
SUBJECTS = {
    ListName.TAC_BARRED: (TYPES,),
    ListName.TAC_PERMITTED: (TYPES,),
    ListName.BINDING: (PAIRS,),
}
ORDINARY = (SINGLE, SOFTWARE, RANGES, TYPES, MALFORMED_ONES, SUBSCRIBERS, PAIRS)

TIMES = [
    *({} for _ in range(5)),
    *({"effective": instant(at)} for at in BOUNDS),
    *({"expires": instant(at)} for at in BOUNDS),
    *(
        {"effective": instant(first), "expires": instant(last)}
        for first, last in combinations(BOUNDS, 2)
    ),
]
REASONED = [{"reason": reason} for reason in REASONS]
LOCKS = [{"lock": lock.value} for lock in Lock]
ENDINGS = [{}, {"then": "prohibited"}]


def lines(on: ListName) -> SearchStrategy[Line]:
    """Draw one good line of a list."""
    beside = [TIMES, REASONED]
    if on is ListName.BINDING:
        beside.append(LOCKS)
    if on is ListName.TRACKING:
        beside.append(ENDINGS)
    rests = [
        {key: value for cells in chosen for key, value in cells.items()}
        for chosen in product(*beside)
    ]
    rest = st.sampled_from([cells for cells in rests if "expires" in cells or "then" not in cells])
    subject = st.one_of(*map(st.sampled_from, SUBJECTS.get(on, ORDINARY)))
    return st.builds(lambda subject, rest: {**subject, **rest}, subject, rest)


FILES = {on: st.lists(lines(on), max_size=12, unique_by=subject_of) for on in ListName}


def worlds() -> SearchStrategy[World]:
    """Draw a world in which some lists say something: of all at once, the first would decide."""
    subscribers = st.none() | st.dictionaries(imsis, msisdns)
    tacs = st.none() | st.dictionaries(st.sampled_from(TACS), st.sampled_from(DEVICE_TYPES))
    said = st.one_of(*(st.tuples(st.just(on), _SOURCES, FILES[on]) for on in (*ListName, *BUSY)))
    files = st.lists(said, min_size=2, max_size=8)
    return st.builds(_world, files, subscribers, tacs)


# Lists that several rules ask.
BUSY = (ListName.EXCEPTION, ListName.PROHIBITED, ListName.PROHIBITED, ListName.PERMITTED)


def _world(
    said: Iterable[tuple[ListName, str, list[Line]]],
    subscribers: dict[str, str] | None,
    tacs: dict[str, str] | None,
) -> World:
    model = Model()
    for on, source, drawn in said:
        model.load_full(on, source, drawn)
    world = model.world()
    world.subscribers, world.tacs = subscribers, tacs
    return world


def settings() -> SearchStrategy[Settings]:
    """Draw what an operator may choose, with policies."""
    policies = st.lists(
        st.builds(lambda chosen, fits: Policy(chosen, **fits), changes(), matches()), max_size=2
    ).map(tuple)
    return st.builds(lambda chosen, of: Settings(**chosen, policies=of), changes(), policies)


def changes() -> SearchStrategy[dict[str, Any]]:
    """Draw some settings; the others stay as they are."""
    skipping = st.none() | STATUSES
    may_miss = DEFAULT_ORDER[1:-1]  # all but the operator's switch, and the last word
    some_order = st.builds(
        lambda order, left_out: (*(rule for rule in order if rule not in left_out), "unlisted"),
        st.permutations(DEFAULT_ORDER[:-1]),
        st.sets(st.sampled_from(may_miss), max_size=2),
    )
    orders = st.just(DEFAULT_ORDER) | st.just(DEFAULT_ORDER) | some_order
    return st.fixed_dictionaries(
        {},
        optional={
            "order": orders,
            "unlisted": STATUSES,
            "exception_no_imsi": skipping,
            "binding_violated": STATUSES,
            "binding_no_imsi": skipping,
            "individual_first": st.booleans(),
            "malformed": st.dictionaries(st.sampled_from(MALFORMED), skipping),
            "tac": st.dictionaries(st.sampled_from(TAC_CLASSES), skipping),
            "device_types": st.dictionaries(st.sampled_from(("SMARTPHONE", "modem")), STATUSES),
            "unregistered": skipping,
            "response_type": st.integers(0, 3),
            "audit": st.booleans(),
        },
    )


def matches() -> SearchStrategy[dict[str, Any]]:
    """Draw what a policy asks for: something that a check can fit, as others are refused."""
    prefixes = _some("00101", "001020", "9")
    subscribers = {"imsi_prefixes": prefixes, "not_imsi_prefixes": prefixes}
    interfaces = _some(*Interface)
    over_s13 = {
        "origin_hosts": _some("MME1.example.net", "mme2.example.net"),
        "interfaces": interfaces.filter(lambda chosen: chosen != (Interface.MAP,)),
    }
    over_map = {
        "point_codes": _some(*POINT_CODES),
        "calling": _some("1550", "15500001", "44"),
        "interfaces": interfaces.filter(lambda chosen: Interface.MAP in chosen),
    }
    drawn = [
        st.fixed_dictionaries({}, optional=subscribers | of)
        for of in (over_s13, over_map, {"interfaces": interfaces})
    ]
    return st.one_of(drawn).filter(lambda match: match and not _is_in_and_out(match))


def _is_in_and_out(match: dict[str, Any]) -> bool:
    out = match.get("not_imsi_prefixes", ())
    return any(prefix.startswith(out) for prefix in match.get("imsi_prefixes", ()))


def _some(*values: object) -> SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


def overrides() -> SearchStrategy[Override | None]:
    """Draw the operator's switch, mostly not set."""
    switch = st.builds(
        Override,
        status=STATUSES,
        reason=st.just("test of the switch"),
        author=st.just("tester"),
        since=st.sampled_from(BOUNDS),
        expires=st.none() | st.just(300),
    )
    return st.none() | st.none() | st.none() | st.none() | st.none() | st.none() | switch


def rounds() -> SearchStrategy[tuple[World, Override | None, list[Asked]]]:
    """Draw a world, the switch, and checks, most of which are about what that world names."""
    return st.builds(_round, worlds(), overrides(), st.lists(aimed(), min_size=8, max_size=24))


def aimed() -> SearchStrategy[tuple[Asked, Aim | None]]:
    """Draw a check, mostly to be about what a world names."""
    return st.tuples(asked(), AIMS | AIMS | AIMS | st.none())


def _round(
    world: World, switch: Override | None, aimed: list[tuple[Asked, Aim | None]]
) -> tuple[World, Override | None, list[Asked]]:
    return world, switch, [aim.at(world, each) if aim else each for each, aim in aimed]
