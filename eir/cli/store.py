"""`eir store`: what operators do with the lists as a whole."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from eir.cli.parameters import json_option
from eir.cli.progress import checking_progress
from eir.cli.settings import Settings
from eir.store.backup import back_up, restore
from eir.store.catalog_file import state_of
from eir.store.compact import compact
from eir.store.update import update
from eir.store.verify import verify_apart


@click.group()
def store() -> None:
    """Back up, restore, check, shrink and update the lists as a whole.

    All of it may be done while eir serves: it goes on with what it has, and follows at once.

    \b
      eir store backup /backup
      eir store check
    """  # noqa: D301 - \b is click's mark for "do not wrap"


@store.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@json_option("one JSON object")
@click.pass_obj
def make_backup(settings: Settings, target: Path, *, as_json: bool) -> None:
    """Write the lists, as they are now, to TARGET: a new file, or a directory that is there.

    In a directory the file is named by time and version. A load may go on meanwhile: it is in the
    backup or it is not. The file has its name once it is whole and on the disk. The configuration
    and policy.jsonl beside the lists are files of their own; copy them as files.

    \b
    Every night, and keep a month:
      eir store backup /backup
      find /backup -name 'eir-lists-*.mdb' -mtime +30 -delete
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    made = back_up(settings.config.store.path, target, datetime.now(UTC))
    if as_json:
        fields = {"file": str(made.file), "version": made.version, "octets": made.octets}
        click.echo(json.dumps(fields))
    else:
        click.echo(f"version {made.version} is in {made.file}: {made.octets:,} octets")


@store.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option("one JSON object")
@click.pass_obj
def restore_backup(settings: Settings, file: Path, *, as_json: bool) -> None:
    """Let the lists be those of FILE, which eir store backup wrote.

    FILE is checked from end to end first, and left as it is. What was in the lists is gone then,
    versions and journal too: back it up before, if it can still be read.

    \b
      eir store backup /backup/before.mdb
      eir store restore /backup/eir-lists-20260901T020000Z-v41.mdb
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    with checking_progress(file.name) as progress:
        state = restore(settings.config.store.path, file, progress)
    if as_json:
        click.echo(json.dumps({"version": state.version, "loaded": state.loaded}))
    else:
        click.echo(f"version {state.version} of {state.loaded} serves, from {file}")


@store.command("compact")
@json_option("one JSON object")
@click.pass_obj
def make_compact(settings: Settings, *, as_json: bool) -> None:
    """Give back the room that earlier loads took in the file of the lists.

    The version and its history stay. For a time there must be room for two more files of the size.
    It is worth while after something large was removed; a load does all else that is needed.

    \b
      eir store compact
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    done = compact(settings.config.store.path)
    if as_json:
        click.echo(json.dumps({"octets_before": done.before, "octets_after": done.after}))
    else:
        click.echo(f"{done.before:,} octets before, {done.after:,} after")


@store.command("check")
@json_option("one JSON object")
@click.pass_obj
def check_store(settings: Settings, *, as_json: bool) -> None:
    """Read everything in the lists, and tell whether it is what was written.

    The exit status is 0 if it is, and 74 if it is not.

    \b
      eir store check
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    path = settings.config.store.path
    with checking_progress("check") as progress:
        verify_apart(path, progress)
    version = state_of(path).version
    if as_json:
        click.echo(json.dumps({"version": version, "sound": True}))
    else:
        click.echo(f"version {version} is sound: every list, the journal and the history")


@store.command("migrate")
@json_option("one JSON object")
@click.pass_obj
def migrate_store(settings: Settings, *, as_json: bool) -> None:
    """Bring lists that an older eir wrote to the format of this one.

    The next load does it too, and so does eir serve when it starts. An older eir cannot read them
    then: back up lists/data.mdb before, by copying it, if you may want to go back.

    \b
      eir store migrate
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    migrated = update(settings.config.store.path)
    if as_json:
        click.echo(json.dumps({"migrated": migrated}))
    else:
        click.echo("brought up to date" if migrated else "nothing to do: it is up to date")
