"""The part of requests that may be of any length."""

import pytest

from protocols.lane.finding import MAX_ALIKE
from protocols.lane.form import Form
from protocols.lane.middle import Middle, middle_of
from protocols.lane.syntax import Leaf
from tests.protocols.lane.toy import (
    GROUP,
    HOST,
    PROXY,
    SESSION,
    Elements,
    Peer,
    Rule,
    ToySyntax,
    ask,
    copied,
    message,
    study,
    text,
    toy,
)

REALM = b"d"
REALMS = {REALM: Rule(reads=text("realm"))}


def middle(form: Form) -> bytes | None:
    """Give what stands there."""
    if form.middle is None:
        return None
    start, end = form.middle.bounds(form.leaves)
    return form.octets[start:end]


def test_names_that_nothing_follows_are_in_the_middle_with_their_lengths() -> None:
    form = study(ask((SESSION, b"abc"), (HOST, b"mme1"), (b"x", b"12")), toy())
    assert middle(form) == b"\4mme1"
    assert form.lengths == (1,)
    assert form.middle == Middle(first=2, after=4, lead=1, gap=6, length=slice(0, 2))


@pytest.mark.parametrize("between", [[], [(b"x", b"12")]])
def test_what_stands_between_names_is_with_them(between: Elements) -> None:
    form = study(ask((HOST, b"mme1"), *between, (REALM, b"example")), toy(REALMS))
    values = b"".join(b"x\x02" + value for _, value in between if isinstance(value, bytes))
    assert middle(form) == b"\4mme1" + values + b"d\7example"
    assert form.lengths == ()


@pytest.mark.parametrize(("octets", "lead"), [(251, 1), (254, 1), (255, 0)])
def test_no_value_is_longer_than_it_may_be(octets: int, lead: int) -> None:
    found = middle_of(ask((HOST, b"m" * octets)), ToySyntax(), (0, 1, 2), (1,), (1,))
    assert found == Middle(first=1, after=2, lead=lead, gap=2, length=slice(0, 2))


@pytest.mark.parametrize(
    ("octets", "rules"),
    [
        (ask((SESSION, b"abc")), {}),
        (ask((HOST, b"mme1")), {HOST: Rule(reads=text("peer"), writes=copied(HOST))}),
        (ask((HOST, b"mme1"), (SESSION, b"abc")), {}),
        (ask((GROUP, [(HOST, b"mme1")])), {}),
        (message([(b"e", b"35209900000017"), (HOST, b"mme1")]), {}),
    ],
    ids=["no name", "one that is answered", "before what stretches", "in a group", "at the end"],
)
def test_other_names_are_not(octets: bytes, rules: dict[bytes, Rule]) -> None:
    assert study(octets, toy(rules)).middle is None


class TwiceCounted(ToySyntax):
    """The message's length stands twice: in its head, and in the first element."""

    def leaves(self, octets: bytes) -> tuple[Leaf, ...]:
        return tuple(leaf for leaf in super().leaves(octets) if leaf.start != _COUNT.start)

    def resize(self, octets: bytes, leaf: int, value: bytes) -> bytes:
        plain, where = ToySyntax(), self.leaves(octets)[leaf]
        longer = plain.resize(octets, plain.leaves(octets).index(where), value)
        return longer[: _COUNT.start] + bytes((len(longer),)) + longer[_COUNT.end :]


_COUNT = Leaf(6, 7)


@pytest.mark.parametrize(("free", "lead"), [((0, 2, 3), 5), ((0, 1, 2, 3), None)])
def test_nothing_free_stands_before_a_name_where_its_length_is_said(
    free: tuple[int, ...], lead: int | None
) -> None:
    octets = bytearray(ask((b"c", b"\0"), (b"x", b""), (HOST, b"mme1")))
    octets[_COUNT.start] = len(octets)
    found = middle_of(bytes(octets), TwiceCounted(), free, (2,), (2,))
    assert (found and found.lead) == lead


def test_one_shape_is_for_all_lengths() -> None:
    peer = Peer(toy(REALMS))
    names = [(b"m" * count, b"example"[: count % 8]) for count in range(1, 60)]
    asked = [ask((SESSION, b"i;1"), (HOST, host), (REALM, realm)) for host, realm in names]
    peer.teach(*asked)
    assert all(map(peer.knows, asked))
    (known,) = peer.lane.known()
    assert (known.lengths, known.examples) == (1, len(asked))
    taken, _, _ = peer.quickly(b"".join(asked))
    assert taken == sum(map(len, asked))


def test_what_has_something_else_in_the_middle_is_of_another_kind() -> None:
    """It begins and ends like the others, and may be met like them."""
    peer = Peer(toy(REALMS))
    plain = [ask((SESSION, b"i;1"), (HOST, host)) for host in (b"mme1", b"mme20")]
    with_proxy = [
        ask((SESSION, b"i;1"), (HOST, host), (PROXY, b"p")) for host in (b"mme1", b"mme20")
    ]
    peer.teach(*plain, *with_proxy)
    assert all(map(peer.knows, [*plain, *with_proxy]))
    assert [known.lengths for known in peer.lane.known()] == [1, 1]


def test_one_of_another_kind_is_made_for_other_lengths_at_once() -> None:
    peer = Peer(toy(REALMS))
    kinds = [(HOST, b"mme1")], [(HOST, b"mme1"), (b"x", b"12")]
    for length in (3, 4):
        peer.teach(*(ask((SESSION, b"s" * length), *kind) for kind in kinds))
    for kind in kinds:
        assert peer.knows(ask((SESSION, b"s" * 9), *kind))


def test_of_kinds_that_differ_in_the_middle_only_a_few_are_looked_at_for_each_request() -> None:
    peer = Peer(toy(REALMS))
    kinds = [
        [(HOST, b"mme1"), (b"x", bytes((number,))), (REALM, b"example")]
        for number in range(3 * MAX_ALIKE)
    ]
    asked = [ask((SESSION, b"i;1"), *kind) for kind in kinds]
    for octets in asked:
        peer.teach(octets)
    assert all(map(peer.knows, asked))
    assert max(len(list(peer.lane._finder.like(octets))) for octets in asked) <= MAX_ALIKE + 1
    for length in range(20):
        assert peer.knows(ask((SESSION, bytes(length)), *kinds[0]))


def test_kinds_that_differ_in_the_middle_only_are_made_for_other_lengths_all_alike() -> None:
    peer = Peer(toy(REALMS))
    kinds = [[(HOST, b"mme1"), (bytes((number,)), b"x")] for number in range(128, 132 + MAX_ALIKE)]
    for kind in kinds:
        peer.teach(ask((SESSION, b"i;1"), *kind))
    studied = peer.lane.counts.learned
    for length in range(5, 30):
        asked = [ask((SESSION, bytes(length)), *kind) for kind in kinds]
        peer.teach(*asked)
        assert all(map(peer.knows, asked))
    assert peer.lane.counts.learned == studied == len(kinds)
    assert peer.lane._shapes == len(list(peer.lane._finder.shapes()))


def test_names_with_too_much_between_them_are_not_in_the_middle() -> None:
    for count, is_there in (0, True), (2, True), (3, False):
        between: Elements = [(GROUP, [(b"x", bytes(200))])] * count
        form = study(ask((SESSION, b"i;1"), (HOST, b"mme1"), *between, (REALM, b"d")), toy(REALMS))
        assert (form.middle is not None) is is_there
