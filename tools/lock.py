"""The lock files: check that they cover pyproject.toml, or make them anew.

    python -m tools.lock            exit 1 and say what the lock lacks
    python -m tools.lock --renew    ask `uv` for the newest versions that fit

The check needs no network. `uv` is wanted on the PATH only to renew.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
HEADER = "# Exact versions and hashes; `python -m tools.lock --renew` makes this file.\n"
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
    *("--no-emit-find-links", "--no-config", "--upgrade"),
)


def wanted(project: dict[str, Any]) -> dict[str, list[str]]:
    """Return the requirements that each lock file must satisfy."""
    runtime = project["project"]["dependencies"]
    return {
        "requirements-build.txt": project["build-system"]["requires"],
        "requirements.txt": runtime,
        "requirements-dev.txt": runtime + project["project"]["optional-dependencies"]["dev"],
    }


def gaps(requirements: list[str], lock: str) -> list[str]:
    """Name what a lock file misses, or pins to a version that does not fit."""
    pinned = {canonicalize_name(name): version for name, version in PINNED.findall(lock)}
    found = []
    for requirement in map(Requirement, requirements):
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None:
            found.append(f"{requirement} is not locked")
        elif not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{requirement} is locked at {version}")
    return found


def contradictions(runtime: str, dev: str) -> list[str]:
    """Name what the tests would run with in another version than production."""
    tested = dict(PINNED.findall(dev))
    return [
        f"{name} is {version} at run time and {tested.get(name)} in the tests"
        for name, version in PINNED.findall(runtime)
        if tested.get(name) != version
    ]


def check(root: Path) -> list[str]:
    """Say what is wrong with the lock files; nothing when they are right."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    locks = {name: (root / name).read_text(encoding="utf-8") for name in wanted(project)}
    found = [
        f"{name}: {gap}"
        for name, requirements in wanted(project).items()
        for gap in gaps(requirements, locks[name])
    ]
    return found + contradictions(locks["requirements.txt"], locks["requirements-dev.txt"])


def renew(root: Path) -> None:
    """Make the lock files anew, the tests' one with the versions of production."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for name, requirements in wanted(project).items():
        constraints = ("-c", "requirements.txt") if name == "requirements-dev.txt" else ()
        locked = subprocess.run(
            [*COMPILE, *constraints, "-"],
            cwd=root,
            input="\n".join(requirements),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        (root / name).write_text(HEADER + locked.stdout, encoding="utf-8")


def main() -> None:
    """Check or renew, as the command line says."""
    match sys.argv[1:]:
        case []:
            found = check(ROOT)
            print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
            sys.exit(bool(found))
        case ["--renew"]:
            renew(ROOT)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
