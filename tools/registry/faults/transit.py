"""Faults on the way: files that come late, again, in halves, or badly signed."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tools.registry.faults.day import surge_of_blocks
from tools.registry.faults.fault import Fault, FaultError, OfDelivery, Scene
from tools.registry.parcel import Delivery, File
from tools.registry.signing import CURRENT, EXPIRED, REVOKED, UNKNOWN, signed

_MANIFEST: Final = (".manifest.json", ".manifest.json.sig")


def _gap(delivery: Delivery, _scene: Scene) -> Delivery:
    return replace(delivery, parcels=(), late=())


def _out_of_order(delivery: Delivery, _scene: Scene) -> Delivery:
    return replace(delivery, parcels=(), late=(*delivery.parcels, *delivery.late))


def _replay(delivery: Delivery, scene: Scene) -> Delivery:
    return replace(delivery, parcels=(*scene.before(1).parcels, *delivery.parcels))


def _older(_delivery: Delivery, scene: Scene) -> Delivery:
    return scene.before(2)


def _half_written(delivery: Delivery, _scene: Scene) -> Delivery:
    first, half = _halved(delivery)
    part = replace(half, name=f"{half.name}.part")
    return replace(delivery, parcels=(part, *delivery.parcels[1:]), late=(*delivery.late, first))


def _growing(delivery: Delivery, _scene: Scene) -> Delivery:
    first, half = _halved(delivery)
    return replace(delivery, parcels=(half, *delivery.parcels[1:]), late=(*delivery.late, first))


def _halved(delivery: Delivery) -> tuple[File, File]:
    """Give the first file, and its first half."""
    first = delivery.parcels[0] if delivery.parcels else None
    if not isinstance(first, File):
        raise FaultError("the first thing of this delivery is no file any more")
    return first, replace(first, octets=first.octets[: len(first.octets) // 2])


def _unsigned(delivery: Delivery, _scene: Scene) -> Delivery:
    return signed(delivery, None)


def _no_manifest(delivery: Delivery, _scene: Scene) -> Delivery:
    _manifest(delivery)
    parcels = tuple(each for each in delivery.parcels if not each.name.endswith(_MANIFEST))
    return replace(delivery, parcels=parcels)


def _signed_with(key_id: str) -> OfDelivery:
    def transit(delivery: Delivery, scene: Scene) -> Delivery:
        _manifest(delivery)
        return signed(delivery, scene.signer(key_id))

    return transit


def _bad_signature(delivery: Delivery, _scene: Scene) -> Delivery:
    """Change a manifest after it was signed; it still says the same."""
    return _with_manifest(delivery, lambda octets: octets + b"\n")


def _wrong_hash(delivery: Delivery, scene: Scene) -> Delivery:
    """Sign another hash than that of the first file."""

    def lie(octets: bytes) -> bytes:
        fields = json.loads(octets)
        fields["files"][0]["sha256"] = "0" * 64
        return json.dumps(fields).encode()

    return signed(_with_manifest(delivery, lie), scene.signer(CURRENT))


def _wrong_rows(delivery: Delivery, scene: Scene) -> Delivery:
    """Sign that every file has a line more than it has."""

    def lie(octets: bytes) -> bytes:
        fields = json.loads(octets)
        for file in fields["files"]:
            if "rows" in file:
                file["rows"] += 1
            for member in file.get("members", ()):
                file["members"][member] += 1
        return json.dumps(fields).encode()

    return signed(_with_manifest(delivery, lie), scene.signer(CURRENT))


def _announced(delivery: Delivery, scene: Scene) -> Delivery:
    """Sign how many are blocked and unblocked by this run."""
    scene.before(1)
    before, after = (set(snapshot.blacklist) for snapshot in scene.world.history[-2:])
    numbers = {"blocks": len(after - before), "unblocks": len(before - after)}

    def announce(octets: bytes) -> bytes:
        return json.dumps(json.loads(octets) | {"announced": numbers}).encode()

    return signed(_with_manifest(delivery, announce), scene.signer(CURRENT))


def _with_manifest(delivery: Delivery, change: Callable[[bytes], bytes]) -> Delivery:
    manifest = _manifest(delivery)
    changed = replace(manifest, octets=change(manifest.octets))
    parcels = tuple(changed if each is manifest else each for each in delivery.parcels)
    return replace(delivery, parcels=parcels)


def _manifest(delivery: Delivery) -> File:
    for file in delivery.files:
        if file.name.endswith(_MANIFEST[0]):
            return file
    raise FaultError("this delivery has no manifest: give --sign")


FAULTS: Final = (
    Fault(name="gap", help="The delivery never comes.", transit=_gap),
    Fault(
        name="out-of-order",
        help="The delivery comes after the next one.",
        transit=_out_of_order,
    ),
    Fault(
        name="replay",
        help="The delivery before comes once more, with this one.",
        transit=_replay,
    ),
    Fault(
        name="older",
        help="The delivery of two runs ago comes once more, instead of this one.",
        transit=_older,
    ),
    Fault(
        name="half-written",
        help="Half of the first file is there under a name of its own; the rest comes later.",
        transit=_half_written,
    ),
    Fault(
        name="growing",
        help="Half of the first file is there under its name; the rest comes later.",
        transit=_growing,
    ),
    Fault(name="unsigned", help="The manifest has no signature.", transit=_unsigned),
    Fault(name="no-manifest", help="There is no manifest.", transit=_no_manifest),
    Fault(
        name="bad-signature",
        help="The manifest was changed after it was signed.",
        transit=_bad_signature,
    ),
    Fault(
        name="expired-key",
        help="The signature was made with a key that is no longer valid.",
        transit=_signed_with(EXPIRED),
    ),
    Fault(
        name="revoked-key",
        help="The signature was made with a key that was stolen.",
        transit=_signed_with(REVOKED),
    ),
    Fault(
        name="unknown-key",
        help="The signature was made with a key that nobody was told of.",
        transit=_signed_with(UNKNOWN),
    ),
    Fault(
        name="announced-surge",
        help="A surge of blocks, as above, and the signed manifest says how many there are.",
        day=surge_of_blocks,
        transit=_announced,
    ),
    Fault(
        name="wrong-hash",
        help="The manifest, well signed, has another hash than a file.",
        transit=_wrong_hash,
    ),
    Fault(
        name="wrong-rows",
        help="The manifest, well signed, has other numbers of lines than the files.",
        transit=_wrong_rows,
    ),
)
