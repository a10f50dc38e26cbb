"""What is true of every format, and what each makes of what a made-up registry delivers."""

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import eir.registry.formats
from eir.config.registry import FORMATS
from eir.lists.names import ListName
from eir.registry.bundle import Bundle, Does, Part, Reading
from eir.registry.formats import named
from eir.store.rows import Entry
from tests.eir.lists.reading import read
from tests.eir.registry.formats.deliveries import Inbox, lines_of, registry, zipped
from tools.registry.days import Registry, Settings
from tools.registry.parcel import put
from tools.registry.variants import Variant

NAMES = (
    *("20250102_000302_blacklist.zip", "20250102_000302_exceptions_op1.zip"),
    *("20250102_000302_blacklist.csv", "20250102_000302_blacklist_delta_41_47.csv"),
    *("prohibited_full_47.csv", "prohibited_delta_41_47.csv", "lists_47.zip"),
    *("BlackList_Full_20250101.csv", "GreyList_Incremental_20250102.csv"),
    *("StolenFullList01-31-2025T000302.csv", "StolenDeltaList01-31-2025T000302.csv"),
    "Pair_List_Complete_2025-01-02_00-03-02.csv",
    *("ADD_Pair_List_2025-01-02_00-03-02.csv", "REMOVE_Pair_List_2025-01-02_00-03-02.csv"),
)
HEADERS = (
    *(b"imei,block_date,reasons\n", b"imei,block_date,reasons,change_type\n"),
    *(b"imei,reason\n", b"imei,reason,op\n", b"Device ID\n", b"Device ID,Operation\n"),
    *(b"Message\n", b"imei,reporting_date,status\n", b"imei,reporting_date,status,change_type\n"),
    *(b"imei,imsi\n", b"imei,imsi,change_type\n", b""),
)
CELLS = st.text('0123456789AF*,"\n\r é\x00', max_size=20).map(str.encode) | st.binary(max_size=20)
CONTENTS = st.builds(bytes.__add__, st.sampled_from(HEADERS), CELLS)
MEMBERS = st.dictionaries(
    st.sampled_from([*NAMES, "a", "../a", "/a", "a/", "a\\b", "."]), CONTENTS, max_size=3
)
FILES = st.dictionaries(
    st.sampled_from(NAMES) | st.text(max_size=9), CONTENTS | MEMBERS.map(zipped), max_size=3
)


