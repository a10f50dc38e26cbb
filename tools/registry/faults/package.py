"""Faults of packages: members that are missing, foreign or hostile, files that are damaged."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tools.registry.faults.fault import Fault, FaultError, OfDelivery, Scene, is_sort
from tools.registry.parcel import Archive, Delivery, File, Link, Parcel, Sort
from tools.registry.writers.dirbs import Dirbs

_BOMB_OCTETS: Final = 64 << 20  # unpacked; packed a thousandth of it
_OUTSIDE: Final = "/etc/hostname"  # what a link leads to: there, and harmless
_LINK_MODE: Final = 0o120777 << 16  # as Unix zips mark symbolic links


def _repacked(
    delivery: Delivery, change: Callable[[Archive], Archive], *, sort: Sort | None = None
) -> Delivery:
    """Change the first archive, or the first about a list."""
    for parcel in delivery.parcels:
        if isinstance(parcel, Archive) and (sort is None or parcel.members[0].sort is sort):
            return _swapped(delivery, parcel, change(parcel))
    raise FaultError("this delivery has no archive that can have that fault")


def _swapped(delivery: Delivery, old: Parcel, new: Parcel) -> Delivery:
    parcels = tuple(new if parcel is old else parcel for parcel in delivery.parcels)
    return replace(delivery, parcels=parcels)


def _first_zip(delivery: Delivery) -> File:
    for file in delivery.files:
        if file.name.endswith(".zip"):
            return file
    raise FaultError("this delivery has no archive")


def _missing_member(delivery: Delivery, _scene: Scene) -> Delivery:
    return _repacked(delivery, lambda archive: replace(archive, members=archive.members[:-1]))


def _with_member(name: str) -> OfDelivery:
    """Put one more member into the first archive."""

    def content(delivery: Delivery, _scene: Scene) -> Delivery:
        more = File(name, b"imei\r\n")
        return _repacked(
            delivery, lambda archive: replace(archive, members=(*archive.members, more))
        )

    return content


def _duplicate_member(delivery: Delivery, _scene: Scene) -> Delivery:
    def repeat(archive: Archive) -> Archive:
        return replace(archive, members=(*archive.members, archive.members[0]))

    return _repacked(delivery, repeat)


def _others(scene: Scene, operator: str) -> Delivery:
    """Write what another operator gets after the same run."""
    if not isinstance(scene.writer, Dirbs):
        raise FaultError("only DIRBS writes files for each operator")
    return replace(scene.writer, operator=operator).deliver(scene.world.history, scene.day)


def _foreign_member(delivery: Delivery, scene: Scene) -> Delivery:
    """Do what dirbs-listgen does: it packs what begins with the name, op10's files into op1's."""
    others = [file for file in _others(scene, "op10").files if file.sort is Sort.EXCEPTIONS]
    return _repacked(
        delivery,
        lambda archive: replace(archive, members=(*archive.members, *others)),
        sort=Sort.EXCEPTIONS,
    )


def _emptied_archive(delivery: Delivery, _scene: Scene) -> Delivery:
    return _repacked(delivery, lambda archive: replace(archive, members=()), sort=Sort.EXCEPTIONS)


def _foreign_operator(delivery: Delivery, scene: Scene) -> Delivery:
    """Put another operator's members under the right name of the archive."""
    others = tuple(file for file in _others(scene, "op2").files if file.sort is Sort.EXCEPTIONS)
    return _repacked(
        delivery, lambda archive: replace(archive, members=others), sort=Sort.EXCEPTIONS
    )


def _other_operators(delivery: Delivery, scene: Scene) -> Delivery:
    """Let everybody's files lie in one directory."""
    more = [
        parcel
        for operator in ("op2", "op10")
        for parcel in _others(scene, operator).parcels
        if operator in parcel.name
    ]
    return replace(delivery, parcels=(*delivery.parcels, *more))


def _missing_exceptions(delivery: Delivery, _scene: Scene) -> Delivery:
    return replace(delivery, parcels=tuple(filter(_is_not_exceptions, delivery.parcels)))


def _late_exceptions(delivery: Delivery, _scene: Scene) -> Delivery:
    late = tuple(parcel for parcel in delivery.parcels if not _is_not_exceptions(parcel))
    parcels = tuple(filter(_is_not_exceptions, delivery.parcels))
    return replace(delivery, parcels=parcels, late=(*delivery.late, *late))


