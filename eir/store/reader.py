"""What the wire asks of the lists: one read transaction a batch, and failures met early."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import lmdb

from eir.errors import StoreError
from eir.store import health
from eir.store.environment import (
    Transaction,
    failure,
    open_reader,
    open_tables,
    store_errors,
)
from eir.store.layout import lists_directory
from eir.store.lock import is_held
from eir.store.view import Contents, ListView

RETRY = 0.25  # seconds between attempts to open a store that failed


class ListReader:
    """A process's view of the lists under `store.path`.

    The store may be missing or broken at any time, and be well again later: `begin` raises while
    it is, and looks again at most every `RETRY` seconds.
    """

    def __init__(self, path: Path) -> None:
        self._directory = lists_directory(path)
        self._opened: _OpenStore | None = None
        self._failure: StoreError | None = None
        self._failed_at = 0.0
        self._condemned: health.Signature | None = None

    def begin(self, now: float) -> ListView:
        """Start a batch: everything read until `end` is of one version.

        Args:
            now: seconds; any clock, always the same one.

        Raises:
            StoreError: the store cannot be read now.
        """
        if self._failure is not None and 0 <= now - self._failed_at < RETRY:
            raise StoreError(str(self._failure), next_step=self._failure.next_step)
        try:
            view = self._store().renew()
            if view is None:
                self.close()
                view = self._store().begin()
        except StoreError as error:
            self._close(error, now)
            raise
        except lmdb.Error as error:
            self._close(failure(error), now)
            raise failure(error) from error
        self._failure = None
        return view

    def close(self) -> None:
        """Give the store back."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def condemn(self, error: StoreError) -> None:
        """Trust this file no more: it opens, but what is inside is garbled.

        It is left alone until it is another file or was written to.
        """
        self._failure = error
        self._condemned = health.signature(self._directory)

    def _store(self) -> "_OpenStore":
        """Open the store, unless it is open or nothing changed since it was condemned."""
        if self._condemned is not None and self._failure is not None:
            self.close()
            if health.signature(self._directory) == self._condemned:
                raise StoreError(str(self._failure), next_step=self._failure.next_step)
            self._condemned = None
        if self._opened is None:
            self._opened = _OpenStore(self._directory, self.condemn)
        return self._opened

    def _close(self, error: StoreError, now: float) -> None:
        self._failure = error
        self._failed_at = now
        self.close()


@contextmanager
def open_now(path: Path) -> Iterator[ListView]:
    """Open the lists under `store.path` as they are, for one command.

    Raises:
        StoreError: they cannot be read.
    """
    with closing(ListReader(path)) as reader:
        view = reader.begin(0)
        try:
            yield view
        finally:
            view.end()


class _OpenStore:
    """An open environment, and what is in the version last seen."""

    def __init__(self, directory: Path, condemn: Callable[[StoreError], None]) -> None:
        with store_errors(), ExitStack() as undo:
            self._watch = undo.enter_context(health.Watch(directory))
            self._environment = undo.enter_context(open_reader(directory))
            self.contents = Contents(open_tables(self._environment))
            self._undo = undo.pop_all()
        self._path = directory.parent
        self._condemn = condemn
        self._seen = -1  # the last transaction whose catalog was read
        self._view: ListView | None = None  # of its version

    def close(self) -> None:
        self._undo.close()

    def renew(self) -> ListView | None:
        """Begin a batch on the newest version; None where that takes opening anew.

        It does when data.mdb or lock.mdb was written over in place, and when lock.mdb was deleted:
        LMDB then learns of no commit any more. While a load is at work the file changes all the
        time, and nothing is wrong with it.
        """
        if self._watch.check() and not is_held(self._path):
            return None
        try:
            transaction = self._begin()
        except lmdb.BadRslotError:  # our place in lock.mdb is another's, or nobody's
            return None
        if transaction.id() < self._watch.newest:
            transaction.abort()
            return None
        return self._follow(transaction)

    def begin(self) -> ListView:
        """Begin a batch right after opening.

        It may be on the version before the newest, in the instant in which a commit has written
        its meta page and not yet told the lock file.
        """
        return self._follow(self._begin())

    def _begin(self) -> Transaction:
        """Begin a transaction; a load may have outgrown our map."""
        try:
            return self._environment.begin()
        except lmdb.MapResizedError:
            self._environment.set_mapsize(0)
            return self._environment.begin()

    def _follow(self, transaction: Transaction) -> ListView:
        """Follow a switch, if there was one, to a version that the file really has."""
        number = transaction.id()
        if self._view is not None and number == self._seen:
            self._view.renew(transaction)
            return self._view
        if number not in self._watch.transactions:
            self._watch.check()  # there may have been a commit since
            if number not in self._watch.transactions:
                transaction.abort()
                raise health.foreign_lock()
        self.contents.follow(transaction)
        self._seen = number
        self._view = ListView(self.contents, transaction, self._condemn)
        return self._view
