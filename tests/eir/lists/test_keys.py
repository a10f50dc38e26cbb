import pytest

from eir.lists.columns import Columns
from eir.lists.digits import Octets, line_starts
from eir.lists.keys import KINDS, KeyReader, Keys
from eir.lists.lines import read_subject, version_of
from eir.lists.names import ListName
from eir.lists.subjects import Kind


def read(names: str, *lines: str, name: ListName = ListName.PROHIBITED, end: str = "\n") -> Keys:
    piece = "".join(f"{line}{end}" for line in lines).encode()
    octets, starts = Octets(piece), line_starts(piece)
    reader = KeyReader(Columns(tuple(names.split(","))), name)
    return reader.read(octets, starts[:-1], octets.ends_of(starts))


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ("imei", "00100199000001"),
        ("imei", '"001001990000017"'),
        ("imei,reason", "3520990017614899,x"),
        ("imei,imei_to,svn", "00100199000001,00100199000002,07"),
        ("imei,imei_to,svn", "00100199000001,,99"),
        ("svn,imei", "07,00100199000001"),
        ("tac,imei", "00100199,"),
        ("msisdn,imsi,imei,op", "155,00101,00100199000001,add"),
        ("imsi,msisdn", '"","1"'),
        ("reason,imei", 'b"c,00100199000001'),
        ("reason,imei", '"b",00100199000001'),
        ("reason,op,imei,source,imsi", ',add,00100199000001,"a",1'),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_plain_keys_mean_what_they_mean_alone(names: str, line: str, end: str) -> None:
    keys = read(names, line, end=end)
    cells = dict(zip(names.split(","), line.replace('"', "").split(","), strict=True))
    subject = read_subject(cells, ListName.PROHIBITED)
    kind = KINDS[int(keys.kinds[0])]
    assert keys.plain.tolist() == [True]
    assert kind is subject.kind
    zero = keys.versions[:0].sum()
    columns = tuple(int(keys.numbers[f][0]) if f in keys.numbers else zero for f in kind.fields)
    assert columns == subject.columns
    assert keys.versions[0] == version_of(subject)


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ("imei", ""),
        ("imei", "0010019900000"),
        ("imei", "00100199000001234"),
        ("imei", " 00100199000001"),
        ("imei", "00100199000001 "),
        ("imei", "0010019900000A"),
        ("imei", '"00100199000001'),
        ("imei", '00100199000001"'),
        ("imei", '"'),
        ("imei", "00100199000001,"),
        ("imei,reason", "00100199000001"),
        ("imei,reason", ",x"),
        ("reason,imei", "00100199000001"),
        ("reason,imei", "00100199000001,"),
        ("reason,imei", "a,00100199000001,"),
        ("reason,imei", '"a""b",00100199000001'),
        ("reason,imei", '"a"b,00100199000001'),
        ("reason,imei", '"a,00100199000001'),
        ("reason,op,imei", '"a""b",00100199000001'),
        ("reason,imei,op,source", "a,00100199000001"),
        ("imei,imei_to", "00100199000002,00100199000001"),
        ("imei,imei_to", "00100199000001,00100199000001"),
        ("imei,tac", "00100199000001,00100199"),
        ("tac", "0010019"),
        ("imei,svn", "00100199000001,7"),
        ("imsi", "0010100000000012"),
    ],
)
def test_what_is_not_surely_plain_is_not_plain(names: str, line: str) -> None:
    assert read(names, line, "00100199000001", line).plain.tolist()[::2] == [False, False]


def test_a_comma_of_the_next_line_ends_no_cell() -> None:
    assert read("op,imei,reason", "add", "add,00100199000001,x").plain.tolist() == [False, True]


def test_a_list_refuses_what_it_may_not_hold() -> None:
    lines = ("00100199,,", ",00100199000001,", ",00100199000001,1", ",,1")
    for name, plain in (
        (ListName.TAC_BARRED, [True, False, False, False]),
        (ListName.BINDING, [False, False, True, False]),
        (ListName.EXCEPTION, [True, True, True, True]),
    ):
        assert read("tac,imei,imsi", *lines, name=name).plain.tolist() == plain


def test_texts_are_what_is_not_in_the_keys() -> None:
    names = "reason,op,imei,source,imsi,expires,then"
    keys = read(names, 'a,add,00100199000001,b,,"c,",', ",,,,1,,")
    assert [(begins[0], ends[0]) for begins, ends in keys.texts] == [(0, 5), (21, 22), (24, 29)]
    assert [(begins[1], ends[1]) for begins, ends in keys.texts] == [(30, 31), (33, 33), (36, 37)]
    assert [KINDS[kind] for kind in keys.kinds.tolist()] == [Kind.EQUIPMENT, Kind.PAIR]
