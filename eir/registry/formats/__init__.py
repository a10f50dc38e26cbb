"""What the files of a registry mean: one module for each kind, found by its name.

A new one joins with one file: a module whose name is that of the format with underscores, with a
`FORMAT` in it (see `eir.registry.formats.format`), and one word in `eir.config.registry.FORMATS`.

format      what a format is
dirbs       DIRBS: archives or single files, for each operator
csv         ours
gl_ceir     GL CEIR: black and grey lists by date
lsds        DIRBS's subsystem for stolen equipment
dps         DIRBS's subsystem for pairs
gathering   puts what files say together, run by run
lines       rewrites lines while they are read
"""

import importlib
from typing import cast

from eir.registry.formats.format import Format


def named(name: str) -> Format:
    """Import a format of `eir.config.registry.FORMATS`."""
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return cast("Format", module.FORMAT)
