"""The file that a manifest is: JSON, of which nothing is taken that it does not say clearly."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from eir.config.fields import repeated
from eir.config.registry import Name
from eir.lists.names import ListName
from eir.registry.bundle import Delivered
from eir.registry.outcome import BundleError

SUFFIX = ".manifest.json"
SIGNATURE_SUFFIX = f"{SUFFIX}.sig"
MAX_OCTETS = 16 << 20  # of a manifest: ours, room for 100,000 files

Count = Annotated[int, Field(ge=0)]
Run = Annotated[int, Field(ge=0, lt=10**18)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Entry(_Table):
    """A file.

    Attributes:
        name: without directories.
        sha256: of its octets, hex.
        rows: lines of data; None: it does not say, or they are in members.
        members: of an archive: lines of data by the name of the member.
    """

    name: Annotated[str, Field(min_length=1, max_length=255)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    rows: Count | None = None
    members: Mapping[str, Count] = {}


class Announcement(_Table):
    """What will happen; believed of a signed manifest only."""

    blocks: Count = 0
    unblocks: Count = 0


class Manifest(_Table):
    """What a manifest says.

    Attributes:
        registry: its name, as in `[[registry]]`.
        run: of all its files.
        base: of their deltas; None: they name none.
        list: of all its files, in any word for it; None: they may be of several.
        kind: of all its files; None: they may be of both.
        generated: when.
        files: by name.
        announced: what the run will do.
    """

    registry: Name
    run: Run
    base: Annotated[int, Field(ge=-1, lt=10**18)] | None = None
    list: str | None = None
    kind: Literal["full", "delta"] | None = None
    generated: AwareDatetime
    files: Annotated[tuple[Entry, ...], Field(min_length=1)]
    announced: Announcement | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if twice := repeated(entry.name for entry in self.files):
            raise ValueError(f"it names {twice[0]} twice")
        if self.list is not None:
            ListName.parse(self.list)
        return self

    @property
    def names(self) -> frozenset[str]:
        """Its files."""
        return frozenset(entry.name for entry in self.files)


def parse(file: Delivered) -> Manifest:
    """Read a manifest.

    Raises:
        BundleError: it is none.
    """
    try:
        return Manifest.model_validate_json(octets_of(file, MAX_OCTETS))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BundleError(
            f"{file.name}: no manifest: {where}{': ' if where else ''}{first['msg']}",
            next_step="ask the registry for its manifest again; eir registry sign writes one",
        ) from None


def dump(manifest: Manifest) -> bytes:
    """Write a manifest."""
    return f"{manifest.model_dump_json(indent=1, exclude_defaults=True)}\n".encode()


def octets_of(file: Delivered, most: int) -> bytes:
    """Read a small file.

    Raises:
        BundleError: it is larger than `most` octets, or cannot be read.
    """
    if file.octets > most:
        raise BundleError(
            f"{file.name}: it has {file.octets:,} octets, and {most:,} are the most",
            next_step="ask the registry what this file is",
        )
    try:
        return file.path.read_bytes()
    except OSError as error:
        raise BundleError(f"{file.name}: {error.strerror}", next_step="fetch it again") from None
