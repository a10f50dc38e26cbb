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


class Rows:
    """The rows met so far. No id is used again, so what is known stays true."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[int, Row] = {}

    def row(self, number: int, transaction: Transaction) -> Row:
        """Read a row.

        Raises:
            StoreError: there is none of this id.
        """
        row = self._known.get(number)
        if row is None:
            octets = sealed_text(transaction, self._table, number)
            row = decode_row(id_octets(number), octets)
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[number] = row
        return row


class Texts:
    """The texts that one transaction sees."""

    def __init__(self, transaction: Transaction, tables: Tables) -> None:
        self._transaction = transaction
        self._table = tables.rows
        self._rows = Rows(tables.rows)

    def row(self, number: int) -> Row:
        """Read a row.

        Raises:
            StoreError: there is none of this id.
        """
        return self._rows.row(number, self._transaction)

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
        octets = sealed_text(self._transaction, self._table, number)
        return unseal_row(id_octets(number), octets).decode()
