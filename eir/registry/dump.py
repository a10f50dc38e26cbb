"""What an operator reports to the registry: the data dump of registries like DIRBS.

A zip file `<operator>_<first day>_<last day>.zip` with exactly one CSV file of the same name, in
UTF-8 with CRLF at the ends of lines: on which day which equipment was seen with which subscriber.
No observations are kept, so it has no lines of data; the registry accepts that.
"""

import hashlib
import io
import os
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from eir.store.copies import new_file

COLUMNS = ("date", "imei", "imsi", "msisdn", "rat")  # operator data, version 2
_DAY = "%Y%m%d"


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump that was written.

    Attributes:
        file: where it is.
        rows: lines of data.
        octets: its size.
        sha256: of its octets, hex.
    """

    file: Path
    rows: int
    octets: int
    sha256: str


def write_dump(directory: Path, operator: str, first: date, last: date) -> Dump:
    """Write the dump of some days, the last one included; it has its name once it is whole.

    Args:
        directory: where to.
        operator: the id under which the registry knows us.
        first: the first day, in the registry's zone.
        last: the last one; not before the first.

    Raises:
        StoreError: it cannot be written; there is no such file then.
    """
    name = f"{operator.lower()}_{first.strftime(_DAY)}_{last.strftime(_DAY)}"
    octets = _packed(f"{name}.csv", f"{','.join(COLUMNS)}\r\n".encode())
    file = directory / f"{name}.zip"
    with new_file(file) as descriptor, os.fdopen(descriptor, "wb", closefd=False) as target:
        target.write(octets)
    return Dump(file, 0, len(octets), hashlib.sha256(octets).hexdigest())


def _packed(name: str, octets: bytes) -> bytes:
    """Pack one file; the same octets pack to the same archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = 0o640 << 16
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, octets)
    return packed.getvalue()
