"""What the tests of the configuration share."""

from pathlib import Path

from eir.config import Config, load


def read(directory: Path, text: str) -> Config:
    """Read this text as the file."""
    file = directory / "eir.toml"
    file.write_text(text)
    return load(file)
