"""What holds the house together: who may import whom, and that nothing stands without its proof."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from eir.config import (
    Alarms,
    Asp,
    Config,
    Decision,
    Gateway,
    M3uaPeer,
    MapPeer,
    Match,
    Peer,
    Registry,
    Section,
    SnmpManager,
    Webhook,
    load,
)
from eir.config.registry import Access, Fetch, Guard, Key
from tools.compliance import collect

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
EXAMPLE = ROOT / "config" / "eir.example.toml"

SOURCES = [
    path.relative_to(ROOT)
    for package in ("eir", "protocols", "tools")
    for path in sorted((ROOT / package).rglob("*.py"))
]

# Modules without a test file of their own, and why that is right.
UNTESTED: dict[str, str] = {}

# Packages whose modules are found by their names, which say enough.
BY_NAME = {Path("eir/decision/rules")}

CLAUSE = re.compile(r"\d+(\.\d+)*|(Annex|Appendix) [A-Z](\.\d+)*")
DOCUMENT = re.compile(r"(RFC|TS|ITU-T Q\.) ?\d+(\.\d+)?")
HELP_BLOCK = re.compile(r"```console\n\$ (?P<command>[^\n]+--help)\n(?P<shown>.*?)```", re.DOTALL)


def test_packages_import_only_what_they_may() -> None:
    done = subprocess.run(
        [BIN / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "source",
    [path for path in SOURCES if path.name != "__init__.py" and path.parts[0] != "tools"],
    ids=str,
)
def test_a_module_has_its_test_file(source: Path) -> None:
    if str(source) in UNTESTED:
        return
    mirror = ROOT / "tests" / source.parent / f"test_{source.name}"

    assert mirror.exists(), f"{source} is tested nowhere"


def test_an_exception_names_a_module_that_is_there() -> None:
    assert [name for name in UNTESTED if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "package",
    [
        path
        for path in SOURCES
        if path.name == "__init__.py" and path.parts[0] != "tools" and path.parent not in BY_NAME
    ],
    ids=str,
)
def test_a_package_says_what_its_modules_are_for(package: Path) -> None:
    folder = ROOT / package.parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}
    docstring = ast.get_docstring(ast.parse((ROOT / package).read_text(encoding="utf-8")))

    assert modules <= set(re.findall(r"\w+", docstring or ""))


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_a_module_is_short_enough_to_be_read(source: Path) -> None:
    assert len((ROOT / source).read_text(encoding="utf-8").splitlines()) <= 400


def test_the_example_configuration_shows_the_defaults() -> None:
    example = load(EXAMPLE)
    tables = {
        "diameter": example.diameter.model_copy(update={"peer": ()}),
        "m3ua": example.m3ua.model_copy(update={"gateway": (), "peer": ()}),
        "map": example.map.model_copy(update={"peer": ()}),
        "policy": (),
        "registry": (),
    }

    assert example.model_copy(update=tables) == Config()


def test_the_example_configuration_shows_the_defaults_of_each_peer() -> None:
    example = load(EXAMPLE)

    for shown in (
        *example.diameter.peer,
        *example.m3ua.gateway,
        *example.m3ua.peer,
        *example.map.peer,
    ):
        named = {"origin_host", "name", "addresses", "point_code"} & set(type(shown).model_fields)
        assert shown == type(shown)(**{key: getattr(shown, key) for key in named})


def test_the_example_configuration_shows_a_policy_that_changes_nothing() -> None:
    (policy,) = load(EXAMPLE).policy

    assert {name: getattr(policy, name) for name in Decision.model_fields} == dict(Decision())


@pytest.mark.parametrize("name", [name for name, value in Decision() if isinstance(value, Section)])
def test_the_example_configuration_shows_every_key_of_a_rule(name: str) -> None:
    shown = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))

    assert set(shown["decision"][name]) == keys(type(getattr(Decision(), name)))


def test_the_example_configuration_shows_everything_that_a_policy_matches() -> None:
    shown = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))

    assert set(shown["policy"][0]["match"]) == keys(Match)


@pytest.mark.parametrize(
    "name", sorted(Config.model_fields.keys() - {"policy", "registry", "alarms"})
)
def test_the_example_configuration_shows_every_key(name: str) -> None:
    text = re.sub(r"^# (?=\w+ = )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shown = tomllib.loads(text)

    assert set(shown[name]) == keys(type(getattr(Config(), name)))


@pytest.mark.parametrize(
    ("section", "table", "kind"),
    [
        ("diameter", "peer", Peer),
        ("m3ua", "asps", Asp),
        ("m3ua", "gateway", Gateway),
        ("m3ua", "peer", M3uaPeer),
        ("map", "peer", MapPeer),
    ],
)
def test_the_example_configuration_shows_every_key_of_a_table(
    section: str, table: str, kind: type[Section]
) -> None:
    shown = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))

    assert set(shown[section][table][0]) == keys(kind)


def test_the_example_configuration_shows_the_defaults_of_a_registry() -> None:
    (shown,) = load(EXAMPLE).registry
    given = ("name", "format", "source", "operator")

    assert shown == Registry(**{name: getattr(shown, name) for name in given})


def test_the_example_configuration_shows_every_key_of_a_registry() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    part = text[text.index("[[registry]]") : text.index("[admin]")]
    everything = re.sub(r"^# (?=\w+ = |\[\[)", "", part, flags=re.MULTILINE)
    (shown,) = tomllib.loads(everything)["registry"]

    assert set(shown) == keys(Registry)
    assert set(shown["key"][0]) == keys(Key)
    for table, section in (("access", Access), ("fetch", Fetch), ("guard", Guard)):
        assert set(shown[table]) == keys(section)


def test_the_example_configuration_shows_every_key_of_alarms() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    part = text[text.index("\n[alarms]\n") : text.index("[admin]")]
    shown = tomllib.loads(re.sub(r"^# (?=\w+ = |\[\[)", "", part, flags=re.MULTILINE))["alarms"]

    assert set(shown) == keys(Alarms)
    assert set(shown["webhook"]) == keys(Webhook)
    assert set(shown["snmp"][0]) == keys(SnmpManager)


def keys(section: type[Section]) -> set[str]:
    """Name the keys of a section as the file does."""
    return {field.alias or name for name, field in section.model_fields.items()}


def test_the_readme_shows_what_the_commands_say_of_themselves() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = list(HELP_BLOCK.finditer(readme))

    assert blocks
    for block in blocks:
        assert block["shown"] == _help(block["command"]), block["command"]


def test_every_requirement_names_a_document_and_a_clause() -> None:
    requirements = collect(ROOT)

    assert requirements
    assert [r for r in requirements if not DOCUMENT.fullmatch(r.document)] == []
    assert [r for r in requirements if not CLAUSE.fullmatch(r.clause)] == []


def _help(command: str) -> str:
    """Return what a command of ours prints on a terminal of 80 columns."""
    program, *arguments = command.split()
    done = subprocess.run(
        [BIN / program, *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