def _is_not_exceptions(parcel: Parcel) -> bool:
    wanted = is_sort(Sort.EXCEPTIONS)
    match parcel:
        case File():
            return not (wanted(parcel) or "_exceptions_" in parcel.name)
        case Archive():
            return not any(map(wanted, parcel.members))
        case Link():
            return True


def _truncated_zip(delivery: Delivery, _scene: Scene) -> Delivery:
    file = _first_zip(delivery)
    return _swapped(delivery, file, replace(file, octets=file.octets[: len(file.octets) * 2 // 3]))


def _bad_crc(delivery: Delivery, _scene: Scene) -> Delivery:
    """Turn one bit of a stored member, so that only its CRC-32 tells."""
    file = _first_zip(delivery)
    with zipfile.ZipFile(io.BytesIO(file.octets)) as archive:
        member = max(archive.infolist(), key=lambda info: info.file_size)
    octets = bytearray(file.octets)
    octets[member.header_offset + 30 + len(member.filename) + member.file_size // 2] ^= 1
    return _swapped(delivery, file, replace(file, octets=bytes(octets)))


def _zip_bomb(delivery: Delivery, _scene: Scene) -> Delivery:
    """Put an archive of zeros in the place of the first, under its names."""
    file = _first_zip(delivery)
    octets = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(file.octets)) as was,
        zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        first, *rest = was.infolist()
        bomb.writestr(first.filename, bytes(_BOMB_OCTETS))
        for info in rest:
            bomb.writestr(info.filename, was.read(info))
    return _swapped(delivery, file, replace(file, octets=octets.getvalue()))


def _symlink_member(delivery: Delivery, _scene: Scene) -> Delivery:
    file = _first_zip(delivery)
    octets = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(file.octets)) as was,
        zipfile.ZipFile(octets, "w") as linked,
    ):
        first, *rest = was.infolist()
        link = zipfile.ZipInfo(first.filename, first.date_time)
        link.create_system, link.external_attr = 3, _LINK_MODE
        linked.writestr(link, _OUTSIDE)
        for info in rest:
            linked.writestr(info, was.read(info))
    return _swapped(delivery, file, replace(file, octets=octets.getvalue()))


def _symlink(delivery: Delivery, _scene: Scene) -> Delivery:
    return _swapped(delivery, delivery.parcels[0], Link(delivery.parcels[0].name, _OUTSIDE))


FAULTS: Final = (
    Fault(
        name="missing-member",
        help="An archive lacks one of its members.",
        content=_missing_member,
    ),
    Fault(
        name="duplicate-member",
        help="An archive has a member twice.",
        content=_duplicate_member,
    ),
    Fault(
        name="unknown-member",
        help="An archive has a member that does not belong there.",
        content=_with_member("readme.txt"),
    ),
    Fault(
        name="foreign-member",
        help="DIRBS: the archive of exceptions has those of the operator op10, too.",
        content=_foreign_member,
    ),
    Fault(
        name="emptied-archive",
        help="DIRBS: the archive of exceptions is empty; another operator's has them.",
        content=_emptied_archive,
    ),
    Fault(
        name="foreign-operator",
        help="DIRBS: the archive of exceptions has those of the operator op2 only.",
        content=_foreign_operator,
    ),
    Fault(
        name="other-operators",
        help="DIRBS: the archives of other operators lie there, too.",
        content=_other_operators,
    ),
    Fault(
        name="missing-exceptions",
        help="The exceptions of the run never come.",
        content=_missing_exceptions,
    ),
    Fault(
        name="late-exceptions",
        help="The exceptions of the run come with the next one.",
        transit=_late_exceptions,
    ),
    Fault(
        name="truncated-zip",
        help="The last third of an archive is lost.",
        transit=_truncated_zip,
    ),
    Fault(
        name="bad-crc",
        help="One bit in an archive has turned.",
        transit=_bad_crc,
    ),
    Fault(
        name="zip-bomb",
        help=f"An archive unpacks to {_BOMB_OCTETS >> 20} MiB of nothing.",
        transit=_zip_bomb,
    ),
    Fault(
        name="path-traversal",
        help="A member of an archive wants to be unpacked above the directory.",
        content=_with_member("../../escaped.csv"),
    ),
    Fault(
        name="absolute-path",
        help="A member of an archive wants to be unpacked to a place of its own.",
        content=_with_member("/tmp/escaped.csv"),  # noqa: S108 - nothing is written there
    ),
    Fault(
        name="symlink-member",
        help="A member of an archive is a symbolic link.",
        transit=_symlink_member,
    ),
    Fault(
        name="symlink",
        help="A file is a symbolic link to somewhere else.",
        transit=_symlink,
    ),
)
