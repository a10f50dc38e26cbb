"""Numbers for the rows of views that have none."""

from collections.abc import Sequence
from itertools import count

from eir.decision.view import View
from eir.lists.subjects import digits_of, number_of
from eir.store.rows import Row
from protocols.identities import Imei


class Numbering:
    """A number for each row that was ever met."""

    def __init__(self) -> None:
        self._numbers: dict[Row, int] = {(): 0}
        self._next = count(1)

    def of(self, row: Row) -> int:
        if row not in self._numbers:
            self._numbers[row] = next(self._next)
        return self._numbers[row]


EVERYWHERE = Numbering()


class Numbered:
    """The part of a view that `eir.decision.view.NumberedView` adds."""

    numbering: object = EVERYWHERE

    def row_number(self: View, imei: int) -> int:
        return EVERYWHERE.of(self.row_of(Imei(digits_of(imei))))

    def row_numbers(self: View, imeis: Sequence[int]) -> list[int]:
        return [EVERYWHERE.of(self.row_of(Imei(digits_of(imei)))) for imei in imeis]

    def ranges_number(self: View, imei: int) -> int:
        return EVERYWHERE.of(self.ranges_of(Imei(digits_of(imei))))

    def member_numbers(self: View, imsi: int) -> list[tuple[int, int, int]]:
        return [
            (
                number_of(member.imei) if member.imei else 0,
                number_of(member.msisdn) if member.msisdn else 0,
                EVERYWHERE.of(member.row),
            )
            for member in self.members_of_imsi(digits_of(imsi))
        ]
