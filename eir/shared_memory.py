"""Memory that processes share: whoever makes it gives the others its descriptor."""

import mmap
import os


def share(name: str, octets: int) -> tuple[int, memoryview]:
    """Make memory of zeros, which lives as long as somebody has it; give its descriptor, too."""
    descriptor = os.memfd_create(name)
    os.ftruncate(descriptor, octets)
    return descriptor, attach(descriptor)


def attach(descriptor: int) -> memoryview:
    """Have memory that another process made."""
    return memoryview(mmap.mmap(descriptor, os.fstat(descriptor).st_size))
