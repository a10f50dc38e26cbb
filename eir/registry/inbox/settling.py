"""Which files a sync is done with; those that it is not stay open, and are looked at again."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from eir.registry.bundle import Bundle, Delivered
from eir.registry.inbox.archive import Archive, Archived
from eir.registry.outcome import Outcome
from eir.registry.report import Ignored, RunReport

_APPLIED = re.compile(r"applied: run \d+, version (?P<version>\d+)")


def settle(
    archive: Archive,
    bundles: Sequence[Bundle],
    ignored: Sequence[Ignored],
    refused: Mapping[str, str],
    outdated: AbstractSet[str],
) -> None:
    """Be done with what will never be needed; what is damaged may come again.

    Args:
        archive: the files.
        bundles: runs that were looked at.
        ignored: files that are not needed, and why.
        refused: by the name of a file, why it is in no run.
        outdated: names of refused files that nobody needs any more.
    """
    by_name = {file.name: file for file in archive.open_files()}
    reasons = {name: each.reason for each in ignored for name in each.files}
    for name in reasons.keys() & by_name.keys():
        archive.settle(by_name[name], reasons[name])
    for name in refused.keys() & by_name.keys():
        if name in outdated:
            archive.settle(by_name[name], f"refused, and newer lists serve: {refused[name]}")
        else:  # so that the next sync fetches it again: it may have been damaged on its way
            archive.forget_file(by_name[name])
    _settle_vouchers(archive, bundles)


def settle_replaced(archive: Archive, replaced: Iterable[Delivered]) -> None:
    """Be done with files of which there is a newer one: once that is settled they would count."""
    still = {(file.sha256, file.name) for file in archive.open_files()}
    for file in replaced:
        if (file.sha256, file.name) in still:
            archive.settle(file, "replaced by a newer one, or by an archive that has the same")


def settle_held(archive: Archive, bundles: Sequence[Bundle], runs: Iterable[RunReport]) -> None:
    """Keep open what is held, though it was settled before: a full list that was forced."""
    held = {run.sha256 for run in runs if run.outcome is Outcome.HELD}
    for bundle in bundles:
        for file in bundle.files if bundle.sha256 in held else ():
            archive.settle(file, "")


def applied_after(version: int, file: Archived) -> bool:
    """Tell whether a file was applied to a later version of the lists than there is.

    Then the lists were restored from a backup, and what they have lost comes again.
    """
    applied = _APPLIED.match(file.settled)
    return applied is not None and int(applied["version"]) > version


def is_voucher_of(run: int, file: Archived) -> bool:
    """Tell whether a file is a manifest of a run with which a sync is done."""
    return file.settled.startswith(f"of run {run},")


def _settle_vouchers(archive: Archive, bundles: Sequence[Bundle]) -> None:
    """Be done with manifests of runs with which a sync is done."""
    still = {file.sha256 for file in archive.open_files()}
    for bundle in bundles:
        if still.isdisjoint(file.sha256 for file in bundle.files):
            for file in bundle.vouchers:
                if file.sha256 in still:
                    archive.settle(file, f"of run {bundle.run}, with which a sync is done")
