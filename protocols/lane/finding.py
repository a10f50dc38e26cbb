"""Finds the shape of a request by what is fixed at its beginning.

A path is a way to look at that beginning: octets that are fixed, and where leaves stretch their
length, which says where to look on. Shapes whose values stand alike share a path, and what is seen
along it is their key. Behind an agent requests come in thousands of lengths, but in few paths.
"""

from collections.abc import Callable, Iterator
from struct import Struct
from struct import error as StructError  # noqa: N812 - its own name says nothing
from typing import TypeAlias

from protocols.lane.form import Form
from protocols.lane.shape import Fields, Shape

Key: TypeAlias = tuple[bytes, ...]
Found: TypeAlias = tuple[Shape, Fields]
Find: TypeAlias = Callable[[bytes, int], Found | None]

MAX_STEPS = 2  # ours: stretching leaves that a path looks behind; the whole length says the rest
HEAD = 64  # octets; ours: how far a path looks where nothing stretches


class _Path:
    """One way to look at the beginning of requests."""

    def __init__(self, layouts: tuple[str, ...]) -> None:
        self.layouts = layouts
        self.shapes: dict[Key, list[Shape]] = {}
        self._steps = [(Struct(layout).size, Struct(layout).unpack_from) for layout in layouts]
        self._skips: dict[bytes, int] = {}  # by what stands before a leaf that stretches
        self.find = self._finder_once() if len(layouts) == 1 else self._finder_twice()

    def add(self, shape: Shape, skips: list[int]) -> bool:
        """Add a shape, and how far its stretching leaves reach; False: others reach elsewhere."""
        octets, at = shape.form.octets, 0
        key: Key = ()
        reached: dict[bytes, int] = {}
        for (size, unpack), skip in zip(self._steps, [*skips, 0], strict=True):
            seen = unpack(octets, at)
            key += seen
            if skip and reached.setdefault(seen[-1], self._skips.get(seen[-1], skip)) != skip:
                return False
            at += size + skip
        self._skips |= reached
        self.shapes.setdefault(key, []).insert(0, shape)
        return True

    def keep(self, wanted: Callable[[Shape], bool]) -> None:
        """Forget every shape that is not wanted."""
        for key, here in list(self.shapes.items()):
            here[:] = [each for each in here if wanted(each)]
            if not here:
                del self.shapes[key]

    # What both of these do with what they found stands in both: a call costs each request.

    def _finder_once(self) -> Find:
        ((_, unpack),) = self._steps
        shapes = self.shapes

        def find(data: bytes, at: int) -> Found | None:
            try:
                for shape in shapes.get(unpack(data, at), ()):
                    fields = shape.unpack(data, at)
                    if fields[::2] == shape.literals:
                        return shape, fields
            except StructError:  # the buffer ends here
                return None
            return None

        return find

    def _finder_twice(self) -> Find:
        (size, unpack), (_, unpack_next) = self._steps
        shapes, skips = self.shapes, self._skips

        def find(data: bytes, at: int) -> Found | None:
            try:
                seen = unpack(data, at)
                skip = skips.get(seen[-1])
                if skip is None:
                    return None
                for shape in shapes.get(seen + unpack_next(data, at + size + skip), ()):
                    fields = shape.unpack(data, at)
                    if fields[::2] == shape.literals:
                        return shape, fields
            except StructError:  # the buffer ends here
                return None
            return None

        return find


class Finder:
    """All shapes of a lane."""

    def __init__(self) -> None:
        self._paths: list[_Path] = []

    def add(self, shape: Shape) -> None:
        """Add a shape."""
        layouts, skips = _layouts(shape.form)
        if any(path.layouts == layouts and path.add(shape, skips) for path in self._paths):
            return
        path = _Path(layouts)
        path.add(shape, skips)
        self._paths.append(path)

    @property
    def find(self) -> Find:
        """What finds the shape of the request that begins in a buffer, and takes it apart."""
        return self._paths[0].find if len(self._paths) == 1 else self._find

    def _find(self, data: bytes, at: int) -> Found | None:
        for path in self._paths:
            found = path.find(data, at)
            if found is not None:
                return found
        return None

    def shapes(self) -> Iterator[Shape]:
        """Give every shape."""
        for path in self._paths:
            for shapes in path.shapes.values():
                yield from shapes

    def keep(self, wanted: Callable[[Shape], bool]) -> None:
        """Forget every shape that is not wanted, and every path that none is left on."""
        for path in self._paths:
            path.keep(wanted)
        self._paths = [path for path in self._paths if path.shapes]


def _layouts(form: Form) -> tuple[tuple[str, ...], list[int]]:
    """Say what a path to a form's requests looks at, and what it skips between.

    Behind a leaf that stretches it looks on from the next leaf: the tags between are looked at
    with the rest of the request.
    """
    free, leaves = set(form.free), form.leaves
    stops = [place for place in sorted(form.stretching) if place + 1 < len(leaves)][:MAX_STEPS]
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
