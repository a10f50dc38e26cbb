"""The plain lines of a piece, all at once: digits in the keys, and beside them what lines say.

A line is plain when it surely means what `lines` and `meanings` say of it: each key cell has
nothing but digits, as many as it should, perhaps in quotes; those that are filled name a subject
that the list may hold; and the texts beside them are good ones. All others are read one by one.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import numpy as np

from eir.lists.batch import DEVICE, Batch, Stream
from eir.lists.columns import Columns
from eir.lists.digits import Mask, Numbers, Octets, Places
from eir.lists.ids import Ids
from eir.lists.keys import KINDS, KeyReader, Keys
from eir.lists.lines import WITH_ONE_IMEI
from eir.lists.meanings import Beside, Meanings, Said, Saying
from eir.lists.names import ListName
from eir.lists.records import decoded, read_cells
from eir.lists.subjects import ANY, Kind
from eir.lists.texts import KnownTexts, group

# Octets. Longer texts are rare, and a single one would cost as if all of its piece were as long.
_LONGEST_TEXT = 127
# The first word of what stands beside the keys: kind, version, the length of each text, of which
# there are at most seven, around six keys; and a bit that is always set.
_KIND, _VERSION, _LENGTHS, _LENGTH_BITS = 7, 3, 14, 7
_FORM = np.uint64(1 << 63)

_NOT_PLAIN = Said(Saying("", None), "")


class PlainReader:
    """Reads the plain lines of a file."""

    def __init__(self, columns: Columns, name: ListName, meanings: Meanings, ids: Ids) -> None:
        self._keys = KeyReader(columns, name)
        self._beside = len(columns.beside)
        self._meanings = meanings
        self._ids = ids
        self._streams: dict[tuple[str, Kind | Literal["device"]], int] = {}
        self._known = KnownTexts(4)

    def read(self, piece: bytes, starts: Places) -> "PlainLines":
        """Read the lines that begin at `starts`; the last of these is the end of the piece."""
        octets = Octets(piece)
        keys = self._keys.read(octets, starts[:-1], octets.ends_of(starts))
        plain = keys.plain.copy()
        for begins, ends in keys.texts:
            plain &= ends - begins <= _LONGEST_TEXT
        lines = np.flatnonzero(plain)
        places = [begins[lines] for begins, _ in keys.texts]
        words = _words(octets, keys, lines)
        ids, known = self._known.find(words)
        if (new := np.flatnonzero(~known)).size:
            of_new = self._read_new(piece, [p[new] for p in places], [w[new] for w in words])
            for of_all, numbers in zip(ids, of_new, strict=True):
                of_all[new] = numbers
        streams = [Stream(source, kind) for source, kind in self._streams]
        return PlainLines(keys, lines, ids, streams)

    def _read_new(self, piece: bytes, places: list[Places], words: list[Numbers]) -> Numbers:
        """Read texts that begin there; give and remember their ids, shape (4, texts)."""
        groups = group(words)
        forms = words[0][groups.first]
        parts = []
        for number, begins in enumerate(places):
            lengths = (forms >> _length_at(number)) & np.uint64(_LONGEST_TEXT)
            cuts = zip(begins[groups.first].tolist(), lengths.tolist(), strict=True)
            parts.append([piece[begin : begin + length] for begin, length in cuts])
        texts = list(map(b",".join, zip(*parts, strict=True))) or [b""] * forms.size
        ids = np.array(self._ids_of(texts, forms.tolist()), np.uint64)
        self._known.put([word[groups.first] for word in words], ids)
        return np.where(groups.sure, ids[:, groups.of], 0)

    def _ids_of(self, texts: list[bytes], forms: list[int]) -> list[list[int]]:
        """Give the ids of texts as `PlainLines` has them; 0 where they are not plain."""
        # Texts hold no line breaks, which keep them apart here while all are decoded at once.
        lines = decoded(b"\n".join(texts)).split("\n")
        said = [self._read_text(text, form) for text, form in zip(lines, forms, strict=True)]
        entries, devices = self._ids.of(said)
        streams, of_devices = [], []
        for (saying, device), form in zip(said, forms, strict=True):
            kind = KINDS[form & _KIND]
            streams.append(self._number(saying.source, kind) if saying.source else 0)
            named = device and kind in WITH_ONE_IMEI
            of_devices.append(self._number(saying.source, DEVICE) if named else 0)
        return [streams, entries, of_devices, devices]

    def _read_text(self, text: str, form: int) -> Said:
        """Read what stands beside the keys, unless it is wrong or goes on in the next line."""
        try:
            cells = self._cells(text)
            return self._meanings.read(Beside(cells, KINDS[form & _KIND], form >> _VERSION & 0xFF))
        except (csv.Error, ValueError):
            return _NOT_PLAIN

    def _cells(self, text: str) -> tuple[str, ...]:
        if not self._beside:
            return ()
        cells = read_cells(text)
        if len(cells) != self._beside:
            raise ValueError("too few or too many cells")
        return tuple(cells)

    def _number(self, source: str, kind: Kind | Literal["device"]) -> int:
        return self._streams.setdefault((source, kind), len(self._streams) + 1)


def _length_at(number: int) -> np.uint64:
    """Give the bit of the first word where the length of this text begins."""
    return np.uint64(_LENGTHS + number * _LENGTH_BITS)


def _words(octets: Octets, keys: Keys, lines: Places) -> list[Numbers]:
    """Give what stands beside the keys of these lines, and what they name, as words.

    The words of several texts take turns, so that each has its place however long the others are.
    """
    form = keys.kinds[lines].astype(np.uint64) | _FORM
    form |= keys.versions[lines] << np.uint64(_VERSION)
    texts = []
    for number, (begins, ends) in enumerate(keys.texts):
        lengths = (ends - begins)[lines]
        form |= lengths.astype(np.uint64) << _length_at(number)
        texts.append(octets.texts_at(begins[lines], lengths))
    nothing = np.zeros(lines.size, np.uint64)
    return [form, *(word for turn in zip_longest(*texts, fillvalue=nothing) for word in turn)]


@dataclass(frozen=True, slots=True)
class PlainLines:
    """Lines that are plain.

    Attributes:
        keys: of all lines of the piece.
        lines: those of which the text was looked at, shape (lines,).
        ids: of these: number of the entry's stream, entry, number of the device's stream, device.
            0 is no stream; where the entry has none, the line is not plain.
        streams: that have the numbers from 1.
    """

    keys: Keys
    lines: Places
    ids: list[Numbers]
    streams: list[Stream]

    @property
    def plain(self) -> Mask:
        """Whether a line is plain, of all lines of the piece."""
        plain = np.zeros(self.keys.plain.size, np.bool_)
        plain[self.lines] = self.ids[0] != 0
        return plain

    def rows(self, wanted: Mask, *, before: int) -> Batch:
        """Give the rows of those lines that are wanted; `before` lines stand before the piece."""
        live = wanted[self.lines]
        entry_streams, entries, device_streams, devices = self.ids
        batch = dict(self._rows(entry_streams, entries, live, before))
        named = live & (self._numbers("imei", self.lines) != ANY)
        return batch | dict(self._rows(device_streams, devices, named, before))

    def _rows(
        self, streams: Numbers, ids: Numbers, live: Mask, before: int
    ) -> Iterator[tuple[Stream, Numbers]]:
        """Give the rows of live lines, stream by stream."""
        for number, stream in enumerate(self.streams, start=1):
            here = live & (streams == number)
            if here.any():
                lines = self.lines[here]
                columns = [self._numbers(name, lines) for name in stream.fields]
                line = lines.astype(np.uint64) + np.uint64(before + 1)
                yield stream, np.stack([*columns, ids[here], line])

    def _numbers(self, name: str, lines: Places) -> Numbers:
        """Give what a column says on these lines; where the file lacks it, nothing."""
        if name in self.keys.numbers:
            return self.keys.numbers[name][lines]
        return np.full(lines.size, ANY, np.uint64)
