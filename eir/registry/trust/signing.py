"""What a registry does: write a manifest of the files of a run, and sign it."""

import csv
import hashlib
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from eir.config.fields import repeated
from eir.errors import ListFileError, StoreError, UsageError
from eir.registry.trust.manifest_file import Entry
from eir.registry.trust.signature import PrivateKey, sign
from eir.store.copies import new_file

# What DIRBS and our own files say of their run in their names.
_DELTA = re.compile(
    r"_delta_(?P<base>-1|\d{1,18})_(?P<run>\d{1,18})(?=[_.])", re.ASCII | re.IGNORECASE
)
_FULL = re.compile(r"_full_(?P<run>\d{1,18})(?=\.)", re.ASCII | re.IGNORECASE)
_PUBLIC = 0o644  # a manifest is no secret, and whoever serves it must read it


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs.

    Attributes:
        key: to sign with.
        key_id: under which those who fetch know it; None: by the certificates.
        certificates: PEM, the one of the key first.
    """

    key: PrivateKey
    key_id: str | None = None
    certificates: tuple[str, ...] = ()

    @classmethod
    def certified(cls, key: PrivateKey, chain: bytes) -> "Signer":
        """Sign by a chain of certificates, in PEM.

        Raises:
            UsageError: it is none, or does not begin with the one of this key.
        """
        try:
            found = x509.load_pem_x509_certificates(chain)
        except ValueError:
            raise UsageError(
                "the chain holds no certificates in PEM", next_step="name another --certificate"
            ) from None
        if _octets(found[0].public_key()) != _octets(key.public_key()):
            raise UsageError(
                "the first certificate is not the one of this key",
                next_step="put the signer's own certificate first, or name its --key",
            )
        pem = serialization.Encoding.PEM
        return cls(key, certificates=tuple(each.public_bytes(pem).decode() for each in found))


def entries(files: Sequence[Path]) -> tuple[Entry, ...]:
    """Describe files: their hashes, and how many lines of data they have.

    Lines are counted of CSV files and of those in zip files.

    Raises:
        UsageError: two have one name, or one cannot be read.
        ListFileError: one is damaged.
    """
    if twice := repeated(file.name for file in files):
        raise UsageError(
            f"two files have the same name: {twice[0]}", next_step="sign them one by one"
        )
    return tuple(_entry(file) for file in files)


def base_of(files: Sequence[Entry], run: int, base: int | None) -> int | None:
    """Tell the run that deltas build on, as the names of files and of their members have it.

    Args:
        files: with the members of archives.
        run: that all of them are said to be of.
        base: that is said; None: nothing is, and the names count.

    Raises:
        UsageError: a name says something else.
    """
    for name in (name for file in files for name in (file.name, *file.members)):
        delta, full = _DELTA.search(name), _FULL.search(name)
        named = delta or full
        if named is not None and int(named["run"]) != run:
            raise UsageError(
                f"{name} is of run {int(named['run'])}, and --run is {run}",
                next_step="sign the files of each run by themselves, with its --run",
            )
        if delta is not None:
            found = int(delta["base"])
            if base not in (None, found):
                raise UsageError(
                    f"{name} builds on run {found}, and the base is {base}",
                    next_step=f"say --base {found}, or leave it out: the names have it",
                )
            base = found
    return base


def write(octets: bytes, manifest: Path, signer: Signer | None) -> Path | None:
    """Write a manifest, and its signature before it; return where the signature is.

    Raises:
        UsageError: nobody would believe the key.
        StoreError: they cannot be written.
    """
    signature = manifest.with_name(f"{manifest.name}.sig")
    if signer is None:
        _remove(signature)  # it would be of another manifest
        _write(manifest, octets)
        return None
    signed = sign(octets, signer.key, key_id=signer.key_id, certificates=signer.certificates)
    _write(signature, signed)
    _write(manifest, octets)
    return signature


def _entry(file: Path) -> Entry:
    try:
        with file.open("rb") as octets:
            hashed = hashlib.file_digest(octets, "sha256").hexdigest()
            octets.seek(0)
            match file.suffix.casefold():
                case ".csv":
                    return Entry(name=file.name, sha256=hashed, rows=_rows(octets))
                case ".zip":
                    return Entry(name=file.name, sha256=hashed, members=_members(octets))
            return Entry(name=file.name, sha256=hashed)
    except OSError as error:
        raise UsageError(
            f"{file}: {error.strerror or error}", next_step="name a file that can be read"
        ) from None
    except (csv.Error, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise ListFileError(
            f"{file.name} is damaged: {error}", next_step="make it again, then sign it"
        ) from None


def _members(octets: IO[bytes]) -> Mapping[str, int]:
    with zipfile.ZipFile(octets) as archive:
        return dict(_counted(archive))


def _counted(archive: zipfile.ZipFile) -> Iterator[tuple[str, int]]:
    for name in archive.namelist():
        if name.casefold().endswith(".csv"):
            with archive.open(name) as member:
                yield name, _rows(member)


def _rows(octets: IO[bytes]) -> int:
    """Count lines of data: not the header, none that is blank."""
    with io.TextIOWrapper(
        octets, encoding="latin-1", newline=""
    ) as text:  # every octet is a letter
        return max(sum(1 for cells in csv.reader(text) if cells) - 1, 0)


def _octets(key: CertificatePublicKeyTypes) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.DER, form)


def _write(path: Path, octets: bytes) -> None:
    with new_file(path) as descriptor, os.fdopen(descriptor, "wb", closefd=False) as file:
        os.fchmod(descriptor, _PUBLIC)
        file.write(octets)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror}", next_step="remove it: it signs another manifest"
        ) from None
