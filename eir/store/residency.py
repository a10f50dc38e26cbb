"""Gives memory back after a walk over a whole map.

What was read of a mapped file counts as this process's memory until it is unmapped, though the
system may take it back at any time. A load that reads a nation's list should not look as if it
needed so much.
"""

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path

_DONTNEED = 4  # MADV_DONTNEED: of a shared file mapping, only its place in our page table goes
_MAPS = Path("/proc/self/maps")
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+s \S+ \S+ \S+ +(.+)")


def release(file: Path) -> None:
    """Forget which pages of a shared mapping of `file` were read; they stay in the file cache."""
    libc = ctypes.CDLL(None, use_errno=False)
    for start, end in _mappings(file):
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _DONTNEED)


def _mappings(file: Path) -> Iterator[tuple[int, int]]:
    """Find where a file is mapped; nothing where the system does not say."""
    if not _MAPS.exists():
        return
    name = str(file.resolve())
    for line in _MAPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        found = _MAPPING.fullmatch(line)
        if found and found[3] == name:
            yield int(found[1], 16), int(found[2], 16)
