"""Changes a store as LMDB allows and the program never would."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from eir.store.catalog_file import read_catalog, write_catalog
from eir.store.environment import Tables, Transaction, open_tables, open_writer
from eir.store.layout import Catalog, MapState

Tamper: TypeAlias = Callable[[Transaction, Tables, Catalog], None]


def tamper(path: Path, harm: Tamper) -> None:
    with open_writer(path / "lists") as environment, environment.begin(write=True) as transaction:
        tables = open_tables(environment, transaction)
        harm(transaction, tables, read_catalog(transaction, tables))


def restate(transaction: Transaction, tables: Tables, catalog: Catalog, changed: MapState) -> None:
    """Say something else of where a map is."""
    maps = catalog.maps | {changed.name: changed}
    write_catalog(transaction, tables, replace(catalog, maps=maps))
