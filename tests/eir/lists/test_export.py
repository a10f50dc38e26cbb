import io

from hypothesis import given
from hypothesis import strategies as st

from eir.lists.batch import DEVICE
from eir.lists.export import COLUMNS, write_lines
from eir.lists.lines import imei_of, may_hold
from eir.lists.names import ListName, Lock
from eir.lists.subjects import Kind, Opaque, Subject, equipment_subject, number_of
from eir.store.rows import Entry, Scope
from protocols.identities import Imei
from tests.eir.lists.reading import read

HEADER = b"imei,imei_to,svn,tac,imsi,msisdn,lock,device,source,reason,effective,expires,then\n"
_SCOPES = {Kind.RANGE: Scope.RANGE, Kind.TAC: Scope.TAC, Kind.PAIR: Scope.PAIR}

Line = tuple[Subject, Entry, str]


def written(*lines: Line) -> bytes:
    file = io.BytesIO()
    write_lines(file, lines)
    return file.getvalue()


def test_a_line_says_everything_in_its_column() -> None:
    subject = Subject(Kind.PAIR, (100100199000001, 1001010000000001, 0))
    entry = Entry(
        ListName.TRACKING, "a", 'lost, "twice"', 86_400, 172_801, then=ListName.PROHIBITED
    )
    assert written((subject, entry, "D1")) == HEADER + (
        b'00100199000001,,,,001010000000001,,,D1,a,"lost, ""twice""",'
        b"1970-01-02T00:00:00Z,1970-01-03T00:00:01Z,prohibited\n"
    )


def test_a_list_without_entries_has_a_header() -> None:
    assert written() == HEADER
    assert "op" not in COLUMNS


digits = st.text("0123456789", min_size=1, max_size=15)
imeis = st.text("0123456789", min_size=14, max_size=14).map(number_of)
versions = st.integers(100, 198)
texts = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=12).map(
    str.strip
)
none = st.just(0)
ranges = st.tuples(imeis, imeis, versions | none).filter(lambda columns: columns[0] < columns[1])
pairs = st.tuples(imeis | none, digits.map(number_of) | none, digits.map(number_of) | none)
malformed = st.tuples(
    st.sampled_from(["#", "'*", '"', "É"]), st.text("0189ABEX*#'+-. ,\"É", max_size=6)
).map(lambda parts: Opaque("".join(parts).strip()))


subjects = st.one_of(
    imeis.map(lambda imei: Subject(Kind.EQUIPMENT, (imei,))),
    st.tuples(imeis, versions).map(lambda columns: Subject(Kind.SOFTWARE, columns)),
    ranges.map(lambda columns: Subject(Kind.RANGE, columns)),
    st.integers(0, 99_999_999).map(lambda tac: Subject(Kind.TAC, (number_of(f"{tac:08}"),))),
    pairs.filter(lambda columns: any(columns[1:])).map(lambda c: Subject(Kind.PAIR, c)),
    malformed.map(equipment_subject),
)


@st.composite
def lists(draw: st.DrawFn) -> list[Line]:
    """Draw what one list may hold."""
    name = draw(st.sampled_from(ListName))
    lines = []
    for subject in draw(st.lists(subjects, max_size=5)):
        if not may_hold(name, subject.kind, with_imei=bool(imei_of(subject))):
            continue
        effective = draw(st.none() | st.integers(-(10**9), 10**10))
        expires = draw(st.none() | st.integers((effective or 0) + 1, 10**10 + 1))
        tracked = name is ListName.TRACKING and expires is not None
        entry = Entry(
            name,
            draw(st.sampled_from(["local", "registry.1"])),
            draw(texts),
            effective,
            expires,
            svn=subject.fields.get("svn", ""),
            lock=draw(st.sampled_from(Lock)) if name is ListName.BINDING else None,
            then=draw(st.sampled_from([None, ListName.PROHIBITED])) if tracked else None,
            scope=_SCOPES.get(subject.kind, Scope.EQUIPMENT),
        )
        lines.append((subject, entry, draw(texts) if imei_of(subject) else ""))
    return lines


@given(lists())
def test_what_was_written_reads_as_what_it_was(lines: list[Line]) -> None:
    name = lines[0][1].list if lines else ListName.PROHIBITED
    found = read(written(*lines), name)
    entries = [(row[1], row[2]) for row in found.rows if row[0].kind != DEVICE]
    devices = [(row[1], row[2]) for row in found.rows if row[0].kind == DEVICE]
    assert not found.total
    assert entries == [(subject.columns, entry) for subject, entry, _ in lines]
    assert devices == [((imei_of(subject),), device) for subject, _, device in lines if device]


def test_an_identity_that_begins_with_an_apostrophe_keeps_it() -> None:
    line = equipment_subject(Opaque("'*")), Entry(ListName.PROHIBITED, "local"), ""
    assert b"\n''*," in written(line)
    assert [row[1] for row in read(written(line)).rows] == [line[0].columns]


def test_an_imei_keeps_its_zeros() -> None:
    subject = equipment_subject(Imei("00000000000001"))
    assert b"\n00000000000001,," in written((subject, Entry(ListName.PROHIBITED, "a"), ""))
