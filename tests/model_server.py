"""Answers from a store in a process of its own, whose reader stays open while others load."""

from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from eir.decision.decider import Decider
from eir.decision.override import Override
from eir.decision.policy import policies_of
from eir.decision.verdict import Verdict
from eir.store.reader import ListReader
from eir.store.view import ListView
from tests import quick
from tests.model_config import check_of, config_of
from tests.model_settings import Asked, Settings


class Server:
    """The process. LMDB opens a store once a process, so it has to be another than the loads'."""

    def __init__(self, path: Path, chosen: Settings, override: Override | None) -> None:
        context = get_context("fork")
        self._connection, theirs = context.Pipe()

        def serve() -> None:
            self._connection.close()  # or it would not be seen to end when we do
            _serve(theirs, path, chosen, override)

        self._process = context.Process(target=serve, daemon=True)
        self._process.start()
        theirs.close()

    def answer(self, questions: Sequence[Asked]) -> list[Verdict]:
        """Answer as the network is answered."""
        self._connection.send(questions)
        answers: list[Verdict] = self._connection.recv()
        return answers

    def close(self) -> None:
        self._connection.send(None)
        self._process.join()
        self._process.close()
        self._connection.close()


def _serve(connection: Connection, path: Path, chosen: Settings, override: Override | None) -> None:
    lists = _Lists(path)
    decider = Decider(
        lists,
        policies_of(config_of(chosen)),
        clock=lambda: lists.at,
        failure_changed=lambda _: None,
        override=lambda at: override if override and override.in_force(at) else None,
    )
    while (questions := connection.recv()) is not None:
        answers = []
        for asked in questions:
            lists.at = asked.at
            with decider:
                answers.append(quick.decide(decider, check_of(asked)))
        connection.send(answers)


class _Lists:
    """A reader for which time goes on; that of the questions, `at`, jumps."""

    def __init__(self, path: Path) -> None:
        self.at = 0.0
        self._reader = ListReader(path)
        self._batches = 0

    def begin(self, now: float) -> ListView:
        del now
        self._batches += 1
        return self._reader.begin(self._batches)
