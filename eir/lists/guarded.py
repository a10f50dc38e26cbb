"""What the protected list protects, held so that millions of entries can be compared with it."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable

import numpy as np

from eir.lists.lines import imei_of
from eir.lists.names import ListName
from eir.lists.subjects import ANY, Kind, Subject
from eir.store.arrays import Entries, Mask
from eir.store.catalog import Line


class Guarded:
    """The equipment and the subscribers that entries of the protected list name.

    It takes 16 octets for each equipment and range, and some more for each subscriber.
    """

    def __init__(self, lines: Iterable[Line], at: float) -> None:
        """Take lines of the protected list that are in force at an instant, or will be."""
        self._first, self._last = array("Q"), array("Q")
        self._others: set[Subject] = set()
        for line in lines:
            expires = line.entry.expires
            if line.entry.list is ListName.PROTECTED and (expires is None or at < expires):
                self._take(line.subject)
        self._sort()

    def meets(self, subject: Subject) -> bool:
        """Tell whether something that a subject names is protected.

        A range meets what is protected inside it. A combination of equipment and subscriber meets
        either of them.
        """
        if subject.kind is Kind.OPAQUE:
            return subject in self._others
        extent = _extent(subject)
        if extent is not None and self._overlaps(*extent):
            return True
        return subject.kind is Kind.PAIR and any(s in self._others for s in _parts(subject))

    def among(self, numbers: Entries) -> Mask:
        """Tell of each IMEI, as `number_of` gives it, whether it is protected."""
        first, last = (np.frombuffer(a, np.uint64) for a in (self._first, self._last))
        begun = np.searchsorted(first, numbers, "right")
        found: Mask = begun > 0
        found[found] = last[begun[found] - 1] >= numbers[found]
        return found

    def __bool__(self) -> bool:
        """Tell whether anything is protected."""
        return bool(self._first or self._others)

    def _take(self, subject: Subject) -> None:
        extent = _extent(subject)
        if subject.kind is Kind.OPAQUE:
            self._others.add(subject)
        elif subject.kind is Kind.PAIR:
            self._others.add(_compared(*subject.columns))
        elif extent is not None:
            self._first.append(extent[0])
            self._last.append(extent[1])

    def _sort(self) -> None:
        """Order by the first IMEI, and let each place say how far all before it reach."""
        first, last = np.array(self._first, np.uint64), np.array(self._last, np.uint64)
        order = np.argsort(first)
        self._first = array("Q", first[order].tobytes())
        self._last = array("Q", np.maximum.accumulate(last[order]).tobytes())

    def _overlaps(self, first: int, last: int) -> bool:
        """Tell whether something protected is in a range."""
        begun = bisect_right(self._first, last)
        return begun > 0 and self._last[begun - 1] >= first


def _extent(subject: Subject) -> tuple[int, int] | None:
    """Give the first and last IMEI that a subject names; None: it names none."""
    if imei := imei_of(subject):
        return imei, imei
    return subject.extent


def _parts(pair: Subject) -> list[Subject]:
    """Give the combinations that are let through when one of them is protected."""
    imei, imsi, msisdn = pair.columns
    subscribers = [_compared(ANY, imsi, ANY)] if imsi else []
    if msisdn:
        subscribers.append(_compared(ANY, ANY, msisdn))
    return subscribers + [_compared(imei, *s.columns[1:]) for s in subscribers if imei]


def _compared(imei: int, imsi: int, msisdn: int) -> Subject:
    """Name a combination as the protected list compares it: where there is an IMSI, by it alone."""
    return Subject(Kind.PAIR, (imei, imsi, ANY if imsi else msisdn))
