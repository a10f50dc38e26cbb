"""Files come late, again, in halves, or badly signed."""

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.tools.registry.delivered import (
    named,
    registry,
    rows,
    struck,
)
from tools.registry.days import Registry, Settings
from tools.registry.parcel import Delivery, File


def listing(outbox: Path) -> set[str]:
    return {path.name for path in outbox.iterdir()}


def test_gap(tmp_path: Path) -> None:
    simulated = registry()
    simulated.put(tmp_path)
    before = listing(tmp_path)

    assert simulated.put(tmp_path, "gap").parcels == ()
    assert listing(tmp_path) == before
    assert simulated.put(tmp_path).base not in {0, -1}


def test_out_of_order(tmp_path: Path) -> None:
    simulated = registry()
    simulated.put(tmp_path)
    before = listing(tmp_path)
    simulated.put(tmp_path, "out-of-order")
    assert listing(tmp_path) == before
    simulated.put(tmp_path)

    assert len(listing(tmp_path)) == 9


def test_replay() -> None:
    case = struck("replay")

    assert case.wrong.parcels == (*case.earlier[-1].parcels, *case.right.parcels)


def test_older() -> None:
    case = struck("older")

    assert case.wrong.parcels == case.earlier[-2].parcels


@pytest.mark.parametrize(("fault", "ending"), [("half-written", ".part"), ("growing", "")])
def test_half_written(tmp_path: Path, fault: str, ending: str) -> None:
    simulated, right = registry(), registry().deliver()
    simulated.put(tmp_path, fault)
    whole = right.parcels[0]
    assert isinstance(whole, File)
    half = (tmp_path / f"{whole.name}{ending}").read_bytes()
    assert whole.octets.startswith(half)
    assert len(half) == len(whole.octets) // 2
    assert len(listing(tmp_path)) == 3

    simulated.put(tmp_path)

    assert (tmp_path / whole.name).read_bytes() == whole.octets
    assert not any(name.endswith(".part") for name in listing(tmp_path))


@pytest.fixture
def signed(tmp_path: Path) -> Registry:
    return Registry(Settings(size=20, keys=tmp_path / "keys"))


def names(delivery: Delivery) -> list[str]:
    return [parcel.name.partition(".")[2] for parcel in delivery.parcels]


def octets_of(delivery: Delivery, ending: str) -> bytes:
    (parcel,) = (each for each in delivery.parcels if each.name.endswith(ending))
    assert isinstance(parcel, File)
    return parcel.octets


def is_valid(delivery: Delivery, keys: Path, key_id: str = "current") -> bool:
    """Tell whether the signature is one of the manifest, by a key."""
    key = load_pem_public_key((keys / f"{key_id}.pub.pem").read_bytes())
    assert isinstance(key, Ed25519PublicKey)
    signature = json.loads(octets_of(delivery, ".sig"))
    try:
        key.verify(base64.b64decode(signature["signature"]), octets_of(delivery, "manifest.json"))
    except InvalidSignature:
        return False
    return bool(signature["key"] == key_id)


def test_unsigned(signed: Registry) -> None:
    assert names(signed.deliver("unsigned")) == ["zip", "zip", "zip", "manifest.json"]


def test_no_manifest(signed: Registry) -> None:
    assert names(signed.deliver("no-manifest")) == ["zip", "zip", "zip"]


def test_bad_signature(signed: Registry, tmp_path: Path) -> None:
    assert is_valid(signed.deliver(), tmp_path / "keys")
    assert not is_valid(signed.deliver("bad-signature"), tmp_path / "keys")


@pytest.mark.parametrize(
    ("fault", "key_id"),
    [("expired-key", "expired"), ("revoked-key", "revoked"), ("unknown-key", "unknown")],
)
def test_keys_that_do_not_count(signed: Registry, tmp_path: Path, fault: str, key_id: str) -> None:
    delivery = signed.deliver(fault)

    assert is_valid(delivery, tmp_path / "keys", key_id)
    assert not is_valid(delivery, tmp_path / "keys")


def test_announced_surge(signed: Registry, tmp_path: Path) -> None:
    signed.deliver()
    delivery = signed.deliver("announced-surge")
    said = json.loads(octets_of(delivery, "manifest.json"))["announced"]

    assert is_valid(delivery, tmp_path / "keys")
    assert said["blocks"] == len(rows(named(delivery, "_blocked.csv"))) > 40
    assert said["unblocks"] == len(rows(named(delivery, "_unblocked.csv")))


def test_wrong_hash(signed: Registry, tmp_path: Path) -> None:
    delivery = signed.deliver("wrong-hash")
    wrong, *right = json.loads(octets_of(delivery, "manifest.json"))["files"]

    assert is_valid(delivery, tmp_path / "keys")
    assert wrong["sha256"] == "0" * 64
    for entry in right:
        assert entry["sha256"] == sha256(octets_of(delivery, entry["name"])).hexdigest()


def test_wrong_rows(signed: Registry, tmp_path: Path) -> None:
    delivery = signed.deliver("wrong-rows")
    archive, *_ = json.loads(octets_of(delivery, "manifest.json"))["files"]

    assert is_valid(delivery, tmp_path / "keys")
    for name, count in archive["members"].items():
        assert len(rows(named(delivery, name))) == count - 1
