"""Runs `eir` as a shell does."""

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from eir.cli import main


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

    def here(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `eir` in this process, which takes a tenth of the time."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        with (
            mock.patch.object(sys, "argv", ["eir", "--config", str(self.config), *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.chdir(self.directory),
        ):
            try:
                main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def load(self, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.eir("lists", "load", "-", *arguments, stdin=text)


# -P: the store is called `eir` too, and must not be taken for the package.
EIR = [sys.executable, "-P", "-c", "from eir.cli import main; main()"]
