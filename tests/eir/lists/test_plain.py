from dataclasses import replace

from eir.lists.batch import DEVICE, Stream
from eir.lists.columns import Columns
from eir.lists.digits import line_starts
from eir.lists.ids import Ids
from eir.lists.meanings import Beside, Meanings, Said
from eir.lists.names import ListName
from eir.lists.plain import PlainLines, PlainReader
from eir.lists.subjects import Kind
from eir.store.layout import Truth
from eir.store.rows import Entry
from tests.eir.lists.reading import Interned

A, B = "00100199000001", "00100199000002"


def read(ids: Interned, names: str, *lines: str) -> PlainLines:
    columns = Columns(tuple(names.split(",")))
    truth = Truth(ListName.PROHIBITED, "local")
    meanings = Meanings(columns.beside, truth)
    piece = "".join(f"{line}\n" for line in lines).encode()
    reader = PlainReader(columns, truth.list, meanings, Ids(ids.intern, ids.intern))
    return reader.read(piece, line_starts(piece))


def test_plain_lines_have_rows_of_what_they_say() -> None:
    lines = read(Interned(), "imei,reason", f"{A},lost", f"{B},stolen", f"{B},lost")
    rows = lines.rows(lines.plain, before=10)
    assert {stream: numbers.tolist() for stream, numbers in rows.items()} == {
        Stream("local", Kind.EQUIPMENT): [
            [100100199000001, 100100199000002, 100100199000002],
            [first := int(rows[Stream("local", Kind.EQUIPMENT)][1][0]), 3 - first, first],
            [11, 12, 13],
        ]
    }


def test_sources_kinds_and_devices_have_streams_of_their_own() -> None:
    lines = read(
        Interned(), "imei,imsi,source,device", f"{A},,a,D", f"{A},1,b,D", ",1,b,D", f"{B},,a,"
    )
    rows = lines.rows(lines.plain, before=0)
    assert {stream: numbers[-1].tolist() for stream, numbers in rows.items()} == {
        Stream("a", Kind.EQUIPMENT): [1, 4],
        Stream("b", Kind.PAIR): [2, 3],
        Stream("a", DEVICE): [1],
        Stream("b", DEVICE): [2],
    }


def test_a_removal_has_no_entry() -> None:
    ids = Interned()
    lines = read(ids, "imei,op", f"{A},remove")
    rows = lines.rows(lines.plain, before=0)
    assert rows[Stream("local", Kind.EQUIPMENT)][1].tolist() == [0]
    assert ids.said == []


def test_what_many_lines_say_is_read_once() -> None:
    ids = Interned()
    read(ids, "imei,reason", f"{A},lost", f"{B},lost", f"{B},stolen")
    assert len(ids.said) == 2


def test_a_text_that_is_wrong_or_goes_on_leaves_its_lines_to_be_read_alone() -> None:
    lines = read(
        Interned(),
        "imei,reason,effective",
        f"{A},lost,",
        f"{A},lost",
        f"{A},lost,soon",
        f'{A},"lost,',
        f'{A},"lost"x,',
        f'{A},"lost, twice",',
        f"{A},{'x' * 200},",
        f"{A},lost,20260101",
    )
    assert lines.plain.tolist() == [True, False, False, False, False, True, False, True]


def test_texts_before_between_and_behind_the_keys_are_read_together() -> None:
    ids = Interned()
    lines = read(
        ids,
        "reason,imei,source,expires,imsi,effective",
        f"lost,{A},a,,,20260101",
        f"lost,{B},a,20260301,,",
        f"lost,{B},a,,1,20260101",
        f"los,{B},a,,,t20260101",
        f"lost,{B},a,,,20260101,",
        f"lost,{A},a,,,20260101",
        f'"a""b",{A},a,,{A},,,',
    )
    assert lines.plain.tolist() == [True, True, True, False, False, True, False]
    rows = lines.rows(lines.plain, before=0)
    said = [ids.said[number - 1] for number in rows[Stream("a", Kind.EQUIPMENT)][1].tolist()]
    entry = Entry(ListName.PROHIBITED, "a", "lost", 1_767_225_600)
    assert said == [entry, replace(entry, effective=None, expires=1_772_323_200), entry]


def test_a_line_that_ends_before_its_device_is_not_plain() -> None:
    lines = read(Interned(), "imei,reason,device", f"{A},lost", f"{A},lost,D", f"{A},lost,D,")
    assert lines.plain.tolist() == [False, True, False]


def test_texts_are_known_in_the_next_piece_however_long_those_beside_them_are() -> None:
    asked: list[Beside] = []

    class Noting(Meanings):
        def read(self, beside: Beside) -> Said:
            asked.append(beside)
            return super().read(beside)

    columns, ids = Columns(("reason", "imei", "source")), Interned()
    meanings = Noting(columns.beside, Truth(ListName.PROHIBITED, "local"))
    reader = PlainReader(columns, ListName.PROHIBITED, meanings, Ids(ids.intern, ids.intern))
    for piece in (f"lost,{A},a\n", f"lost,{B},a\n{'x' * 99},{A},a\n", f"lost,{B},a\n"):
        assert reader.read(piece.encode(), line_starts(piece.encode())).plain.all()
    assert [beside.cells for beside in asked] == [("lost", "a"), ("x" * 99, "a")]


def test_seven_texts_around_six_keys_are_told_apart_by_their_lengths() -> None:
    names = "lock,imei,source,imei_to,reason,svn,op,tac,device,imsi,effective,msisdn,then"
    good = f",{A},a,,b,,add,,D,,,1,"
    for bad in (f"\0{good}", good.replace("a,,b", "a\0,,b"), f"{good}\0"):
        assert read(Interned(), names, bad, good, bad).plain.tolist() == [False, True, False]


def test_only_wanted_lines_have_rows() -> None:
    lines = read(Interned(), "imei", A, B)
    wanted = lines.plain
    wanted[0] = False
    assert [rows[0].tolist() for rows in lines.rows(wanted, before=0).values()] == [
        [100100199000002]
    ]
    wanted[1] = False
    assert lines.rows(wanted, before=0) == {}
