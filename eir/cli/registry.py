"""`eir registry`: what registries and operators make for each other."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import click
from pydantic import ValidationError

from eir.cli.parameters import ListType, json_option
from eir.cli.settings import Settings
from eir.cli.tables import warn
from eir.config import Registry
from eir.errors import ConfigError, UsageError
from eir.lists.names import ListName
from eir.registry.dump import write_dump
from eir.registry.trust.manifest_file import SUFFIX, Announcement, Entry, Manifest, dump
from eir.registry.trust.signature import load_private_key
from eir.registry.trust.signing import Signer, base_of, entries, write

_directory = click.Path(path_type=Path, exists=True, file_okay=False)
_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_Day = click.DateTime(["%Y-%m-%d"])


@click.group()
def registry() -> None:
    """Make what a registry sends, and what it wants to be sent.

    \b
      eir registry sign *_47.csv --registry national --run 47 --base 41 --key key.pem --key-id 2026a
      eir registry export-dump national --from 2026-01-01 --to 2026-01-31
    """  # noqa: D301 - \b is click's mark for "do not wrap"


@registry.command("sign")
@click.argument("files", type=_file, nargs=-1, required=True)
@click.option(
    "--registry", "name", required=True, metavar="NAME", help="As operators configure it."
)
@click.option("--run", type=click.IntRange(min=0), required=True, metavar="N", help="Of all files.")
@click.option(
    "--base",
    type=click.IntRange(min=-1),
    metavar="N",
    help="Run that deltas build on, -1: none; else by names.",
)
@click.option("--list", "of_list", type=ListType(), metavar="NAME", help="If all are of one list.")
@click.option(
    "--announce-blocks",
    "blocks",
    type=click.IntRange(min=0),
    metavar="N",
    help="So many new blocks are meant, and no accident.",
)
@click.option(
    "--announce-unblocks",
    "unblocks",
    type=click.IntRange(min=0),
    metavar="N",
    help="Likewise blocks that end.",
)
@click.option("--key", type=_file, metavar="PEM", help="The private key.")
@click.option("--key-id", metavar="ID", help="Its id in [[registry.key]] of those who fetch.")
@click.option("--certificate", type=_file, metavar="PEM", help="Or its chain, its own one first.")
@click.option("--no-signature", is_flag=True, help="Write the manifest only.")
@click.option("--out", type=_directory, metavar="DIR", help="Where to; else beside the first file.")
@json_option("one JSON object")
def sign(  # noqa: PLR0913 - one parameter for each option
    *,
    files: tuple[Path, ...],
    name: str,
    run: int,
    base: int | None,
    of_list: ListName | None,
    blocks: int | None,
    unblocks: int | None,
    key: Path | None,
    key_id: str | None,
    certificate: Path | None,
    no_signature: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write a manifest of FILES, which are of one run, and its signature beside it.

    The manifest says what each file is to the octet, and how many lines it has. It is called
    NAME_RUN.manifest.json, and its signature NAME_RUN.manifest.json.sig; both have their names
    once they are whole. Put them where the files are. No configuration is needed. Names that say
    another run or base, as in ..._delta_41_47.csv, are refused.

    \b
    A key, its public half for operators, and a signature:
      openssl genpkey -algorithm ed25519 -out key.pem
      openssl pkey -in key.pem -pubout -out 2026a.pub.pem
      eir registry sign prohibited_delta_41_47.csv --registry national --run 47 --base 41 \\
        --key key.pem --key-id 2026a
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    signer = None if no_signature else _signer(key, key_id, certificate)
    described = entries(files)
    try:
        manifest = Manifest(
            registry=name,
            run=run,
            base=base_of(described, run, base),
            list=of_list,
            generated=datetime.now(UTC).replace(microsecond=0),
            files=described,
            announced=_announced(blocks, unblocks),
        )
    except ValidationError as error:
        raise UsageError(error.errors()[0]["msg"], next_step="call it in another way") from None
    path = (out or files[0].parent) / f"{name}_{run}{SUFFIX}"
    signature = write(dump(manifest), path, signer)
    rows = sum(map(_rows, manifest.files))
    if as_json:
        fields = {"manifest": str(path), "signature": signature and str(signature)}
        click.echo(json.dumps(fields | {"files": len(files), "rows": rows}))
        return
    how = "signed" if signature else "not signed"
    click.echo(f"{path}: {_count(len(files), 'file')}, {_count(rows, 'line')}; {how}")


@registry.command("export-dump")
@click.argument("name")
@click.option("--from", "first", type=_Day, required=True, metavar="DAY", help="The first day.")
@click.option("--to", "last", type=_Day, required=True, metavar="DAY", help="The last one.")
@click.option("--out", type=_directory, default=".", metavar="DIR", help="Where to; else here.")
@json_option("one JSON object: file, rows, octets and SHA-256")
@click.pass_obj
def export_dump(  # noqa: PLR0913 - one parameter for each option
    settings: Settings, *, name: str, first: datetime, last: datetime, out: Path, as_json: bool
) -> None:
    """Write the operator data that the registry NAME imports: what was seen on some days.

    The file is called <operator>_<first>_<last>.zip, by the operator of [[registry]]. No
    observations are kept yet, so it is valid and has no rows.

    \b
      eir registry export-dump national --from 2026-01-01 --to 2026-01-31
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    operator = _operator(settings.config.registry, name)
    if last < first:
        raise UsageError("the last day is before the first", next_step="exchange --from and --to")
    made = write_dump(out, operator, _day(first), _day(last))
    warn("no observations are kept yet: the dump is valid, and has no rows")
    if as_json:
        fields = {"file": str(made.file), "rows": made.rows, "octets": made.octets}
        click.echo(json.dumps(fields | {"sha256": made.sha256}))
    else:
        click.echo(f"{made.file}: {made.rows:,} rows, SHA-256 {made.sha256}")


def _day(moment: datetime) -> date:
    return moment.date()


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _rows(entry: Entry) -> int:
    return (entry.rows or 0) + sum(entry.members.values())


def _announced(blocks: int | None, unblocks: int | None) -> Announcement | None:
    if blocks is None and unblocks is None:
        return None
    return Announcement(blocks=blocks or 0, unblocks=unblocks or 0)


def _signer(key: Path | None, key_id: str | None, certificate: Path | None) -> Signer:
    """Say who signs.

    Raises:
        UsageError: what was given does not say it.
    """
    if key is None:
        raise UsageError("nobody signs", next_step="name a --key, or say --no-signature")
    if (key_id is None) == (certificate is None):
        raise UsageError(
            "it must be said by what the key is known",
            next_step="give --key-id, or --certificate, and not both",
        )
    private = load_private_key(key)
    if certificate is not None:
        return Signer.certified(private, certificate.read_bytes())
    return Signer(private, key_id)


def _operator(registries: tuple[Registry, ...], name: str) -> str:
    """Tell under which id a registry knows us."""
    found = next((each for each in registries if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in registries)
        raise UsageError(
            f"no registry is called {name}",
            next_step=f"there are: {names}" if names else "add a [[registry]] to the configuration",
        )
    if found.operator is None:
        raise ConfigError(
            f"[[registry]] {name}: operator is missing",
            next_step="add the id under which the registry knows you",
        )
    return found.operator
