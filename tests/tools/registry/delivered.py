"""Reads what a simulated registry delivers, from the octets alone."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools.registry.days import Registry, Settings
from tools.registry.parcel import Delivery, File, Parcel
from tools.registry.variants import Variant

Rows = list[dict[str, str]]


def registry(form: str = "dirbs", *variants: Variant, seed: int = 3, size: int = 60) -> Registry:
    return Registry(
        Settings(format=form, seed=seed, size=size, variants=frozenset(variants), full_every=1)
    )


def members(delivery: Delivery) -> dict[str, bytes]:
    """Give all files by name, those in archives, too."""
    return dict(_members(delivery.parcels))


def _members(parcels: Iterable[Parcel]) -> Iterable[tuple[str, bytes]]:
    for parcel in parcels:
        assert isinstance(parcel, File)
        if parcel.name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(parcel.octets)) as archive:
                yield from ((info.filename, archive.read(info)) for info in archive.infolist())
        else:
            yield parcel.name, parcel.octets


def rows(octets: bytes) -> Rows:
    """Read a table, its columns named as they are."""
    return list(csv.DictReader(io.StringIO(octets.decode(), newline="")))


def named(delivery: Delivery, *parts: str) -> bytes:
    """Give the one file whose name has all the parts."""
    (name,) = (each for each in members(delivery) if all(part in each for part in parts))
    return members(delivery)[name]


def keyed(table: Rows, *columns: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Give lines by their keys; no key comes twice."""
    found = {tuple(row[name] for name in columns): tuple(row.values()) for row in table}
    assert len(found) == len(table)
    return found


def applied(
    full: Mapping[tuple[str, ...], tuple[str, ...]],
    delta: Iterable[tuple[str, Rows]],
    *columns: str,
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Do to a full list what a delta says: pairs of an operation and its lines."""
    result = dict(full)
    for operation, table in delta:
        for key, row in keyed(table, *columns).items():
            if operation == "put":
                assert key not in result
                result[key] = row
            elif operation == "change":
                assert key in result
                result[key] = row
            else:
                del result[key]
    return result


BEFORE = 4  # runs before the fault


@dataclass(frozen=True)
class Struck:
    """A delivery with a fault, the same without, and those before."""

    wrong: Delivery
    right: Delivery
    earlier: list[Delivery]
    registry: Registry


def struck(fault: str, form: str = "dirbs", *variants: Variant, size: int = 60) -> Struck:
    good, bad = (registry(form, *variants, size=size) for _ in range(2))
    for _ in range(BEFORE):
        good.deliver()
    earlier = [bad.deliver() for _ in range(BEFORE)]
    return Struck(bad.deliver(fault), good.deliver(), earlier, bad)


def changed(case: Struck) -> set[str]:
    """Name the files whose octets are not as they should be; those that are missing, too."""
    right, wrong = members(case.right), members(case.wrong)
    return {name for name in right.keys() | wrong.keys() if right.get(name) != wrong.get(name)}


def lines(octets: bytes) -> list[bytes]:
    return octets.splitlines()


def first_zip(delivery: Delivery) -> zipfile.ZipFile:
    parcel = delivery.parcels[0]
    assert isinstance(parcel, File)
    return zipfile.ZipFile(io.BytesIO(parcel.octets))
