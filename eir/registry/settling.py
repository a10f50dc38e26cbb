"""Which files a sync is done with; those that it is not stay open, and are looked at again."""

from collections.abc import Mapping, Sequence

from eir.registry.archive import Archive
from eir.registry.bundle import Bundle
from eir.registry.report import Ignored


def settle(
    archive: Archive,
    bundles: Sequence[Bundle],
    ignored: Sequence[Ignored],
    refused: Mapping[str, str],
    *,
    applied: bool,
) -> None:
    """Be done with what will never be needed; what is damaged may come again.

    Args:
        archive: the files.
        bundles: runs that were looked at.
        ignored: files that are not needed, and why.
        refused: by the name of a file, why it is in no run.
        applied: whether a run was applied, which is newer than what is refused.
    """
    by_name = {file.name: file for file in archive.open_files()}
    reasons = {name: each.reason for each in ignored for name in each.files}
    for name in reasons.keys() & by_name.keys():
        archive.settle(by_name[name], reasons[name])
    for name in refused.keys() & by_name.keys():
        if applied:
            archive.settle(by_name[name], f"refused, and newer lists serve: {refused[name]}")
        else:  # so that the next sync fetches it again: it may have been damaged on its way
            archive.forget_file(by_name[name])
    _settle_vouchers(archive, bundles)


def _settle_vouchers(archive: Archive, bundles: Sequence[Bundle]) -> None:
    """Be done with manifests of runs with which a sync is done."""
    still = {file.sha256 for file in archive.open_files()}
    for bundle in bundles:
        if still.isdisjoint(file.sha256 for file in bundle.files):
            for file in bundle.vouchers:
                if file.sha256 in still:
                    archive.settle(file, f"of run {bundle.run}, with which a sync is done")
