"""The plain lines of a piece, all at once: digits in the keys, and beside them what many lines say.

A line is plain when it surely means what `lines` and `meanings` say of it: each key cell has
nothing but digits, as many as it should, perhaps in quotes; those that are filled name a subject
that the list may hold; and the text behind them is a good one. All others are read one by one.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from eir.lists.batch import DEVICE, Batch, Stream
from eir.lists.columns import Columns
from eir.lists.digits import Mask, Numbers, Octets, Places
from eir.lists.keys import KINDS, KeyReader, Keys
from eir.lists.lines import WITH_ONE_IMEI
from eir.lists.meanings import Beside, Meanings, Remembered
from eir.lists.names import ListName
from eir.lists.records import decoded
from eir.lists.subjects import ANY
from eir.lists.texts import KnownTexts, group

# Octets. Longer texts are rare, and a single one would cost as if all of its piece were as long.
_LONGEST_TEXT = 128
# The first word of a text says of what line: kind, version, length, and a bit that is always set.
_VERSION, _LENGTH, _FORM = 8, 32, np.uint64(1 << 63)

# What stands behind the keys, and the place in `KINDS` and the version of the subject.
_Text: TypeAlias = tuple[bytes, int, int]
# Streams by number, from 1, and what the line has there: entry and device.
_Ids: TypeAlias = tuple[int, int, int, int]
_NOT_PLAIN: _Ids = (0, 0, 0, 0)


class PlainReader:
    """Reads the plain lines of a file."""

    def __init__(self, columns: Columns, name: ListName, meanings: Meanings) -> None:
        self._keys = KeyReader(columns, name)
        self._beside = columns.beside
        self._meanings = meanings
        self._streams: list[Stream] = []
        self._ids = Remembered(self._read_text)
        self._known = KnownTexts(len(_NOT_PLAIN))

    def read(self, piece: bytes, starts: Places) -> "PlainLines":
        """Read the lines that begin at `starts`; the last of these is the end of the piece."""
        octets = Octets(piece)
        ends = octets.ends_of(starts)
        keys = self._keys.read(octets, starts[:-1], ends)
        lengths = ends - keys.behind if self._beside else np.zeros_like(ends)
        lines = np.flatnonzero(keys.plain & (lengths <= _LONGEST_TEXT))
        begins, lengths = keys.behind[lines], lengths[lines]
        form = keys.kinds[lines].astype(np.uint64) | _FORM
        form |= keys.versions[lines] << np.uint64(_VERSION)
        form |= lengths.astype(np.uint64) << np.uint64(_LENGTH)
        words = [form, *octets.texts_at(begins, lengths)]
        ids, known = self._known.find(words)
        if (new := np.flatnonzero(~known)).size:
            of_new = self._read_new(piece, begins[new], [word[new] for word in words])
            for of_all, numbers in zip(ids, of_new, strict=True):
                of_all[new] = numbers
        return PlainLines(keys, lines, ids, self._streams)

    def _read_new(self, piece: bytes, begins: Places, words: list[Numbers]) -> Numbers:
        """Read texts that begin there; give and remember their ids, shape (4, texts)."""
        groups = group(words)
        texts = [
            (
                piece[begin : begin + (form >> _LENGTH & 0xFFFF)],
                form & 0xFF,
                form >> _VERSION & 0xFFFF,
            )
            for begin, form in zip(
                begins[groups.first].tolist(), words[0][groups.first].tolist(), strict=True
            )
        ]
        ids = np.array([self._ids[text] for text in texts], np.uint64).T
        self._known.put([word[groups.first] for word in words], ids)
        return np.where(groups.sure, ids[:, groups.of], 0)

    def _read_text(self, text: _Text) -> _Ids:
        """Read what stands behind the keys, unless it is wrong or goes on in the next line."""
        octets, kind, version = text
        try:
            cells = self._cells(decoded(octets))
            said = self._meanings[Beside(tuple(cells), KINDS[kind], version)]
        except (csv.Error, ValueError):  # also of too few or too many cells
            return _NOT_PLAIN
        stream = self._number(Stream(said.source, KINDS[kind]))
        if not said.device or KINDS[kind] not in WITH_ONE_IMEI:
            return stream, said.entry, 0, 0
        return stream, said.entry, self._number(Stream(said.source, DEVICE)), said.device

    def _cells(self, text: str) -> list[str]:
        if not self._beside:
            return []
        return next(csv.reader([f",{text}"], strict=True))[1:]  # it begins as behind any comma

    def _number(self, stream: Stream) -> int:
        if stream not in self._streams:
            self._streams.append(stream)
        return self._streams.index(stream) + 1


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
