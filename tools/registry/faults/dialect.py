"""How else the same lines may be written: all but the last of these are to be read as ever."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tools.registry.faults.fault import Fault, FaultError, OfDelivery, Scene, changed
from tools.registry.parcel import Delivery, File
from tools.registry.sheet import IMEI, REASONS, Sheet


def _everywhere(rewrite: Callable[[bytes], bytes]) -> OfDelivery:
    """Write the octets of every list otherwise."""

    def content(delivery: Delivery, _scene: Scene) -> Delivery:
        return changed(
            delivery,
            lambda file: bool(file.rows),
            lambda file: replace(file, octets=rewrite(file.octets)),
        )

    return content


def _on_sheets(rewrite: Callable[[Sheet], Sheet]) -> OfDelivery:
    """Write the cells of every list otherwise."""

    def content(delivery: Delivery, _scene: Scene) -> Delivery:
        return changed(
            delivery,
            lambda file: bool(file.rows),
            lambda file: rewrite(Sheet.of(file)).written(file),
        )

    return content


def _mixed_line_ends(octets: bytes) -> bytes:
    lines = octets.replace(b"\r\n", b"\n").split(b"\n")
    ends = (b"\r\n", b"\n")
    return b"".join(line + ends[place % 2] for place, line in enumerate(lines[:-1]))


def _upper_case_header(octets: bytes) -> bytes:
    header, _, rest = octets.partition(b"\n")
    return header.upper() + b"\n" + rest


def _reordered_columns(sheet: Sheet) -> Sheet:
    return replace(sheet, header=sheet.header[::-1], rows=tuple(row[::-1] for row in sheet.rows))


def _trailing_spaces(sheet: Sheet) -> Sheet:
    rows = (tuple(f"{cell} " for cell in row) for row in sheet.rows)
    return replace(sheet, header=tuple(f"{name} " for name in sheet.header), rows=tuple(rows))


def _latin_1(delivery: Delivery, _scene: Scene) -> Delivery:
    """Put a letter into every reason, in one octet that is no UTF-8."""

    def accent(file: File) -> File:
        return replace(file, octets=file.octets.replace(b"local", b"l\xf6cal"))

    def has_reasons(file: File) -> bool:
        return b"local" in file.octets and Sheet.of(file).has(REASONS)

    return changed(delivery, has_reasons, accent)


def _bad_utf_8_key(delivery: Delivery, _scene: Scene) -> Delivery:
    def damage(file: File) -> File:
        sheet = Sheet.of(file)
        imei = sheet.rows[0][sheet.place(IMEI)].encode()
        return replace(file, octets=file.octets.replace(imei, imei[:13] + b"\xff", 1))

    if not any(file.rows for file in delivery.files):
        raise FaultError("this delivery has no lines")
    return changed(delivery, lambda file: bool(file.rows), damage)


FAULTS: Final = (
    Fault(
        name="bom",
        help="Files begin with a byte order mark.",
        content=_everywhere(lambda octets: b"\xef\xbb\xbf" + octets),
    ),
    Fault(
        name="mixed-line-ends",
        help="Every second line ends with LF, the others with CRLF.",
        content=_everywhere(_mixed_line_ends),
    ),
    Fault(
        name="upper-case-header",
        help="The columns are named in capital letters.",
        content=_everywhere(_upper_case_header),
    ),
    Fault(
        name="reordered-columns",
        help="The columns stand in the opposite order.",
        content=_on_sheets(_reordered_columns),
    ),
    Fault(
        name="trailing-spaces",
        help="A space stands behind every cell.",
        content=_on_sheets(_trailing_spaces),
    ),
    Fault(
        name="latin-1",
        help="Reasons have a letter in Latin-1.",
        content=_latin_1,
    ),
    Fault(
        name="bad-utf-8-key",
        help="An IMEI has an octet that is no UTF-8: this is to be refused.",
        content=_bad_utf_8_key,
    ),
)
