"""Finds the shape of a request by single octets.

Shapes of one size are told apart by octets that are the same in all requests of each, and not in
all of them: a length, a tag. One such octet after another is looked at until one shape is left,
so however many there are, a few octets tell which one a request may be of. Behind an agent
requests come in thousands of lengths.
"""

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from struct import error as StructError  # noqa: N812 - its own name says nothing
from typing import TypeAlias, final

from protocols.framing import Head
from protocols.lane.batch import Taken
from protocols.lane.form import Form
from protocols.lane.shape import Example, Fields, Shape

Found: TypeAlias = tuple[Shape, Fields]

_NOBODY: frozenset[Example] = frozenset()


@final
class _Fork:
    """Where shapes are told apart.

    Attributes:
        place: of the octet that tells.
        ways: by that octet, the shapes that have it.
    """

    __slots__ = ("place", "ways")

    def __init__(self, place: int, shapes: Iterable[Shape]) -> None:
        self.place = place
        ways: dict[int, list[Shape]] = {}
        for shape in shapes:
            ways.setdefault(shape.form.octets[place], []).append(shape)
        self.ways = {octet: _node(each) for octet, each in ways.items()}


_Node: TypeAlias = _Fork | tuple[Shape, ...]  # those that no octet tells apart, the newest first


def _node(shapes: Sequence[Shape]) -> _Node:
    """Tell shapes of one size apart, as far as that can be done."""
    place = _place_of(shapes) if len(shapes) > 1 else 0
    return _Fork(place, shapes) if place else tuple(shapes)


def _with(node: _Node, shape: Shape) -> _Node:
    """Add a shape."""
    if not isinstance(node, _Fork) or _free_octets(shape.form) >> 8 * node.place & 1:
        return _node([shape, *_shapes(node)])
    octet = shape.form.octets[node.place]
    node.ways[octet] = _with(node.ways.get(octet, ()), shape)
    return node


def _shapes(node: _Node) -> Iterator[Shape]:
    """Give all shapes."""
    if isinstance(node, _Fork):
        for way in node.ways.values():
            yield from _shapes(way)
    else:
        yield from node


def _kept(node: _Node, wanted: Callable[[Shape], bool]) -> _Node:
    """Forget every shape that is not wanted."""
    if not isinstance(node, _Fork):
        return tuple(filter(wanted, node))
    kept = {octet: _kept(way, wanted) for octet, way in node.ways.items()}
    node.ways = {octet: way for octet, way in kept.items() if way}
    return node if node.ways else ()


class Finder:
    """All shapes of a lane."""

    def __init__(self, head: Head) -> None:
        """Know none yet; `head` says where requests have their size."""
        self._size = head.length
        self._nodes: dict[bytes, _Node] = {}

    def add(self, shape: Shape) -> None:
        """Add a shape."""
        size = shape.form.octets[self._size]
        self._nodes[size] = _with(self._nodes.get(size, ()), shape)

    def take(self, data: bytes, at: int, partners: Hashable, taken: Taken) -> int:
        """Take requests apart that follow each other; return where the first one is left.

        Only what was met with these partners is taken. It ends behind two of one shape, too: they
        may begin a run.
        """
        get_node, start, end = self._nodes.get, self._size.start, self._size.stop
        add_shape, add_fields = taken.shapes.append, taken.fields.append
        add_number = taken.numbers.append
        last: Shape | None = None
        try:
            while node := get_node(data[at + start : at + end]):
                while type(node) is _Fork:
                    node = node.ways.get(data[at + node.place], ())
                for shape in node:
                    fields = shape.unpack(data, at)
                    if shape.fixed(fields) == shape.literals and shape.example(
                        fields
                    ) in shape.examples.met.get(partners, _NOBODY):
                        break
                else:
                    return at
                number = shape.number(fields)
                if not number:
                    return at
                add_shape(shape)
                add_fields(fields)
                add_number(number)
                shape.family.hits += 1
                at += shape.size
                if shape is last:
                    return at
                last = shape
        except (StructError, IndexError):  # the buffer ends here
            return at
        return at

    def like(self, octets: bytes) -> Iterator[Found]:
        """Find the shapes of a whole request, whether it was met or not, and take it apart.

        There are several where it depends on who asks what requests mean.
        """
        node = self._nodes.get(octets[self._size], ())
        with contextlib.suppress(IndexError):  # it is shorter than it says
            while isinstance(node, _Fork):
                node = node.ways.get(octets[node.place], ())
            for shape in node:
                fields = shape.fields(octets)
                if fields is not None:
                    yield shape, fields

    def shapes(self) -> Iterator[Shape]:
        """Give every shape."""
        for node in self._nodes.values():
            yield from _shapes(node)

    def keep(self, wanted: Callable[[Shape], bool]) -> None:
        """Forget every shape that is not wanted."""
        kept = {size: _kept(node, wanted) for size, node in self._nodes.items()}
        self._nodes = {size: node for size, node in kept.items() if node}


def _place_of(shapes: Sequence[Shape]) -> int:
    """Give the place of the octet that tells most of these shapes apart; 0: none does.

    It is the same in all requests of each of them: what is free in a shape would have to be
    looked for wherever the others are.
    """
    differing = free = 0
    first = int.from_bytes(shapes[0].form.octets, "little")
    for shape in shapes:
        differing |= first ^ int.from_bytes(shape.form.octets, "little")
        free |= _free_octets(shape.form)
    told = (differing & ~free).to_bytes(max(shape.size for shape in shapes), "little")
    everywhere = range(min(shape.size for shape in shapes))
    places = (place for place in everywhere if told[place])
    return max(places, key=lambda place: len({s.form.octets[place] for s in shapes}), default=0)


def _free_octets(form: Form) -> int:
    """Give all bits of the octets that are free, those of the first octet lowest."""
    free = 0
    for leaf in map(form.leaves.__getitem__, form.free):
        free |= (1 << 8 * (leaf.end - leaf.start)) - 1 << 8 * leaf.start
    return free
