"""A registry that delivers into a directory, and a shell beside it."""

from dataclasses import dataclass
from pathlib import Path

from tests.eir.running import Shell

GUARD = "\n[registry.guard]\n"


@dataclass(frozen=True, slots=True)
class Night:
    """A shell with one registry or more."""

    shell: Shell

    def configure(self, *names: str, guard: str = "") -> None:
        self.shell.configure("".join(self._registry(name, guard) for name in names))

    def _registry(self, name: str, guard: str) -> str:
        return f"""
[[registry]]
name = "{name}"
format = "csv"
source = "file://{self.outbox(name)}"
[registry.fetch]
settle_s = 0
[registry.guard]
{guard}
"""

    def outbox(self, name: str = "national") -> Path:
        directory = self.shell.directory / f"outbox-{name}"
        directory.mkdir(exist_ok=True)
        return directory

    def deliver(self, name: str, *numbers: int, to: str = "national") -> None:
        lines = ["imei", *(f"00100199{number:06d}" for number in numbers)]
        (self.outbox(to) / name).write_text("".join(f"{line}\n" for line in lines))
