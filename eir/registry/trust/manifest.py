"""What a registry says of its files in a manifest beside them, and whether they are so.

    <anything>.manifest.json        names files of one run, with their hashes and counts
    <the same>.manifest.json.sig    who says that

Where there is a manifest it must be right; `require_manifest` and `require_signature` refuse files
that have none. A manifest, or a file, that still may come is waited for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from eir.config.registry import Registry
from eir.lists.names import ListName
from eir.registry import formats
from eir.registry.bundle import Announced, Bundle, Delivered, Delivery, Part
from eir.registry.outcome import AbsentError, BundleError
from eir.registry.trust import signature
from eir.registry.trust.manifest_file import (
    MAX_OCTETS,
    SIGNATURE_SUFFIX,
    SUFFIX,
    Entry,
    Manifest,
    octets_of,
    parse,
)


@dataclass(frozen=True, slots=True)
class Voucher:
    """A manifest that is believed.

    Attributes:
        manifest: what it says.
        file: where it says that.
        signature: beside it; None: there is none, or nobody to check it by.
        signer: the key or certificate that signed it; empty: none did.
    """

    manifest: Manifest
    file: Delivered
    signature: Delivered | None = None
    signer: str = ""


@dataclass(frozen=True, slots=True)
class Vouched:
    """What may be used.

    Attributes:
        files: those that are vouched for, or need not be; no manifests among them.
        vouchers: by the name of a file, what vouches for it.
        faults: by the name of a file, why it is not believed.
        waiting: names of files that lack another one which may still come.
    """

    files: tuple[Delivered, ...]
    vouchers: Mapping[str, Voucher] = field(default_factory=dict)
    faults: Mapping[str, BundleError] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()


def is_manifest(name: str) -> bool:
    """Tell whether a file is a manifest or its signature."""
    return name.endswith((SUFFIX, SIGNATURE_SUFFIX))


def vouch(files: Sequence[Delivered], registry: Registry, now: datetime) -> Vouched:
    """Compare files with what manifests say of them; of two files of one name the newer counts.

    Args:
        files: with manifests and signatures among them.
        registry: whose they are.
        now: aware; what is missing is waited for until `pair_wait_s` after the rest came.

    Raises:
        ConfigError: a key of ours cannot be read.
    """
    return _Vouching(files, registry, now).vouched()


class _Vouching:
    """Sorts files into those that are believed, are not, and may be later."""

    def __init__(self, files: Sequence[Delivered], registry: Registry, now: datetime) -> None:
        self._registry = registry
        self._now = now
        self._files = defaultdict[str, list[Delivered]](list)
        for file in sorted(files, key=lambda each: (each.fetched, each.sha256)):
            self._files[file.name].append(file)
        self._vouchers: dict[str, Voucher] = {}
        self._blamed: dict[str, BundleError] = {}  # because of their manifests
        self._faults: dict[str, BundleError] = {}
        self._awaiting: set[str] = set()

    def vouched(self) -> Vouched:
        """Do it."""
        for name in [name for name in self._files if name.endswith(SUFFIX)]:
            self._read(self._files[name][-1])
        used = []
        for name in [name for name in self._files if not is_manifest(name)]:
            try:
                if self._is_believed(self._files[name][-1]):
                    used += self._files[name]
            except BundleError as error:
                self._faults[name] = error
        waiting = tuple(sorted(self._awaiting - self._faults.keys()))
        return Vouched(tuple(used), self._vouchers, self._faults, waiting)

    def _read(self, file: Delivered) -> None:
        """Believe a manifest, or blame the files that it names with it."""
        here: frozenset[str] = frozenset()
        try:
            manifest = parse(file)
            here = manifest.names & self._files.keys()
            voucher = self._check(manifest, file)
        except BundleError as error:
            self._faults[file.name] = error
            self._blamed |= dict.fromkeys(here, error)
            return
        if voucher is None:
            self._awaiting |= here | {file.name}
            return
        for name in here:
            known = self._vouchers.get(name)
            if known is None or known.manifest.generated <= manifest.generated:
                self._vouchers[name] = voucher

    def _check(self, manifest: Manifest, file: Delivered) -> Voucher | None:
        """See that a manifest may be believed; None: something of it may still come.

        Raises:
            BundleError: it may not.
        """
        registry = self._registry
        if manifest.registry != registry.name:
            raise BundleError(
                f"{file.name}: it is of the registry {manifest.registry}, and this is"
                f" {registry.name}",
                next_step="see whose files these are; [[registry]] has the name",
            )
        signatures = self._files.get(f"{file.name}.sig", [])
        signed, signer = None, ""
        if signatures and (registry.require_signature or registry.key or registry.roots_file):
            signed = signatures[-1]
            signer = _signer(file, signed, registry, self._now)
        elif registry.require_signature:
            if not self._is_overdue(file):
                return None
            raise AbsentError(
                f"{file.name}: it is not signed: {file.name}.sig did not come",
                next_step="ask the registry to sign it; require_signature wants that",
            )
        return Voucher(manifest, file, signed, signer) if self._has_come(manifest, file) else None

    def _has_come(self, manifest: Manifest, file: Delivered) -> bool:
        """Tell whether the files are here that a manifest names, of those that we fetch.

        Raises:
            BundleError: one of them is not, and it is waited for no longer.
        """
        form = formats.named(self._registry.format)
        wanted = {name for name in manifest.names if form.wants(name, self._registry)}
        missing = sorted(wanted - self._files.keys())
        if not missing:
            return True
        if not self._is_overdue(file):
            return False
        if not manifest.names & self._files.keys():
            return True  # a sync was done with them all, or none ever came
        raise AbsentError(
            f"{file.name}: it names {missing[0]}, which did not come",
            next_step="ask the registry for that file, or for a manifest without it",
        )

    def _is_believed(self, file: Delivered) -> bool:
        """Tell whether a file may be used; False: not yet.

        Raises:
            BundleError: it may not.
        """
        if voucher := self._vouchers.get(file.name):
            _compare(file, voucher)
            return True
        if error := self._blamed.get(file.name):
            raise type(error)(
                f"{file.name}: its manifest is not believed: {error}", next_step=error.next_step
            )
        if file.name in self._awaiting:
            return False
        if not (self._registry.require_manifest or self._registry.require_signature):
            return True
        if self._is_overdue(file):
            raise AbsentError(
                f"{file.name}: no manifest names it",
                next_step="ask the registry for its manifest; require_manifest wants one",
            )
        self._awaiting.add(file.name)
        return False

    def _is_overdue(self, file: Delivered) -> bool:
        return self._now - file.fetched >= timedelta(seconds=self._registry.pair_wait_s)


def confirm(bundle: Bundle, vouched: Vouched) -> Bundle:
    """Compare a run with its manifests; give it the counts of lines, and who vouches for it."""
    entries = {}
    for file in bundle.files:
        if voucher := vouched.vouchers.get(file.name):
            entries[file.name] = voucher
    if not entries:
        return bundle
    vouchers = list({id(each): each for each in entries.values()}.values())
    files = (file for each in vouchers for file in (each.file, each.signature))
    return replace(
        bundle,
        deliveries={
            name: _counted(delivery, entries) for name, delivery in bundle.deliveries.items()
        },
        fault=bundle.fault or next(_contradictions(bundle, entries), None),
        announced=_announced(vouchers),
        vouchers=tuple(file for file in files if file is not None),
        signed_by=tuple(sorted({each.signer for each in vouchers if each.signer})),
    )


def _signer(file: Delivered, signed: Delivered, registry: Registry, now: datetime) -> str:
    octets = octets_of(file, MAX_OCTETS), octets_of(signed, signature.MAX_OCTETS)
    try:
        return signature.verify(*octets, registry, now)
    except BundleError as error:
        raise BundleError(f"{file.name}: {error}", next_step=error.next_step) from None


def _entry(voucher: Voucher, name: str) -> Entry:
    return next(entry for entry in voucher.manifest.files if entry.name == name)


def _compare(file: Delivered, voucher: Voucher) -> None:
    if _entry(voucher, file.name).sha256 != file.sha256:
        raise BundleError(
            f"{file.name}: it is not the file that {voucher.file.name} names: its SHA-256 differs",
            next_step="fetch it again; if that does not help, ask the registry which one is right",
        )


def _counted(delivery: Delivery, entries: Mapping[str, Voucher]) -> Delivery:
    """Put into each part how many lines it must have."""
    rows = dict(_rows(delivery, entries))
    full, delta = delivery.full, delivery.delta
    return replace(
        delivery,
        full=full and _with_rows(full, rows),
        delta=delta and replace(delta, parts=tuple(_with_rows(p, rows) for p in delta.parts)),
    )


def _rows(delivery: Delivery, entries: Mapping[str, Voucher]) -> Iterator[tuple[str, int]]:
    for file in delivery.files:
        if file.name in entries:
            entry = _entry(entries[file.name], file.name)
            if entry.rows is not None:
                yield file.name, entry.rows
            for member, rows in entry.members.items():
                yield f"{file.name}: {member}", rows


def _with_rows(part: Part, rows: Mapping[str, int]) -> Part:
    """Where a part has some lines of a file only, the hash of the file must be enough."""
    return part if part.selects else replace(part, rows=rows.get(part.name))


def _contradictions(bundle: Bundle, entries: Mapping[str, Voucher]) -> Iterator[BundleError]:
    for delivery in bundle.deliveries.values():
        for file in delivery.files:
            if file.name in entries:
                for what in _differences(bundle, delivery, entries[file.name].manifest):
                    yield BundleError(
                        f"{file.name}: its manifest {what}",
                        next_step="ask the registry which of the two is right",
                    )


def _differences(bundle: Bundle, delivery: Delivery, said: Manifest) -> Iterator[str]:
    delta = delivery.delta
    if said.run != bundle.run:
        yield f"is of run {said.run}, and the file of run {bundle.run}"
    if delta is not None and delta.base is not None and said.base != delta.base:
        base = "no run" if said.base is None else f"run {said.base}"
        yield f"builds on {base}, and the file on run {delta.base}"
    if said.list is not None and ListName.parse(said.list) is not delivery.list:
        yield f"is of the list {ListName.parse(said.list)}, and the file of {delivery.list}"
    if said.kind is not None and getattr(delivery, said.kind) is None:
        yield f"says that it is a {said.kind} list, and it is none"


def _announced(vouchers: Iterable[Voucher]) -> Announced | None:
    """Add up what signed manifests announce."""
    said = [each.manifest.announced for each in vouchers if each.signer]
    known = [each for each in said if each is not None]
    if not known:
        return None
    return Announced(sum(each.blocks for each in known), sum(each.unblocks for each in known))
