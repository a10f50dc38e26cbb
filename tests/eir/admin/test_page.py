import re
import tomllib
from fnmatch import fnmatch
from importlib.resources import files
from pathlib import Path

import pytest

from eir.admin.page import page_routes
from eir.status.tallies import VERDICTS

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "eir" / "admin" / "static"
FILES = sorted(STATIC.iterdir())


def paths() -> set[str]:
    return {route.path for route in page_routes()}


def test_the_page_and_each_file_of_it_has_a_path() -> None:
    named = {f"/static/{file.name}" for file in FILES if file.name != "page.html"}
    assert paths() == {"/", *named}


def test_everything_that_a_file_refers_to_is_served() -> None:
    served = paths() | {"/api/status", "/metrics", "/readyz"}
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        for found in re.findall(r"""(?:href|src)="([^"]+)"|from "\.(/[^"]+)\"""", text):
            link, module = found
            assert (link or f"/static{module}") in served, (file.name, found)


def test_nothing_is_from_elsewhere_and_nothing_stands_inside_the_page() -> None:
    for file in FILES:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert re.search(r"https?:|//\w+\.", text) is None, file.name
    page = (STATIC / "page.html").read_text(encoding="utf-8")
    assert re.search(r"<style|style=|\son\w+=|<script(?![^>]+src=)", page) is None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_part_of_the_installed_package(file: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["eir.admin"]
    assert any(fnmatch(f"static/{file.name}", pattern) for pattern in patterns)
    assert files("eir.admin").joinpath("static", file.name).is_file()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_short_enough_to_be_read(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_verdict_has_a_shade() -> None:
    styles = (STATIC / "page.css").read_text(encoding="utf-8")
    assert [name for name in VERDICTS if f"\n.{name} {{ --shade:" not in styles] == []
