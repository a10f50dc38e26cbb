import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.registry.bundle import Delivered
from eir.registry.outcome import BundleError
from eir.registry.trust.manifest_file import MAX_OCTETS, Manifest, dump, octets_of, parse
from tests.eir.registry.planned import NOW

ENTRY = {"name": "a.csv", "sha256": "0" * 64, "rows": 3}
FIELDS = {
    "registry": "xx",
    "run": 47,
    "base": 41,
    "generated": "2025-01-02T00:03:02Z",
    "files": [ENTRY, {"name": "b.zip", "sha256": "f" * 64, "members": {"c.csv": 0}}],
}


def written(path: Path, octets: bytes) -> Delivered:
    path.write_bytes(octets)
    return Delivered(path.name, path, "", len(octets), NOW)


def refused(path: Path, octets: bytes) -> str:
    with pytest.raises(BundleError) as caught:
        parse(written(path, octets))
    return str(caught.value)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    fields = FIELDS | {"list": "black", "kind": "delta", "announced": {"blocks": 5}}
    manifest = Manifest.model_validate_json(json.dumps(fields))
    assert parse(written(tmp_path / "m", dump(manifest))) == manifest
    assert manifest.names == {"a.csv", "b.zip"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"registry": "../xx"}, "registry: "),
        ({"run": "47"}, "run: Input should be a valid integer"),
        ({"run": -1}, "run: "),
        ({"base": 1.5}, "base: "),
        ({"base": -2}, "base: "),
        ({"list": "purple"}, "no list is called 'purple'"),
        ({"kind": "half"}, "kind: "),
        ({"generated": "2025-01-02T00:03:02"}, "generated: "),
        ({"files": []}, "files: "),
        ({"files": [ENTRY, ENTRY]}, "it names a.csv twice"),
        ({"files": [ENTRY | {"sha256": "0" * 63}]}, "files.0.sha256: "),
        ({"files": [ENTRY | {"rows": True}]}, "files.0.rows: "),
        ({"files": [ENTRY | {"size": 3}]}, "files.0.size: "),
        ({"announced": {"blocks": -1}}, "announced.blocks: "),
        ({"more": 1}, "more: "),
    ],
)
def test_what_is_not_said_clearly_is_refused(
    tmp_path: Path, fields: dict[str, object], words: str
) -> None:
    said = refused(tmp_path / "m.manifest.json", json.dumps(FIELDS | fields).encode())
    assert said.startswith("m.manifest.json: no manifest: ")
    assert words in said


def test_a_manifest_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.touch()
    huge = Delivered("m", path, "", MAX_OCTETS + 1, NOW)
    with pytest.raises(BundleError, match="16,777,217 octets, and 16,777,216 are the most"):
        parse(huge)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="m: No such file"):
        octets_of(Delivered("m", tmp_path / "m", "", 1, NOW), 10)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda some: (
        st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(sorted(FIELDS)), some)
    ),
)


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_octets_are_a_manifest_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes
) -> None:
    assert refused(tmp_path_factory.getbasetemp() / "m.manifest.json", octets)