@pytest.mark.parametrize("form", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(files=FILES)
@example(files={"20250102_000302_blacklist.zip": zipped({})})
def test_whatever_comes_a_format_gives_runs_and_faults(
    tmp_path: Path, form: str, files: dict[str, bytes]
) -> None:
    inbox = Inbox(tmp_path, form)
    for name, octets in files.items():
        inbox.put(name, octets)

    reading = inbox.read()

    for part in _parts(reading):
        lines_of(part)
    assert _accounted(reading) == set(files)


def _parts(reading: Reading) -> Iterator[Part]:
    for bundle in reading.bundles:
        for delivery in bundle.deliveries.values():
            yield from filter(None, [delivery.full])
            yield from delivery.delta.parts if delivery.delta else ()


def _accounted(reading: Reading) -> set[str]:
    """Give the files that something was said of."""
    used = {file.name for each in reading.bundles for file in each.files}
    return used | reading.faults.keys() | {*reading.waiting}


@pytest.mark.parametrize("form", FORMATS)
@given(name=st.text() | st.sampled_from(NAMES))
def test_any_name_is_wanted_or_not(form: str, name: str) -> None:
    assert named(form).wants(name, registry(form)) in {True, False}


def test_a_new_format_is_one_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new_kind.py").write_text(
        "import re\n"
        "from eir.registry.formats.gathering import ByName\n"
        "FORMAT = ByName(re.compile('new'), lambda file, match: None)\n"
    )
    monkeypatch.setattr(
        eir.registry.formats, "__path__", [*eir.registry.formats.__path__, str(tmp_path)]
    )
    try:
        form = named("new-kind")
        assert form.wants("new", registry("csv"))
        assert not form.wants("old", registry("csv"))
    finally:
        del sys.modules["eir.registry.formats.new_kind"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_that_may_be_configured_is_there(form: str) -> None:
    assert importlib.util.find_spec(f"eir.registry.formats.{form.replace('-', '_')}")
    assert callable(named(form).read)


VARIANTS = [
    ("dirbs", ()),
    ("dirbs", (Variant.SINGLE_FILE, Variant.TWO_COLUMNS)),
    ("dirbs", (Variant.AMNESTY, Variant.CHECK_DIGIT)),
    ("dirbs", (Variant.AMNESTY, Variant.SINGLE_FILE)),
    ("dirbs", (Variant.UNZIPPED, Variant.NO_NOTIFICATIONS)),
    ("csv", ()),
    ("csv", (Variant.ZIPPED, Variant.CHECK_DIGIT)),
    ("gl-ceir", ()),
    ("lsds", ()),
    ("dps", ()),
]
DAYS = 4

# What a registry has on a list, by subject, as its lines say it.
Listed = dict[tuple[int, ...], Entry | str | None]


def made_up(form: str, variants: Sequence[Variant] = ()) -> Registry:
    return Registry(Settings(format=form, size=60, variants=frozenset(variants)))


def taken(outbox: Path, inbox: Inbox) -> None:
    for path in sorted(outbox.iterdir()):
        inbox.put(path.name, path.read_bytes())


def listed(part: Part | None, name: ListName) -> Listed:
    found = read(lines_of(part), name)
    assert found.faults == []
    return {key: entry for _, key, entry, _ in found.rows}


def changed(before: Listed, bundle: Bundle, name: ListName) -> Listed:
    delta = bundle.deliveries[name].delta
    assert delta
    after = dict(before)
    for part in delta.parts:
        for key, entry in listed(part, name).items():
            if part.does is Does.REMOVE or entry is None:
                after.pop(key, None)
            else:
                after[key] = entry
    return after


@pytest.mark.parametrize(("form", "variants"), VARIANTS)
def test_what_changed_leads_from_each_whole_list_to_the_next(
    tmp_path: Path, form: str, variants: Sequence[Variant]
) -> None:
    outbox, source = tmp_path / "outbox", made_up(form, variants)
    for _ in range(DAYS):
        source.put(outbox)
    inbox = Inbox(tmp_path, form)
    taken(outbox, inbox)

    reading = inbox.read()

    assert (reading.faults, reading.waiting, reading.replaced) == ({}, (), ())
    assert len(reading.bundles) == DAYS
    for before, after in zip(reading.bundles, reading.bundles[1:], strict=False):
        for name, delivery in after.deliveries.items():
            then = listed(before.deliveries[name].full, name)
            assert changed(then, after, name) == listed(delivery.full, name), name


@pytest.mark.parametrize(
    "fault",
    [
        *("bom", "mixed-line-ends", "upper-case-header", "reordered-columns", "trailing-spaces"),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_a_dialect_says_the_same(tmp_path: Path, form: str, fault: str) -> None:
    """docs/registry.md, case 26."""
    readings = []
    for faults in [(), (fault,)]:
        outbox = tmp_path / ("faulty" if faults else "plain")
        source = made_up(form)
        source.put(outbox)
        source.put(outbox, *faults)
        inbox = Inbox(tmp_path, form)
        taken(outbox, inbox)
        readings.append(inbox.read())

    plain, faulty = readings

    assert faulty.faults == {}
    for one, other in zip(plain.bundles, faulty.bundles, strict=True):
        for name, delivery in one.deliveries.items():
            full = other.deliveries[name].full
            assert listed(delivery.full, name) == listed(full, name)


@pytest.mark.parametrize(
    "fault",
    [
        *("truncated-zip", "bad-crc", "missing-member", "foreign-member", "zip-bomb"),
        *("path-traversal", "absolute-path", "symlink-member", "duplicate-member"),
        *("wrong-header", "grey-as-black", "emptied-archive"),
    ],
)
def test_a_package_that_is_not_as_it_should_be_is_refused(tmp_path: Path, fault: str) -> None:
    """docs/registry.md, cases 8, 20 and 33."""
    delivery = made_up("dirbs").deliver(fault)
    put(delivery.parcels, tmp_path / "outbox")
    inbox = Inbox(tmp_path, "dirbs")
    taken(tmp_path / "outbox", inbox)

    reading = inbox.read(fetch={"max_unpacked_octets": 1 << 20})

    assert reading.faults
    assert all(error.next_step for error in reading.faults.values())
    assert _accounted(reading) == {file.name for file in inbox.files}
