"""Whom `eir check` asks: the lists as they are, as they were, or as a file would make them."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias

from eir import config, policy_log
from eir.cli.progress import reading_progress
from eir.cli.settings import Settings
from eir.cli.tables import warn
from eir.decision.decider import Decider
from eir.decision.explain import Explanation, explain
from eir.decision.override import Override
from eir.decision.plan import plans_of
from eir.decision.policy import Policies, policies_of
from eir.decision.rule import Basis
from eir.decision.verdict import Check
from eir.decision.view import View
from eir.errors import StoreError
from eir.lists.loader import Request, suppose
from eir.lists.notified import Notice, Shown, notices
from eir.store.catalog import reading_lists, version_at
from eir.store.past_view import open_past
from eir.store.reader import ListReader
from eir.store.view import ListView

Ask: TypeAlias = Callable[[Check], Explanation]
Tell: TypeAlias = Callable[[Check], list[Notice]]


@dataclass(frozen=True, slots=True)
class Asking:
    """Answers checks.

    Attributes:
        ask: what the network would be told, and why.
        notices: what registries announced, which changes no answer.
        at: the instant for which, in UTC seconds.
    """

    ask: Ask
    notices: Tell
    at: float


@contextmanager
def asking_now(settings: Settings) -> Iterator[Asking]:
    """Ask as the network does.

    Raises:
        StoreError: the lists cannot be read; all checks have been answered all the same.
    """
    path = settings.config.store.path
    at = datetime.now(UTC).timestamp()
    override = _standing(path, at)
    with closing(ListReader(path)) as reader:
        lists = _Serving(reader, settings)
        decider = Decider(
            lists, policies_of(settings.config), lambda: at, lambda _: None, lambda _: override
        )
        with decider:
            yield Asking(decider.explain, lists.notices, at)
    error = decider.error or lists.error
    if error is not None:
        raise error


class _Serving:
    """The lists that serve; that notices cannot be read keeps nobody from being answered.

    Attributes:
        error: why notices cannot be read; None when they can.
    """

    def __init__(self, reader: ListReader, settings: Settings) -> None:
        self.error: StoreError | None = None
        self._reader = reader
        self._settings = settings
        self._tell: Tell = lambda _: []

    def begin(self, now: float) -> ListView:
        """See `ListReader`."""
        view = self._reader.begin(now)
        self._tell = _telling(self._settings, view, now)
        return view

    def notices(self, check: Check) -> list[Notice]:
        """Give what was announced."""
        try:
            return self._tell(check)
        except StoreError as error:
            self.error = error
            return []


@contextmanager
def asking_past(settings: Settings, *, version: int | None, at: int | None) -> Iterator[Asking]:
    """Ask the lists of a version, or of an instant, with the policy that was in force.

    Raises:
        HistoryError: history does not reach so far.
        StoreError: the lists, or the journal of policies, cannot be read.
    """
    path = settings.config.store.path
    instant = _made(path, version) if at is None and version is not None else float(at or 0)
    if version is None:
        version = version_at(path, datetime.fromtimestamp(instant, UTC))
    policies = _policies_at(settings, instant)
    override = policy_log.override_at(path, instant)
    with open_past(path, version) as view:
        ask = _over(view, policies, instant, override)
        yield Asking(ask, _telling(settings, view, instant), instant)


@contextmanager
def asking_if(
    settings: Settings, file: BinaryIO, request: Request, *, at: int | None
) -> Iterator[Asking]:
    """Ask the lists as they would be if a file were loaded; nothing is.

    Raises:
        ListFileError: the file would be refused.
        StoreError: the lists cannot be read, or somebody else is loading.
    """
    path = settings.config.store.path
    instant = datetime.now(UTC).timestamp() if at is None else float(at)
    override = _standing(path, instant)
    with (
        reading_progress(file, request.file) as progress,
        suppose(path, file, request, progress=progress) as supposed,
    ):
        policies = policies_of(settings.config)
        view = supposed.view()
        ask = _over(view, policies, instant, override)
        yield Asking(ask, _telling(settings, view, instant), instant)


def _standing(path: Path, instant: float) -> Override | None:
    """Tell which override is on; a journal that is broken is only warned of, as on the server."""
    override, broken = policy_log.standing_override(path, instant)
    if broken is not None:
        warn(f"{broken}; what can be read of it counts: see eir override show")
    return override


def _over(view: View, policies: Policies, at: float, override: Override | None) -> Ask:
    plans = plans_of(policies, Basis.of(view, override))
    return lambda check: explain(plans[policies.of(check).name], check, view, at)


def _telling(settings: Settings, view: Shown, at: float) -> Tell:
    zones = {registry.name: registry.zone for registry in settings.config.registry}
    return lambda check: notices(view, check, at, zones)


def _made(path: Path, version: int) -> float:
    """Tell when a version was made."""
    with reading_lists(path, version) as lists:
        return datetime.fromisoformat(lists.record(version).at).timestamp()


def _policies_at(settings: Settings, instant: float) -> Policies:
    """Take the policies from the configuration that served then."""
    text = policy_log.configuration_at(settings.config.store.path, instant)
    if text is None:
        warn("no server had started by then: answered with the configuration of today")
        return policies_of(settings.config)
    return policies_of(config.parse(text, None))
