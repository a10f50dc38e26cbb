"""The program over a store, changed by files and asked as the network, the past and files are."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from eir.decision.explain import explain
from eir.decision.override import Override
from eir.decision.plan import plans_of
from eir.decision.policy import policies_of
from eir.decision.rule import Basis
from eir.decision.verdict import Verdict
from eir.decision.view import View
from eir.errors import HistoryError, ListFileError
from eir.lists.export import write_lines
from eir.lists.loader import Mode, Request, load, suppose
from eir.lists.names import ListName
from eir.lists.rollback import roll_back
from eir.lists.subscriber_loader import load_subscribers
from eir.lists.tac_file import TacFile
from eir.lists.tac_loader import load_tacs
from eir.store.catalog import Lists, reading_lists
from eir.store.compact import compact
from eir.store.journal import Action, Record
from eir.store.layout import Truth
from eir.store.past_view import open_past
from tests.model_config import check_of, config_of
from tests.model_operations import (
    Compact,
    Delta,
    Full,
    Operation,
    Refused,
    Rollback,
    Subscribers,
    Tacs,
    csv_of,
    tacs_of,
)
from tests.model_server import Server
from tests.model_settings import Asked, Settings


class Program:
    """The program over the store under `path`; its server runs as long.

    Attributes:
        version: that serves, as loads have told it.
    """

    def __init__(self, path: Path, chosen: Settings, override: Override | None) -> None:
        self.version = 0
        self._path = path
        self._override = override
        self._policies = policies_of(config_of(chosen))
        self._server = Server(path, chosen, override)

    def close(self) -> None:
        self._server.close()

    def take(self, operation: Operation) -> None:
        """Do what an operator does."""
        match operation:
            case Full() | Delta():
                request = _request(operation)
                self.version = load(self._path, _file(operation), request, progress=_ignore).version
            case Refused():
                request = _request(operation.of, allow_empty=False)
                with pytest.raises(ListFileError):
                    load(self._path, _file(operation.of), request, progress=_ignore)
            case Rollback() if not self.version:
                with pytest.raises(HistoryError):
                    self._roll_back(operation)
            case Rollback():
                self.version = self._roll_back(operation)
            case Subscribers():
                self.version = self._load_subscribers(operation)
            case Tacs():
                self._load_tacs(operation)
            case Compact() if self.version:
                compact(self._path)

    def answer(self, questions: list[Asked]) -> list[Verdict]:
        """Answer as the network is answered."""
        return self._server.answer(questions)

    @contextmanager
    def past(self, version: int) -> Iterator[View]:
        """Look at an earlier version."""
        with open_past(self._path, version) as view:
            yield view

    @contextmanager
    def supposed(self, operation: Full | Delta) -> Iterator[View]:
        """Look at the lists as a file would make them."""
        request = _request(operation)
        with suppose(self._path, _file(operation), request, progress=_ignore) as supposed:
            yield supposed.view()

    def answer_from(self, view: View, questions: list[Asked]) -> list[Verdict]:
        """Answer from any view, as `eir check` does."""
        return [self._explained(view, asked) for asked in questions]

    def exported(self, version: int | None = None) -> dict[ListName, bytes]:
        """Write every list, as it is or as a version had it."""
        with reading_lists(self._path, version) as lists:
            return {on: _export(lists, on) for on in ListName}

    def _explained(self, view: View, asked: Asked) -> Verdict:
        switch = self._override
        override = switch if switch and switch.in_force(asked.at) else None
        plans = plans_of(self._policies, Basis.of(view, override))
        check = check_of(asked)
        return explain(plans[self._policies.of(check).name], check, view, asked.at).verdict

    def _roll_back(self, operation: Rollback) -> int:
        return roll_back(self._path, operation.place, author="tester", reason="").version

    def _load_subscribers(self, operation: Subscribers) -> int:
        mode = Mode.DELTA if operation.is_delta else Mode.FULL
        needed = ("imsi", "msisdn", "op") if operation.is_delta else ("imsi", "msisdn")
        file = io.BytesIO(csv_of(operation.lines, *needed))
        truth = Truth(ListName.PERMITTED, "subscribers")
        request = Request(truth, mode, "tester", "subscribers.csv", allow_empty=True)
        return load_subscribers(self._path, file, request, progress=_ignore).version

    def _load_tacs(self, operation: Tacs) -> None:
        read = TacFile(io.BytesIO(tacs_of(operation.lines)), read=_ignore)
        if not operation.lines:
            with pytest.raises(ListFileError):
                load_tacs(self._path, read.infos(), _record())
        elif record := load_tacs(self._path, read.infos(), _record()):
            self.version = record.version


def _export(lists: Lists, on: ListName) -> bytes:
    file = io.BytesIO()
    write_lines(file, ((line.subject, line.entry, line.device) for line in lists.lines(on)))
    return file.getvalue()


def _file(operation: Full | Delta) -> BinaryIO:
    needed = ("imei", "op") if isinstance(operation, Delta) else ("imei",)
    return io.BytesIO(csv_of(operation.lines, *needed))


def _request(operation: Full | Delta, *, allow_empty: bool = True) -> Request:
    mode = Mode.DELTA if isinstance(operation, Delta) else Mode.FULL
    truth = Truth(operation.on, operation.source)
    return Request(truth, mode, "tester", "list.csv", allow_empty=allow_empty)


def _record() -> Record:
    return Record(
        version=0,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        author="tester",
        list=None,
        source="gsma",
        mode="full",
        file="tacs.txt",
        file_hash="",
        action=Action.TACS,
    )


def _ignore(octets: int) -> None:
    del octets
