"""How registries of one kind differ from each other."""

from enum import StrEnum


class Variant(StrEnum):
    """What a registry does that others of its kind do not."""

    SINGLE_FILE = "single-file"  # DIRBS before 8.0.1: one delta file a list, with change_type
    TWO_COLUMNS = "two-columns"  # DIRBS before 12: exceptions without msisdn
    AMNESTY = "amnesty"  # DIRBS: notifications say whether amnesty is granted
    NO_NOTIFICATIONS = "no-notifications"  # DIRBS
    RESTRICTED = "restricted"  # DIRBS: the full exceptions are of blocked IMEIs only, deltas of all
    UNZIPPED = "unzipped"  # DIRBS: what a directory has where somebody unpacked the zips
    CHECK_DIGIT = "check-digit"  # DIRBS, csv: IMEIs of 15 digits
    ZIPPED = "zipped"  # csv: all files of a run in one zip


def with_check_digit(imei: str) -> str:
    """Put the Luhn digit behind 14 digits (TS 23.003 Annex B); leave anything else."""
    if len(imei) != 14 or not imei.isdecimal():
        return imei
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(imei))
    return f"{imei}{-total % 10}"
