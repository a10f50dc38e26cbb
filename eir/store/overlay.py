"""Entries of an overlay: one number with a check octet, for keys that changed since the base."""

from eir.store.block import damaged

REMOVED = 0  # the value that says: no longer there
VALUE_BITS = 56
VALUE = (1 << VALUE_BITS) - 1
FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
SHIFT = 29
_MODULUS = (1 << 64) - 1


def read_value(numbers: tuple[int, ...], octets: bytes) -> int:
    """Read a value that `overlay_arrays` wrote.

    Args:
        numbers: owner and key.
        octets: what is stored under them.

    Raises:
        StoreError: it is not what was written under this key.
    """
    sealed = int.from_bytes(octets, "big")
    value = sealed & VALUE
    if len(octets) != 8 or sealed >> VALUE_BITS != _check(numbers, value):
        raise damaged("an entry fails its check")
    return value


def _check(numbers: tuple[int, ...], value: int) -> int:
    total = value * FACTORS[-1]
    for number, factor in zip((*numbers, value), FACTORS, strict=False):
        total ^= (number * factor) & _MODULUS
        total = (total * FACTORS[0]) & _MODULUS
        total ^= total >> SHIFT
    return (total * FACTORS[1] & _MODULUS) >> VALUE_BITS
