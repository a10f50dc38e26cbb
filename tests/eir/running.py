"""Runs `eir` as a shell does."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Shell:
    """A directory with a configuration, and a store inside it."""

    directory: Path

    @property
    def store(self) -> Path:
        return self.directory / "eir"

    @property
    def config(self) -> Path:
        return self.directory / "eir.toml"

    def configure(self, text: str = "") -> None:
        self.config.write_text(f'[store]\npath = "{self.store}"\n{text}')

    def eir(
        self, *arguments: str, stdin: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*EIR, *arguments],
            cwd=self.directory,
            input=stdin,
            env=os.environ | {"EIR_CONFIG": str(self.config)} | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
        )

    def load(self, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.eir("lists", "load", "-", *arguments, stdin=text)


# -P: the store is called `eir` too, and must not be taken for the package.
EIR = [sys.executable, "-P", "-c", "from eir.cli import main; main()"]
