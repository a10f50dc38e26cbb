"""What several commands take: lists, sources, files, instants, reasons."""

import re
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, TypeAlias

import click
from click.shell_completion import CompletionItem

from eir.errors import UsageError
from eir.lists.cells import parse_instant, parse_reason
from eir.lists.names import ListName
from eir.store.layout import Truth

Command: TypeAlias = Callable[..., Any]  # a function that becomes a command
Option: TypeAlias = Callable[[Command], Command]

_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"([0-9]{1,9}[dhms])+", re.ASCII)
_PART = re.compile(r"([0-9]+)([dhms])", re.ASCII)


class ListType(click.ParamType[ListName]):
    """The name of a list, in new words or old ones."""

    name = "list"

    def convert(
        self, value: str | ListName, param: click.Parameter | None, ctx: click.Context | None
    ) -> ListName:
        """Read it."""
        try:
            return ListName.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the lists."""
        del ctx, param
        return [CompletionItem(name) for name in ListName if name.startswith(incomplete)]


class Instant(click.ParamType[int]):
    """An instant in UTC seconds."""

    name = "instant"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        try:
            found = parse_instant(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if found is None:
            self.fail("say when", param, ctx)
        return found


class Duration(click.ParamType[int]):
    """A time span in seconds, written 90s, 30m, 2h, 1d12h."""

    name = "duration"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        if _DURATION.fullmatch(value) is None:
            self.fail(f"{value!r} is no time span: write 30m, 2h or 1d12h", param, ctx)
        return sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(value))


class Reason(click.ParamType[str]):
    """Why, in one line that is not empty."""

    name = "reason"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        try:
            reason = parse_reason(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not reason:
            self.fail("say why, in a few words: it goes to the journal", param, ctx)
        return reason


LIST_HELP = (
    "prohibited, tracking, permitted (or black, grey, white), exception, binding, protected,"
    " registration, tac-barred, tac-permitted or notification."
)


def list_option(*, required: bool) -> Option:
    """Take the name of a list."""
    return click.option(
        "--list", "name", type=ListType(), required=required, metavar="NAME", help=LIST_HELP
    )


def json_option(what: str) -> Option:
    """Let programs read what is printed."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what}.")


def limit_option(what: str) -> Option:
    """Print the first ones only."""
    return click.option(
        "--limit",
        type=click.IntRange(min=1),
        default=20,
        show_default=True,
        metavar="N",
        help=f"At most so many {what}.",
    )


def truth_of(name: ListName, source: str) -> Truth:
    """Name a list and a source that an operator typed.

    Raises:
        UsageError: no source may be called so.
    """
    try:
        return Truth(name, source)
    except ValueError as error:
        raise UsageError(str(error), next_step="choose another --source") from None


def check_span(since: int | None, until: int | None) -> None:
    """Refuse a span of time that nothing can lie in, seconds UTC; None: without an end there.

    Raises:
        UsageError: it ends before it begins, or at once.
    """
    if since is not None and until is not None and since >= until:
        raise UsageError("--to is not later than --from", next_step="give the earlier as --from")


def name_of(file: BinaryIO) -> str:
    """Name a file, without its directory, for messages and the journal."""
    return file.name.rpartition("/")[2].strip("<>")


def mode_option(modes: Iterable[str], whole: str) -> Option:
    """Offer --mode; `whole` says what a full file is.

    The modes are given, because whoever defines them is slow to import and rarely needed.
    """
    return click.option(
        "--mode",
        type=click.Choice(list(modes)),
        help=f"full: the file is {whole}. delta: it adds and removes."
        " Needed unless the file has an op column.",
    )


max_bad_option = click.option(
    "--max-bad",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Leave out up to N bad lines, rather than refuse the file.",
)
reason_option = click.option(
    "--reason", type=Reason(), required=True, metavar="TEXT", help="Why; goes to the journal."
)
journal_reason_option = click.option(
    "--reason", type=Reason(), metavar="TEXT", help="Why; goes to the journal."
)
source_option = click.option(
    "--source", default="local", show_default=True, metavar="NAME", help="Who says so."
)
