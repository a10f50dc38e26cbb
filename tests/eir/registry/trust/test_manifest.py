import hashlib
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from eir.config.registry import Registry
from eir.registry.bundle import Announced, Bundle, Delivered, Delivery, Delta, Does, Part
from eir.registry.outcome import AbsentError, BundleError
from eir.registry.trust.manifest import Vouched, confirm, is_manifest, vouch
from eir.registry.trust.signature import sign
from tests.eir.registry.keys import NOW, private, public_key, registry
from tests.eir.registry.planned import BLACK, PAIRS, delivery

HOUR = timedelta(hours=1)
BLACKLIST = "prohibited_delta_41_47.csv"
EXCEPTIONS = "exception_delta_41_47.csv"
NAME = "run_47.manifest.json"
KEY = private("ed25519")


class Delivering:
    """A directory of files, as they were fetched."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.files: list[Delivered] = []

    def add(self, name: str, octets: bytes = b"imei\n", fetched: datetime = NOW) -> Delivered:
        path = self.directory / f"{len(self.files)}_{name}"
        path.write_bytes(octets)
        hashed = hashlib.sha256(octets).hexdigest()
        self.files.append(Delivered(name, path, hashed, len(octets), fetched))
        return self.files[-1]

    def manifest(self, *files: Delivered, name: str = NAME, **fields: object) -> Delivered:
        said = {
            "registry": "xx",
            "run": 47,
            "base": 41,
            "generated": "2026-01-02T00:03:02Z",
            "files": [{"name": each.name, "sha256": each.sha256} for each in files],
        }
        return self.add(name, json.dumps(said | fields).encode())

    def sign(self, manifest: Delivered, number: int = 0) -> Delivered:
        octets = manifest.path.read_bytes()
        return self.add(
            f"{manifest.name}.sig", sign(octets, private("ed25519", number), key_id="2026a")
        )

    def vouched(self, of: Registry, now: datetime = NOW) -> Vouched:
        return vouch(self.files, of, now)


@pytest.fixture
def there(tmp_path: Path) -> Delivering:
    return Delivering(tmp_path)


@pytest.fixture
def trusting(tmp_path: Path) -> Registry:
    return registry(tmp_path)


@pytest.fixture
def asking(tmp_path: Path) -> Registry:
    """A registry whose files must be signed."""
    return registry(tmp_path, public_key(tmp_path, KEY), require_signature=True)


def faults(found: Vouched) -> dict[str, str]:
    return {name: str(error) for name, error in found.faults.items()}


def are_absent(found: Vouched) -> bool:
    """Tell whether all that is wrong with files is that something did not come."""
    return all(isinstance(error, AbsentError) for error in found.faults.values())


def test_manifests_and_their_signatures_are_known_by_their_names() -> None:
    assert is_manifest("run_47.manifest.json")
    assert is_manifest("run_47.manifest.json.sig")
    assert not is_manifest("run_47.json")


def test_without_a_manifest_files_count_as_they_are(there: Delivering, trusting: Registry) -> None:
    file = there.add(BLACKLIST)
    assert there.vouched(trusting) == Vouched((file,))


def test_a_file_that_is_as_its_manifest_says_counts(there: Delivering, trusting: Registry) -> None:
    file = there.add(BLACKLIST)
    manifest = there.manifest(file)
    found = there.vouched(trusting)
    assert (found.files, found.faults, found.waiting) == ((file,), {}, ())
    assert found.vouchers[BLACKLIST].file == manifest


def test_a_file_that_is_not_as_its_manifest_says_is_refused(
    there: Delivering, trusting: Registry
) -> None:
    there.manifest(there.add(BLACKLIST, b"imei\n1\n"))
    changed = there.add(BLACKLIST, b"imei\n2\n", NOW + HOUR)
    found = there.vouched(trusting)
    assert found.files == ()
    assert faults(found) == {
        BLACKLIST: f"{BLACKLIST}: it is not the file that {NAME} names: its SHA-256 differs"
    }
    assert changed in there.files


def test_of_two_manifests_of_one_file_the_later_one_counts(
    there: Delivering, trusting: Registry
) -> None:
    old, new = there.add(BLACKLIST, b"imei\n1\n"), there.add(BLACKLIST, b"imei\n2\n", NOW + HOUR)
    there.manifest(new, name="b.manifest.json", generated="2026-01-02T01:00:00Z")
    there.manifest(old, name="c.manifest.json", generated="2026-01-02T00:00:00Z")
    found = there.vouched(trusting)
    assert found.vouchers[BLACKLIST].file.name == "b.manifest.json"
    assert set(found.files) == {old, new}  # the format counts the newer one


@pytest.mark.parametrize("octets", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_a_manifest_that_is_none_is_refused_and_vouches_for_nothing(
    there: Delivering, trusting: Registry, octets: bytes
) -> None:
    file = there.add(BLACKLIST)
    there.add(NAME, octets)
    found = there.vouched(trusting)
    assert found.files == (file,)
    assert faults(found)[NAME].startswith(f"{NAME}: no manifest: ")


def test_the_manifest_of_another_registry_is_refused_with_its_files(
    there: Delivering, trusting: Registry
) -> None:
    there.manifest(there.add(BLACKLIST), registry="yy")
    found = there.vouched(trusting)
    assert found.files == ()
    sentence = f"{NAME}: it is of the registry yy, and this is xx"
    assert faults(found) == {
        NAME: sentence,
        BLACKLIST: f"{BLACKLIST}: its manifest is not believed: {sentence}",
    }


def test_a_bad_manifest_takes_nothing_from_a_good_one(
    there: Delivering, trusting: Registry
) -> None:
    file = there.add(BLACKLIST)
    there.manifest(file)
    there.manifest(file, name="evil.manifest.json", registry="yy")
    found = there.vouched(trusting)
    assert found.files == (file,)
    assert list(found.faults) == ["evil.manifest.json"]


def test_a_manifest_waits_with_its_files_for_those_that_are_not_here(
    there: Delivering, trusting: Registry
) -> None:
    early, late = there.add(BLACKLIST), there.add(EXCEPTIONS)
    there.manifest(early, late)
    there.files.remove(late)
    found = there.vouched(trusting, NOW + HOUR - timedelta(seconds=1))
    assert (found.files, found.waiting) == ((), (BLACKLIST, NAME))
    overdue = there.vouched(trusting, NOW + HOUR)
    assert (overdue.files, overdue.waiting) == ((), ())
    assert faults(overdue)[NAME] == f"{NAME}: it names {EXCEPTIONS}, which did not come"
    assert BLACKLIST in overdue.faults
    assert are_absent(overdue)


def test_files_that_are_never_fetched_are_not_waited_for(
    there: Delivering, trusting: Registry
) -> None:
    file, other = there.add(BLACKLIST), there.add("readme.txt")
    there.manifest(file, other)
    there.files.remove(other)
    assert there.vouched(trusting).files == (file,)


def test_a_manifest_whose_files_are_done_with_is_no_fault(
    there: Delivering, trusting: Registry
) -> None:
    file = there.add(BLACKLIST)
    there.manifest(file)
    there.files.remove(file)
    assert there.vouched(trusting).waiting == (NAME,)
    assert there.vouched(trusting, NOW + HOUR) == Vouched(())


def test_where_manifests_are_required_a_file_waits_for_one_and_is_refused_then(
    there: Delivering, tmp_path: Path
) -> None:
    strict = registry(tmp_path, require_manifest=True)
    there.add(BLACKLIST)
    waiting = there.vouched(strict, NOW + HOUR - timedelta(seconds=1))
    assert (waiting.files, waiting.waiting, waiting.faults) == ((), (BLACKLIST,), {})
    found = there.vouched(strict, NOW + HOUR)
    assert faults(found) == {BLACKLIST: f"{BLACKLIST}: no manifest names it"}
    assert are_absent(found)
    assert found.waiting == ()


def test_what_is_signed_counts_and_it_is_known_by_whom(there: Delivering, asking: Registry) -> None:
    file = there.add(BLACKLIST)
    signature = there.sign(there.manifest(file))
    found = there.vouched(asking)
    assert found.files == (file,)
    voucher = found.vouchers[BLACKLIST]
    assert (voucher.signature, voucher.signer) == (signature, "key 2026a")


def test_a_signature_that_is_required_is_waited_for_and_missed_then(
    there: Delivering, asking: Registry
) -> None:
    there.manifest(there.add(BLACKLIST))
    assert there.vouched(asking).waiting == (BLACKLIST, NAME)
    overdue = there.vouched(asking, NOW + HOUR)
    assert faults(overdue)[NAME] == f"{NAME}: it is not signed: {NAME}.sig did not come"
    assert are_absent(overdue)


def test_a_wrong_signature_is_refused_with_the_files(there: Delivering, asking: Registry) -> None:
    there.sign(there.manifest(there.add(BLACKLIST)), number=1)
    found = there.vouched(asking)
    assert found.files == ()
    assert "the signature by key 2026a is wrong" in faults(found)[NAME]
    assert "the signature by key 2026a is wrong" in faults(found)[BLACKLIST]
    assert not are_absent(found)


def test_a_wrong_signature_is_refused_even_where_none_is_required(
    there: Delivering, tmp_path: Path
) -> None:
    there.sign(there.manifest(there.add(BLACKLIST)), number=1)
    assert there.vouched(registry(tmp_path, public_key(tmp_path, KEY))).files == ()


def test_without_keys_a_signature_says_nothing(there: Delivering, trusting: Registry) -> None:
    file = there.add(BLACKLIST)
    there.sign(there.manifest(file), number=1)
    found = there.vouched(trusting)
    assert found.files == (file,)
    assert found.vouchers[BLACKLIST].signer == ""


def test_a_signature_without_end_is_not_read(there: Delivering, asking: Registry) -> None:
    there.manifest(there.add(BLACKLIST))
    there.add(f"{NAME}.sig", b" " * ((1 << 20) + 1))
    assert "1,048,577 octets" in faults(there.vouched(asking))[NAME]


def bundle(*files: Delivered, run: int = 47, base: int | None = 41) -> Bundle:
    lists = zip((BLACK, PAIRS), files, strict=False)
    deliveries = {name: delivery(name, file, base=base, delta=9) for name, file in lists}
    return Bundle(run, "20260102_000302", deliveries, fetched=NOW)


def test_a_run_that_is_as_its_manifest_says_is_confirmed(
    there: Delivering, asking: Registry
) -> None:
    one, two = there.add(BLACKLIST), there.add(EXCEPTIONS)
    manifest = there.manifest(one, two, announced={"blocks": 7, "unblocks": 1})
    signature = there.sign(manifest)
    found = confirm(bundle(one, two), there.vouched(asking))
    assert found.fault is None
    assert found.announced == Announced(7, 1)
    assert found.vouchers == (manifest, signature)
    assert found.signed_by == ("key 2026a",)
    assert found.sha256 == bundle(one, two).sha256


def test_what_nobody_signed_announces_nothing(there: Delivering, trusting: Registry) -> None:
    file = there.add(BLACKLIST)
    there.manifest(file, announced={"blocks": 7})
    found = confirm(bundle(file), there.vouched(trusting))
    assert (found.announced, found.signed_by) == (None, ())


def test_a_run_without_manifest_stays_as_it_is(there: Delivering, trusting: Registry) -> None:
    plain = bundle(there.add(BLACKLIST))
    assert confirm(plain, there.vouched(trusting)) is plain


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run": 48}, "its manifest is of run 48, and the file of run 47"),
        ({"base": 36}, "its manifest builds on run 36, and the file on run 41"),
        ({"base": None}, "its manifest builds on no run, and the file on run 41"),
        ({"list": "grey"}, "its manifest is of the list tracking, and the file of prohibited"),
        ({"kind": "full"}, "its manifest says that it is a full list, and it is none"),
    ],
)
def test_a_run_that_is_not_as_its_manifest_says_is_refused(
    there: Delivering, trusting: Registry, fields: dict[str, object], words: str
) -> None:
    file = there.add(BLACKLIST)
    there.manifest(file, name=NAME, **fields)
    assert words in str(confirm(bundle(file), there.vouched(trusting)).fault)


def test_a_manifest_may_say_more_than_it_must(there: Delivering, trusting: Registry) -> None:
    file = there.add(BLACKLIST)
    there.manifest(file, list="black", kind="delta")
    assert confirm(bundle(file), there.vouched(trusting)).fault is None


def test_a_run_of_which_something_is_known_already_keeps_that(
    there: Delivering, trusting: Registry
) -> None:
    file, torn = there.add(BLACKLIST), BundleError("torn")
    there.manifest(file, run=48)
    plain = bundle(file)
    wrong = Bundle(47, "", plain.deliveries, fetched=NOW, fault=torn)
    assert confirm(wrong, there.vouched(trusting)).fault is torn


def test_each_part_is_told_how_many_lines_it_has(there: Delivering, trusting: Registry) -> None:
    archive = there.add("all_47.zip")
    plain = there.add(EXCEPTIONS)
    members = {"blocked.csv": 3, "unblocked.csv": 0}
    entries = [
        {"name": archive.name, "sha256": archive.sha256, "members": members},
        {"name": plain.name, "sha256": plain.sha256, "rows": 2},
    ]
    there.manifest(files=entries)
    names = ("all_47.zip: blocked.csv", "all_47.zip: unblocked.csv", "all_47.zip: other.csv")
    parts = tuple(Part(name, Does.PUT, 9, io.BytesIO) for name in names)
    some = replace(parts[0], selects=True)
    whole = Part(EXCEPTIONS, Does.PUT, 9, io.BytesIO)
    black = Delivery(BLACK, None, Delta(41, (*parts, some)), (archive,))
    pairs = Delivery(PAIRS, whole, None, (plain,))
    run = Bundle(47, "", {BLACK: black, PAIRS: pairs}, fetched=NOW)
    found = confirm(run, there.vouched(trusting)).deliveries
    changed, full = found[BLACK].delta, found[PAIRS].full
    assert changed is not None
    assert [part.rows for part in changed.parts] == [3, 0, None, None]
    assert full is not None
    assert full.rows == 2
