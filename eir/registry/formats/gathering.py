"""What files say, put together run by run; what is wrong with one does not touch the others."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from eir.config.registry import Registry
from eir.lists.names import ListName
from eir.registry.bundle import Bundle, Delivered, Delivery, Reading
from eir.registry.outcome import BundleError


@dataclass(frozen=True, slots=True)
class Said:
    """What files say of one list.

    Attributes:
        run: its number.
        stamp: of the run.
        delivery: the whole list, or what changed, or both.
    """

    run: int
    stamp: str
    delivery: Delivery


@dataclass(slots=True)
class Gathering:
    """Collects what files say.

    Attributes:
        current: the files that count.
        replaced: those of which there is a newer one of the same name.
        said: what they say.
        faults: by file name, why a file says nothing.
        waiting: names of files that lack another one.
    """

    current: tuple[Delivered, ...]
    replaced: tuple[Delivered, ...] = ()
    said: list[Said] = field(default_factory=list)
    faults: dict[str, BundleError] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    @contextmanager
    def blaming(self, *files: Delivered) -> Iterator[None]:
        """Note for these files what is found to be wrong."""
        try:
            yield
        except BundleError as error:
            self.faults.update(dict.fromkeys((file.name for file in files), error))

    def reading(self, *, dated: bool = False, together: Iterable[ListName] = ()) -> Reading:
        """Put the runs together.

        Args:
            dated: their numbers are instants.
            together: the lists that every run has.
        """
        runs = defaultdict[tuple[int, str], list[Said]](list)
        for said in self.said:
            runs[said.run, said.stamp].append(said)
        return Reading(
            tuple(_bundle(runs[run], dated=dated, together=together) for run in sorted(runs)),
            self.faults,
            tuple(sorted(self.waiting)),
            self.replaced,
        )


def gathered(files: Sequence[Delivered]) -> Gathering:
    """Begin with files; of those with one name the newest counts."""
    in_order = sorted(files, key=lambda file: (file.name, file.fetched, file.sha256))
    newest = {file.name: file for file in in_order}
    current = tuple(newest.values())
    return Gathering(current, tuple(file for file in in_order if file is not newest[file.name]))


class ByName:
    """A format that is known by the names of its files, each of which says something of one list.

    The registry numbers nothing: its runs are known by the instant in the names.
    """

    def __init__(
        self, pattern: re.Pattern[str], say: Callable[[Delivered, re.Match[str]], Said]
    ) -> None:
        """Tell files by a pattern; `say` reads one, or raises BundleError."""
        self._pattern = pattern
        self._say = say

    def wants(self, name: str, _registry: Registry, /) -> bool:
        """See `Format`."""
        return self._pattern.fullmatch(name) is not None

    def read(self, files: Sequence[Delivered], _registry: Registry, _scratch: Path, /) -> Reading:
        """See `Format`."""
        gathering = gathered(files)
        for file in gathering.current:
            with gathering.blaming(file):
                gathering.said.append(self._say(file, match_of(self._pattern, file)))
        return gathering.reading(dated=True)


def match_of(pattern: re.Pattern[str], file: Delivered) -> re.Match[str]:
    """Read the name of a file.

    Raises:
        BundleError: it is not how this registry names its files.
    """
    match = pattern.fullmatch(file.name)
    if match is None:
        raise BundleError(
            f"{file.name} is not how this registry names its files",
            next_step="see whether format is right in [[registry]]",
        )
    return match


def _bundle(said: Sequence[Said], *, dated: bool, together: Iterable[ListName]) -> Bundle:
    deliveries: dict[ListName, Delivery] = {}
    fault: BundleError | None = None
    for each in said:
        name = each.delivery.list
        try:
            deliveries[name] = _joined(deliveries.get(name), each)
        except BundleError as error:
            fault = error
    return Bundle(
        said[0].run,
        said[0].stamp,
        deliveries,
        fetched=min(file.fetched for each in said for file in each.delivery.files),
        missing=tuple(name for name in together if name not in deliveries),
        fault=fault,
        dated=dated,
    )


def _joined(known: Delivery | None, said: Said) -> Delivery:
    """Join what two files say of one list: one the whole of it, the other what changed."""
    more = said.delivery
    if known is None:
        return more
    files = known.files + more.files
    if (known.full and more.full) or (known.delta and more.delta):
        raise BundleError(
            f"run {said.run} has the {more.list} list twice:"
            f" {', '.join(file.name for file in files)}",
            next_step="leave one of them with the registry",
        )
    return Delivery(more.list, known.full or more.full, known.delta or more.delta, files)


def parse_moment(text: str, form: str) -> datetime:
    """Read the instant in the name of a file, written as `strptime` says.

    Raises:
        BundleError: there is no such day or time.
    """
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the registry's wall clock
    except ValueError:
        raise BundleError(
            f"{text} is no day and time", next_step="ask the registry to name its files right"
        ) from None


def check_base(base: int, run: int) -> None:
    """See that a run builds on an earlier one.

    Raises:
        BundleError: it does not.
    """
    if base >= run:
        raise BundleError(
            f"run {run} is said to build on run {base}, which is not earlier",
            next_step="ask the registry how it counts its runs",
        )
