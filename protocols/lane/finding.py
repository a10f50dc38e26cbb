"""Finds the shape of a request by a few octets at once.

Shapes of one size are told apart by octets that are the same in all requests of each, and not in
all of them: a length, a tag. A few such octets at a time are looked at until one shape is left, so
it costs little which one a request may be of, however many there are. So are shapes of any size,
which have a middle, by octets that are so far from the beginning or the end.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from struct import error as StructError  # noqa: N812 - its own name says nothing
from typing import TypeAlias, final

from protocols.framing import Head
from protocols.lane.batch import Taken
from protocols.lane.family import Example, Fields
from protocols.lane.learning import MAX_OCTETS
from protocols.lane.shape import Shape, Side

Found: TypeAlias = tuple[Shape, Fields]

MOST_ANEW = 32  # ours: shapes that are told apart anew, for it takes a while
MAX_ALIKE = 8  # ours: shapes that no octet tells apart, each of which is tried with every request
MAX_ROOTS = 4  # ours: trees of shapes of one size, and of those of any size
MOST_MOVED = 256  # ours: shapes that are told apart anew when one has no octet where they do
MOST_PLACES = 4  # ours: octets that are looked at together
MOST_TRIED = 32  # ours: places on each side that are thought of

_NOBODY: frozenset[Example] = frozenset()


@final
class _Fork:
    """Where shapes are told apart.

    Attributes:
        places: of the octets that tell; those below 0 are counted from the end.
        tell: gives these octets of a message.
        ways: by these octets, the shapes that have them.
        count: how many shapes there are.
        due: of how many they are told apart anew.
    """

    __slots__ = ("count", "due", "places", "tell", "ways")

    def __init__(self, places: Sequence[int], shapes: Sequence[Shape]) -> None:
        self.places = places
        self.tell: Callable[[bytes], Hashable] = itemgetter(*places)
        self.count = len(shapes)
        self.due = 2 * self.count if self.count <= MOST_ANEW // 2 else 0
        ways: dict[Hashable, list[Shape]] = {}
        for shape in shapes:
            ways.setdefault(self.tell(shape.form.octets), []).append(shape)
        self.ways = {octets: _node(each) for octets, each in ways.items()}


_Node: TypeAlias = _Fork | tuple[Shape, ...]  # those that no octet tells apart


def _node(shapes: Sequence[Shape]) -> _Node:
    """Tell shapes apart, as far as that can be done."""
    places = _places_of(shapes) if len(shapes) > 1 else ()
    return _Fork(places, shapes) if places else tuple(shapes)


def _with(node: _Node, shape: Shape) -> _Node | None:
    """Add a shape; None: it cannot be told from so many as these are, or that would take long."""
    if not isinstance(node, _Fork):
        return _anew(node, shape)
    if not all(map(shape.tells, node.places)):
        return _anew(node, shape) if node.count <= MOST_MOVED else None
    if node.count + 1 == node.due and (more := _anew(node, shape)):
        return more
    octets = node.tell(shape.form.octets)
    way = _with(node.ways.get(octets, ()), shape)
    if way is None:
        return None
    node.ways[octets] = way
    node.count += 1
    return node


def _anew(node: _Node, shape: Shape) -> _Node | None:
    """Tell shapes apart anew, with one more; None: it cannot be told from so many."""
    more = _node([shape, *_shapes(node)])
    return more if _is_told(more) else None


def _is_told(node: _Node) -> bool:
    """Tell whether nowhere are too many shapes that no octet tells apart."""
    if isinstance(node, _Fork):
        return all(map(_is_told, node.ways.values()))
    return len(node) <= MAX_ALIKE


def _planted(roots: Sequence[_Node], shape: Shape) -> tuple[tuple[_Node, ...], Sequence[Shape]]:
    """Add a shape to the first tree that takes it; give the trees, and what had to go for it.

    Where none does and there are enough, all of that tree go which was not used for longest.
    """
    for at, root in enumerate(roots):
        node = _with(root, shape)
        if node is not None:
            return (*roots[:at], node, *roots[at + 1 :]), ()
    if len(roots) < MAX_ROOTS:
        return (*roots, (shape,)), ()
    oldest = min(roots, key=lambda root: max(each.used for each in _shapes(root)))
    kept = tuple(root for root in roots if root is not oldest)
    return (*kept, (shape,)), tuple(_shapes(oldest))


def _shapes(node: _Node) -> Iterator[Shape]:
    """Give all shapes."""
    if isinstance(node, _Fork):
        for way in node.ways.values():
            yield from _shapes(way)
    else:
        yield from node


def _kept_of(roots: Sequence[_Node], wanted: Callable[[Shape], bool]) -> tuple[_Node, ...]:
    return tuple(node for each in roots if (node := _kept(each, wanted)))


def _kept(node: _Node, wanted: Callable[[Shape], bool]) -> _Node:
    """Forget every shape that is not wanted."""
    if not isinstance(node, _Fork):
        return tuple(filter(wanted, node))
    kept = {octet: _kept(way, wanted) for octet, way in node.ways.items()}
    node.ways = {octet: way for octet, way in kept.items() if way}
    node.count = sum(1 for _ in _shapes(node))
    return node if node.ways else ()


class Finder:
    """All shapes of a lane."""

    def __init__(self, head: Head) -> None:
        """Know none yet; `head` says where requests have their size."""
        self._length = head.length
        self._sized: dict[int, tuple[_Node, ...]] = {}  # each shape is in one of the trees
        self._others: tuple[_Node, ...] = ()  # of any size

    def add(self, shape: Shape) -> Sequence[Shape]:
        """Add a shape; give those that had to go for it."""
        if shape.form.middle is None:
            size = shape.before
            self._sized[size], gone = _planted(self._sized.get(size, ()), shape)
        else:
            self._others, gone = _planted(self._others, shape)
        return gone

    def take(  # noqa: C901 - calls would cost each request more than they tell
        self, data: bytes, at: int, partners: Hashable, taken: Taken
    ) -> int:
        """Take requests apart that follow each other; return where the first one is left.

        Only what was met with these partners is taken. It ends behind two of one shape, too: they
        may begin a run. What a slot holds is called by a name: CPython calls it sooner so.
        """
        get_roots, others, length = self._sized.get, self._others, len(data)
        start, stop = self._length.start, self._length.stop
        add_shape, add_fields = taken.shapes.append, taken.fields.append
        add_number, add_size = taken.numbers.append, taken.sizes.append
        from_bytes = int.from_bytes
        last: Shape | None = None
        last_size = 0
        while True:
            size = from_bytes(data[at + start : at + stop])
            end = at + size
            if end > length or size > MAX_OCTETS:
                return at
            sized = get_roots(size)
            message = data[at:end]
            for root in others if sized is None else (*sized, *others):
                node = root
                try:
                    while type(node) is _Fork:
                        tell = node.tell
                        node = node.ways.get(tell(message), ())
                except IndexError:  # it is shorter than all of these
                    continue
                for shape in node:
                    unpack, fixed, example = shape.unpack, shape.fixed, shape.example
                    try:
                        fields = unpack(message)
                    except StructError:  # it is shorter than others like it
                        continue
                    if fixed(fields) == shape.literals and example(
                        fields
                    ) in shape.examples.met.get(partners, _NOBODY):
                        break
                else:
                    continue
                break
            else:
                return at
            read = shape.number
            number = read(fields)
            if not number:
                return at
            add_shape(shape)
            add_fields(fields)
            add_number(number)
            add_size(size)
            shape.family.hits += 1
            at = end
            if shape is last and size == last_size:
                return at
            last, last_size = shape, size

    def like(self, octets: bytes) -> Iterator[Found]:
        """Find the shapes of a whole request, whether it was met or not, and take it apart.

        There are several where it depends on who asks what requests mean. What is in the middle
        is not looked at.
        """
        for root in (*self._sized.get(len(octets), ()), *self._others):
            for shape in _way(root, octets):
                fields = shape.fields(octets)
                if fields is not None:
                    yield shape, fields

    def shapes(self) -> Iterator[Shape]:
        """Give every shape."""
        for roots in (*self._sized.values(), self._others):
            for root in roots:
                yield from _shapes(root)

    def keep(self, wanted: Callable[[Shape], bool]) -> None:
        """Forget every shape that is not wanted."""
        kept = {size: _kept_of(roots, wanted) for size, roots in self._sized.items()}
        self._sized = {size: roots for size, roots in kept.items() if roots}
        self._others = _kept_of(self._others, wanted)


def _way(node: _Node, octets: bytes) -> tuple[Shape, ...]:
    """Give the shapes that a whole request may be of."""
    try:
        while isinstance(node, _Fork):
            node = node.ways.get(node.tell(octets), ())
    except IndexError:  # it is shorter than those
        return ()
    return node


def _places_of(shapes: Sequence[Shape]) -> list[int]:
    """Give the places of a few octets that tell most of these shapes apart, if any do.

    They are the same in all requests of each of them: what is free in a shape would have to be
    looked for wherever the others are.
    """
    sides = zip(*(shape.told for shape in shapes), strict=True)
    before, behind = (list(islice(_places(side), MOST_TRIED)) for side in sides)
    places = [*before, *(~place for place in behind)]
    some = shapes[:: -(-len(shapes) // MOST_ANEW)]
    chosen: list[int] = []
    count = 1
    while places and len(chosen) < MOST_PLACES:
        kinds = {place: _kinds([*chosen, place], some) for place in places}
        best = max(places, key=kinds.__getitem__)
        if kinds[best] == count:
            break
        chosen.append(best)
        count = kinds[best]
    return chosen


def _kinds(places: Sequence[int], shapes: Sequence[Shape]) -> int:
    """Count what the octets at some places are, taken together."""
    return len({tuple([shape.form.octets[place] for place in places]) for shape in shapes})


def _places(sides: Sequence[Side]) -> Iterator[int]:
    """Give the places where these octets are not all the same, and are fixed in each."""
    least = min(len(octets) for octets, _ in sides)
    first = int.from_bytes(sides[0][0][:least], "little")
    differing, everywhere = 0, (1 << 8 * least) - 1
    for octets, fixed in sides:
        differing |= first ^ int.from_bytes(octets[:least], "little")
        everywhere &= int.from_bytes(fixed[:least], "little")
    found = (differing & everywhere).to_bytes(least, "little")
    return (place for place in range(least) if found[place])
