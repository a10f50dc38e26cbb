"""Finds the shape of a request by what is fixed at its beginning.

A path is a way to look at that beginning: octets that are fixed, and where leaves stretch their
length, which says where to look on. Shapes whose values stand alike share a path, and what is seen
along it is their key. Behind an agent requests come in thousands of lengths, but in few paths.
"""

from collections.abc import Callable, Iterator
from struct import Struct
from typing import TypeAlias

from protocols.lane.form import Form
from protocols.lane.shape import Shape

Key: TypeAlias = tuple[bytes, ...]

HEAD = 64  # octets; ours: how far a path looks where nothing stretches


class _Path:
    """One way to look at the beginning of requests."""

    def __init__(self, layouts: tuple[str, ...]) -> None:
        self.shapes: dict[Key, list[Shape]] = {}
        self._steps = [(Struct(layout).size, Struct(layout).unpack_from) for layout in layouts]
        self._skips: dict[bytes, int] = {}  # by what stands before a leaf that stretches

    def key(self, data: bytes, at: int, end: int) -> Key | None:
        """Look along the path; None: it does not lead through this request."""
        key: Key = ()
        skip = 0
        for size, unpack in self._steps:
            at += skip
            if at + size > end:
                return None
            seen = unpack(data, at)
            key += seen
            at += size
            skip = self._skips.get(seen[-1], end)
        return key

    def add(self, shape: Shape, skips: list[int]) -> None:
        """Add a shape, and how far its stretching leaves reach."""
        octets, at = shape.form.octets, 0
        key: Key = ()
        for (size, unpack), skip in zip(self._steps, [*skips, 0], strict=True):
            seen = unpack(octets, at)
            key += seen
            if skip:
                self._skips[seen[-1]] = skip
            at += size + skip
        self.shapes.setdefault(key, []).insert(0, shape)


class Finder:
    """All shapes of a lane."""

    def __init__(self) -> None:
        self._paths: dict[tuple[str, ...], _Path] = {}
        self._in_order: list[_Path] = []

    def add(self, shape: Shape) -> None:
        """Add a shape."""
        layouts, skips = _layouts(shape.form)
        path = self._paths.get(layouts)
        if path is None:
            path = self._paths[layouts] = _Path(layouts)
            self._in_order.append(path)
        path.add(shape, skips)

    def find(self, data: bytes, at: int, end: int) -> Shape | None:
        """Find the shape of the request that begins in a buffer."""
        for path in self._in_order:
            key = path.key(data, at, end)
            for shape in path.shapes.get(key, ()) if key is not None else ():
                if at + shape.size <= end and shape.unpack(data, at)[::2] == shape.literals:
                    return shape
        return None

    def shapes(self) -> Iterator[Shape]:
        """Give every shape."""
        for path in self._in_order:
            for shapes in path.shapes.values():
                yield from shapes

    def keep(self, wanted: Callable[[Shape], bool]) -> None:
        """Forget every shape that is not wanted."""
        kept = [shape for shape in self.shapes() if wanted(shape)]
        self._paths.clear()
        self._in_order.clear()
        for shape in reversed(kept):
            self.add(shape)


def _layouts(form: Form) -> tuple[tuple[str, ...], list[int]]:
    """Say what a path to a form's requests looks at, and what it skips between.

    Behind a leaf that stretches it looks on from the next leaf: the tags between are looked at
    with the rest of the request.
    """
    free, leaves = set(form.free), form.leaves
    stops = [place for place in sorted(form.stretching) if place + 1 < len(leaves)]
    layouts, skips, first, start = [], [], 0, 0
    for stop in stops or [_beyond(form)]:
        end = leaves[stop].start if stop < len(leaves) else len(form.octets)
        layout, at = ">", start
        for place in range(first, stop):
            if place in free:
                layout += f"{leaves[place].start - at}s{leaves[place].end - leaves[place].start}x"
                at = leaves[place].end
        layouts.append(f"{layout}{end - at}s")
        if stop in stops[:-1]:
            first, start = stop + 1, leaves[stop + 1].start
            skips.append(start - end)
    return tuple(layouts), skips


def _beyond(form: Form) -> int:
    """Give the first leaf behind `HEAD`."""
    places = (place for place, leaf in enumerate(form.leaves) if leaf.start >= HEAD)
    return next(places, len(form.leaves))
