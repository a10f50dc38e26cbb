"""A simulated registry, day after day, fault by fault: the lists are as it knows them, or held."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.eir.running import Shell
from tests.integration.registry_cases import BLACK, NOTES, PAIRS, Case, Contents, Line, Synced
from tools.registry.days import Registry, Settings
from tools.registry.table import table_for
from tools.registry.variants import Variant
from tools.registry.world import PROTECTED, Block, Snapshot

DAYS = 5
SMALL = "[registry.guard]\nunknown_removals = 10\n"  # of so few rows one is more than one percent


class Simulated:
    """A registry, and the EIR that takes its lists."""

    def __init__(self, directory: Path, **settings: object) -> None:
        made = Settings(name="national", size=120, full_every=1, **settings)  # type: ignore[arg-type]
        self.registry = Registry(made)
        self.case = Case(Shell(directory))
        table = table_for(made, self.case.outbox.as_uri(), {})
        self.case.shell.configure(f"{table}\n[registry.fetch]\nsettle_s = 0\n{SMALL}")

    def day(self, *faults: str) -> Synced:
        """Let the registry run its job, and sync."""
        self.registry.put(self.case.outbox, *faults)
        return self.case.sync()

    @property
    def truth(self) -> Snapshot:
        return self.registry.world.now


def normal(identity: str) -> str:
    return identity[:14] if identity[:14].isdecimal() and len(identity) >= 14 else identity


def lines(blocks: Mapping[str, Block]) -> Contents:
    return {
        (normal(imei),): Line("|".join(block.reasons), f"{block.since:%Y-%m-%d}T00:00:00Z", "")
        for imei, block in blocks.items()
    }


def is_true(simulated: Simulated, snapshot: Snapshot | None = None) -> None:
    """Compare the lists with what a DIRBS registry knew."""
    truth, case = snapshot or simulated.truth, simulated.case
    assert case.contents() == lines(truth.blacklist)
    assert case.contents(PAIRS).keys() == {tuple(pair) for pair in truth.exceptions("op1")}
    noted = truth.notifications("op1")
    assert case.contents(NOTES).keys() == {tuple(pair) for pair in noted}


@pytest.mark.parametrize(
    "variants",
    [
        pytest.param((), id="as it is"),
        pytest.param((Variant.SINGLE_FILE, Variant.CHECK_DIGIT), id="older deltas, 15 digits"),
        pytest.param((Variant.UNZIPPED, Variant.AMNESTY), id="unzipped, with amnesty"),
    ],
)
def test_the_lists_of_dirbs_are_right_day_after_day(
    tmp_path: Path, variants: tuple[Variant, ...]
) -> None:
    simulated = Simulated(tmp_path, variants=frozenset(variants))
    for _ in range(DAYS):
        synced = simulated.day()
        assert (synced.code, synced.report["outcome"]) == (0, "applied"), synced.sentences
        is_true(simulated)
    assert simulated.case.last_run()[BLACK] == simulated.truth.run


def test_exceptions_of_two_columns_are_right_day_after_day(tmp_path: Path) -> None:
    simulated = Simulated(tmp_path, variants=frozenset({Variant.TWO_COLUMNS}))
    for _ in range(DAYS):
        assert simulated.day().code == 0
        pairs = {pair[:2] for pair in simulated.truth.exceptions("op1")}
        assert simulated.case.contents(PAIRS).keys() == pairs


@pytest.mark.parametrize("variants", [(), (Variant.ZIPPED, Variant.CHECK_DIGIT)])
def test_our_own_files_are_right_day_after_day(
    tmp_path: Path, variants: tuple[Variant, ...]
) -> None:
    simulated = Simulated(tmp_path, format="csv", variants=frozenset(variants))
    for _ in range(DAYS):
        assert simulated.day().code == 0
        assert simulated.case.contents() == lines(simulated.truth.blacklist)
        assert simulated.case.contents("tracking") == lines(simulated.truth.greylist)


def test_the_lists_of_gl_ceir_are_right_day_after_day(tmp_path: Path) -> None:
    simulated = Simulated(tmp_path, format="gl-ceir")
    for _ in range(DAYS):
        assert simulated.day().code == 0
        for name, blocks in (
            (BLACK, simulated.truth.blacklist),
            ("tracking", simulated.truth.greylist),
        ):
            assert simulated.case.contents(name).keys() == lines(blocks).keys()


def test_the_stolen_lists_of_lsds_are_right_day_after_day(tmp_path: Path) -> None:
    simulated = Simulated(tmp_path, format="lsds")
    for _ in range(DAYS):
        assert simulated.day().code == 0
        stolen = {key for key in lines(simulated.truth.blacklist) if key[0].isdecimal()}
        found = simulated.case.contents().keys()
        assert found == {key for key in stolen if len(key[0]) == 14}


def test_the_pairs_of_dps_are_right_day_after_day(tmp_path: Path) -> None:
    simulated = Simulated(tmp_path, format="dps")
    for _ in range(DAYS):
        assert simulated.day().code == 0
        assert simulated.case.contents(PAIRS).keys() == {
            pair[:2] for pair in simulated.truth.exceptions("op1")
        }


TWO_DAYS_OF = 2
REFUSED = [
    *("missing-member", "duplicate-member", "unknown-member", "foreign-member"),
    *("emptied-archive", "foreign-operator", "truncated-zip", "bad-crc"),
    *("path-traversal", "absolute-path", "symlink-member", "truncated-csv"),
    *("conflicting-lines", "blocked-and-unblocked", "wrong-header", "grey-as-black"),
    *("foreign-imsis", "bad-utf-8-key", "growing"),
]
TRUSTED = [
    *("bad-signature", "expired-key", "revoked-key", "unknown-key", "wrong-hash", "wrong-rows"),
]
AS_EVER = [
    *("duplicate-lines", "known-additions", "unknown-removal", "malformed-identities"),
    *("bom", "mixed-line-ends", "upper-case-header", "reordered-columns", "trailing-spaces"),
    *("other-operators", "replay", "catch-up", "announced-surge", "no-full"),
]
HELD = ["reset", "shrunken-full", "empty-full", "unknown-removals", "future-block-date"]
WAITING = ["missing-exceptions", "late-exceptions", "half-written"]


@pytest.fixture
def simulated(tmp_path: Path) -> Simulated:
    found = Simulated(tmp_path)
    for _ in range(TWO_DAYS_OF):
        assert found.day().code == 0
    return found


@pytest.fixture
def signing(tmp_path: Path) -> Simulated:
    found = Simulated(tmp_path, keys=tmp_path / "keys")
    for _ in range(TWO_DAYS_OF):
        assert found.day().code == 0
    return found


def refuses(simulated: Simulated, fault: str) -> None:
    before = simulated.truth
    with simulated.case.unchanged():
        synced = simulated.day(fault)
    assert (synced.code, synced.report["outcome"]) == (4, "refused"), synced.sentences
    is_true(simulated, before)
    simulated.day()
    is_true(simulated)


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_wrong_is_refused_and_the_next_full_lists_are_right(
    simulated: Simulated, fault: str
) -> None:
    refuses(simulated, fault)


@pytest.mark.parametrize("fault", TRUSTED)
def test_what_nobody_vouches_for_is_refused_and_the_next_signed_lists_are_right(
    signing: Simulated, fault: str
) -> None:
    refuses(signing, fault)


@pytest.mark.parametrize("fault", AS_EVER)
def test_what_is_only_odd_is_applied(signing: Simulated, fault: str) -> None:
    synced = signing.day(fault)
    assert (synced.code, synced.report["outcome"]) == (0, "applied"), synced.sentences
    is_true(signing)


@pytest.mark.parametrize("fault", HELD)
def test_what_is_too_strange_is_held_and_once_accepted_applied(
    simulated: Simulated, fault: str
) -> None:
    with simulated.case.unchanged():
        synced = simulated.day(fault)
    assert (synced.code, [each for _, each in synced.runs]) == (5, ["held"]), synced.sentences
    accepted = simulated.case.sync("accept", str(synced.run["run"]), "--reason", "looked at it")
    assert (accepted.code, [each for _, each in accepted.runs]) == (0, ["applied"])


@pytest.mark.parametrize("fault", WAITING)
def test_what_is_not_whole_yet_waits_and_then_the_lists_are_right(
    simulated: Simulated, fault: str
) -> None:
    with simulated.case.unchanged():
        synced = simulated.day(fault)
    assert (synced.code, synced.report["outcome"]) == (0, "waiting"), synced.sentences
    assert simulated.day().code == 0
    is_true(simulated)


def test_a_link_is_refused_until_it_is_gone(simulated: Simulated) -> None:
    with simulated.case.unchanged():
        synced = simulated.day("symlink")
    assert (synced.code, synced.report["outcome"]) == (4, "refused"), synced.sentences
    for link in [path for path in simulated.case.outbox.iterdir() if path.is_symlink()]:
        link.unlink()
    assert simulated.day().code == 0
    is_true(simulated)


def test_a_run_that_never_came_is_no_matter_where_there_are_full_lists(
    simulated: Simulated,
) -> None:
    with simulated.case.unchanged():
        assert simulated.day("gap").report["outcome"] == "up-to-date"
    assert simulated.day().list()["way"] == "full"
    is_true(simulated)


def test_a_run_that_never_came_and_no_full_list_is_a_gap(simulated: Simulated) -> None:
    at = simulated.truth.run
    with simulated.case.unchanged():
        simulated.day("gap")
        synced = simulated.day("no-full")
    assert synced.code == 3
    assert f"--base {at}" in synced.report["next_step"]


def test_what_comes_out_of_order_is_put_in_order(simulated: Simulated) -> None:
    with simulated.case.unchanged():
        simulated.day("out-of-order", "no-full")
    synced = simulated.day("no-full")
    assert (synced.code, len(synced.runs)) == (0, 2)
    is_true(simulated)


def guard(simulated: Simulated, lines: str) -> None:
    config = simulated.case.shell.config
    config.write_text(f"{config.read_text()}{lines}\n")


def test_case_09_a_list_with_fewer_lines_than_its_manifest_says_is_refused(
    signing: Simulated,
) -> None:
    with signing.case.unchanged():
        synced = signing.day("wrong-rows")
    assert synced.code == 4
    runs = synced.report["runs"]
    said = " ".join([*synced.report["refused"].values(), *(r["reason"] for r in runs)])
    assert "its manifest says" in said


def test_case_17_a_surge_is_held_unless_a_signed_manifest_announced_it(
    signing: Simulated,
) -> None:
    guard(signing, "surge_blocks = 10\nsurge_blocks_percent = 5.0")
    assert signing.day("announced-surge").code == 0
    is_true(signing)
    with signing.case.unchanged():
        synced = signing.day("surge-of-blocks")
    assert (synced.code, [each for _, each in synced.runs]) == (5, ["held"])
    assert "are new on the prohibited list" in synced.run["reason"]


def test_case_18_an_unblock_of_most_is_held_though_all_is_signed(signing: Simulated) -> None:
    guard(signing, "surge_unblocks = 10\nsurge_unblocks_percent = 5.0")
    with signing.case.unchanged():
        synced = signing.day("surge-of-unblocks")
    assert (synced.code, [each for _, each in synced.runs]) == (5, ["held"])
    assert "entries go from the prohibited list" in synced.run["reason"]


def test_case_24_what_is_protected_is_left_out_of_what_a_registry_blocks(
    simulated: Simulated,
) -> None:
    case = simulated.case
    file = case.shell.directory / "protected.csv"
    file.write_text(f"imei\n{PROTECTED}\n")
    words = ("lists", "load", str(file), "--list", "protected", "--mode", "full")
    assert case.eir(*words).code == 0
    synced = simulated.day("protected-in-list")
    assert (synced.code, synced.list()["protected"]) == (0, 1)
    assert (PROTECTED,) not in case.contents()


def test_case_33_a_bomb_is_not_unpacked(simulated: Simulated) -> None:
    config = simulated.case.shell.config
    fetch = "[registry.fetch]\nmax_unpacked_octets = 10000000"
    config.write_text(config.read_text().replace("[registry.fetch]", fetch))
    refuses(simulated, "zip-bomb")
