"""Files as registries deliver them, and what was read of them, as short as tests want to write."""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from eir.config.registry import Registry
from eir.lists.names import ListName
from eir.registry.bundle import Bundle, Delivered, Does, Part, Reading
from eir.registry.formats import named

NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def registry(form: str, **fields: object) -> Registry:
    settings = {"name": "home", "format": form, "source": "file:///srv/registry", "operator": "op1"}
    return Registry.model_validate(settings | fields)


def zipped(members: Mapping[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return octets.getvalue()


@dataclass(slots=True)
class Inbox:
    """Files that came, and what a format makes of them."""

    directory: Path
    form: str
    files: list[Delivered] = field(default_factory=list)

    def put(self, name: str, octets: bytes, *, fetched: datetime = NOW) -> Delivered:
        sha256 = hashlib.sha256(octets).hexdigest()
        path = self.directory / sha256[:16]
        path.write_bytes(octets)
        file = Delivered(name, path, sha256, len(octets), fetched)
        self.files.append(file)
        return file

    def zip(self, name: str, members: Mapping[str, bytes]) -> Delivered:
        return self.put(name, zipped(members))

    def read(self, **fields: object) -> Reading:
        scratch = self.directory / f"scratch{len(list(self.directory.iterdir()))}"
        scratch.mkdir()
        return named(self.form).read(self.files, registry(self.form, **fields), scratch)

    def bundle(self, **fields: object) -> Bundle:
        """Read the one run that there is."""
        reading = self.read(**fields)
        assert reading.faults == {}
        (bundle,) = reading.bundles
        assert bundle.fault is None
        return bundle

    def fault(self, name: str, **fields: object) -> str:
        """Tell what is wrong with a file, which is in no run."""
        reading = self.read(**fields)
        assert not any(file.name == name for each in reading.bundles for file in each.files)
        error = reading.faults[name]
        assert error.next_step
        return str(error)


def lines_of(part: Part | None) -> bytes:
    assert part is not None
    with part.open() as lines:
        return lines.read()


def delta_of(bundle: Bundle, name: ListName) -> Sequence[Part]:
    delta = bundle.deliveries[name].delta
    assert delta is not None
    return delta.parts


def by_deed(bundle: Bundle, name: ListName) -> dict[Does, list[bytes]]:
    """Give the lines of what changed, by what they do."""
    found: dict[Does, list[bytes]] = {}
    for part in delta_of(bundle, name):
        found.setdefault(part.does, []).append(lines_of(part))
    return found
