"""A TAC database into the store: the whole of it in one version."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from eir.errors import ListFileError
from eir.lists.subjects import number_of
from eir.lists.tac import TacInfo
from eir.store.arrays import Entries, empty, sort
from eir.store.changes import Tally
from eir.store.journal import Record
from eir.store.layout import TACS
from eir.store.session import writing
from eir.store.writer import ListWriter


def load_tacs(
    path: Path, infos: Iterable[TacInfo], record: Record, *, history_days: int | None = None
) -> Record | None:
    """Make these the types that the store at `path` (`store.path`) knows.

    Args:
        path: `store.path`.
        infos: every type, each once, in any order.
        record: what the journal shall say; version, hashes and the counts of types are filled in.
        history_days: how far back questions may go afterwards.

    Returns:
        The journal's record; None when the store says this already.

    Raises:
        ListFileError: there is none.
        StoreBusyError: another process is loading.
        StoreError: the store cannot be written.
    """
    with writing(path, history_days=history_days) as writer:
        tally = Tally()
        lines = _lines(writer, infos)
        if not lines.shape[1]:
            raise ListFileError(
                f"{record.file}: no type in it, nothing was applied",
                next_step="is this the whole database?",
            )
        writer.replace_all(TACS, [lines], tally)
        if not writer.changed:
            return None
        read = record.counts
        counts = tally.counts(duplicates=read.duplicates, bad=read.bad)
        return writer.commit(replace(record, counts=counts))


def _lines(writer: ListWriter, infos: Iterable[TacInfo]) -> Entries:
    rows = [(number_of(info.tac), writer.intern_text(_text(info))) for info in infos]
    return sort(np.array(rows, np.uint64).T, 1) if rows else empty(2)


def _text(info: TacInfo) -> str:
    said = {name: value for name, value in info.fields.items() if value}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
