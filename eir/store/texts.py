"""The interned texts, as they are read: rows of entries, names of phones, types of equipment."""

from eir.store.block import damaged
from eir.store.environment import Table, Tables, Transaction
from eir.store.rows import Entry, Row, decode_row, unseal_row

ID_OCTETS = 4
_KEPT = 65_536  # rows held in memory


def id_octets(number: int) -> bytes:
    """Write an id as the key of its text."""
    return number.to_bytes(ID_OCTETS, "big")


def sealed_text(transaction: Transaction, table: Table, number: int) -> bytes:
    """Read what is stored under an id.

    Raises:
        StoreError: nothing is.
    """
    octets = transaction.get(id_octets(number), None, table)
    if octets is None:
        raise damaged("an entry names no row")
    return octets


class Texts:
    """The texts that one transaction sees. No id is used again, so what is known stays true."""

    def __init__(self, transaction: Transaction, tables: Tables) -> None:
        self._transaction = transaction
        self._table = tables.rows
        self._rows: dict[int, Row] = {}

    def row(self, number: int) -> Row:
        """Read a row.

        Raises:
            StoreError: there is none of this id.
        """
        row = self._rows.get(number)
        if row is None:
            if len(self._rows) >= _KEPT:
                self._rows.clear()
            row = self._rows[number] = decode_row(id_octets(number), self._sealed(number))
        return row

    def entry(self, number: int) -> Entry:
        """Read a row of one entry, as those of single sources are.

        Raises:
            StoreError: there is none of this id, or it has several entries.
        """
        row = self.row(number)
        if len(row) != 1:
            raise damaged("an entry names a merged row")
        return row[0]

    def text(self, number: int) -> str:
        """Read any text.

        Raises:
            StoreError: there is none of this id.
        """
        return unseal_row(id_octets(number), self._sealed(number)).decode()

    def _sealed(self, number: int) -> bytes:
        return sealed_text(self._transaction, self._table, number)
