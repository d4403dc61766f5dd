"""What must be remembered between the parts of a reading, kept in a file, so that memory does not grow with the store.

It is written before the batch that it belongs to is yielded. So a reading that is resumed finds at least what was sent.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from loaders.mlflow.datasets import DatasetKey

SCHEMA = 1
"""The number of the tables below and of what a cursor means, to be raised with each change of them.

It stands in the file: a load may be gone on with by another version of this program than the one that began it. The
first ones wrote none, which is read as 0.
"""

_TABLES = """
CREATE TABLE IF NOT EXISTS logged (
    id TEXT PRIMARY KEY, experiment TEXT, name TEXT, run TEXT, location TEXT, status TEXT, created INTEGER,
    parameters TEXT, metrics TEXT, evaluations TEXT);
CREATE TABLE IF NOT EXISTS version (
    name TEXT, version TEXT, model TEXT, run TEXT, source TEXT, said TEXT, PRIMARY KEY (name, version));
CREATE INDEX IF NOT EXISTS version_model ON version (model);
CREATE TABLE IF NOT EXISTS registered (name TEXT PRIMARY KEY, aliases TEXT, prompt INTEGER);
CREATE TABLE IF NOT EXISTS run (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS dataset (
    namespace TEXT, name TEXT, version TEXT, facts TEXT, PRIMARY KEY (namespace, name, version));
CREATE TABLE IF NOT EXISTS known_as (
    known_as TEXT, version TEXT, namespace TEXT, name TEXT, PRIMARY KEY (known_as, version, namespace, name));
CREATE TABLE IF NOT EXISTS address (
    namespace TEXT, name TEXT, version TEXT, address TEXT, PRIMARY KEY (namespace, name, version, address));
CREATE TABLE IF NOT EXISTS made (
    namespace TEXT, name TEXT, version TEXT, run TEXT, PRIMARY KEY (namespace, name, version, run));
CREATE TABLE IF NOT EXISTS code (repository TEXT, sha TEXT, branch TEXT, dirty INTEGER, PRIMARY KEY (repository, sha));
"""


class Spool:
    """What a reading remembers, in that file.

    Args:
        path: the file; made where there is none.
        fresh: whether to forget what an earlier reading left there.
    """

    def __init__(self, path: Path, *, fresh: bool) -> None:
        if fresh:
            path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        # What is lost with the machine is read again: the load then starts anew.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_TABLES)
        if fresh:  # the last thing: tables of which some are missing have no number
            self._connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def put(self, table: str, *values: Any) -> None:
        """Remember a row, in the place of an earlier one with its key."""
        places = ",".join("?" * len(values))
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({places})", values)  # noqa: S608 - our own names

    def put_first(self, table: str, *values: Any) -> None:
        """Remember a row unless there is one with its key."""
        places = ",".join("?" * len(values))
        self._connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", values)  # noqa: S608 - our own names

    def save(self) -> None:
        """Write what was put."""
        self._connection.commit()

    def page(self, table: str, after: int, size: int) -> list[Any]:
        """The rows of a table in the order in which they came, each with its number first."""
        statement = f"SELECT rowid, * FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608 - our own names
        return self._connection.execute(statement, (after, size)).fetchall()

    def versions_of(self, model_id: str) -> list[tuple[str, str]]:
        """The registered versions (name, version) of a logged model."""
        statement = "SELECT name, version FROM version WHERE model = ? ORDER BY name, CAST(version AS INTEGER)"
        return self._connection.execute(statement, (model_id,)).fetchall()

    def logged(self, model_id: str) -> dict[str, Any] | None:
        """A logged model; None where the store has none of that id."""
        cursor = self._connection.execute("SELECT * FROM logged WHERE id = ?", (model_id,))
        row = cursor.fetchone()
        return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None

    def version(self, name: str, version: str) -> tuple[str, str, str] | None:
        """A version's logged model, run and source; None where the store has no such version."""
        statement = "SELECT model, run, source FROM version WHERE name = ? AND version = ?"
        return self._connection.execute(statement, (name, version)).fetchone()

    def found_model(self, name: str, version: str, model_id: str) -> None:
        """Remember which logged model a version is, once it is known."""
        statement = "UPDATE version SET model = ? WHERE name = ? AND version = ?"
        self._connection.execute(statement, (model_id, name, version))

    def registered(self, name: str) -> tuple[dict[str, str], bool]:
        """A registered model's aliases (alias → version), and whether it is a prompt."""
        row = self._connection.execute("SELECT aliases, prompt FROM registered WHERE name = ?", (name,)).fetchone()
        return (json.loads(row[0]), bool(row[1])) if row else ({}, False)

    def has_run(self, run_id: str) -> bool:
        """Whether the store has that run."""
        return self._connection.execute("SELECT 1 FROM run WHERE id = ?", (run_id,)).fetchone() is not None

    def has_dataset(self, key: DatasetKey) -> bool:
        """Whether that dataset version was met."""
        statement = "SELECT 1 FROM dataset WHERE namespace = ? AND name = ? AND version = ?"
        return self._connection.execute(statement, key).fetchone() is not None

    def datasets_known_as(self, name: str, digest: str) -> list[DatasetKey]:
        """The dataset versions that MLflow knows by that name and digest; one may be known by several names."""
        statement = "SELECT namespace, name, version FROM known_as WHERE known_as = ? AND version = ? ORDER BY 1, 2"
        return [DatasetKey(*row) for row in self._connection.execute(statement, (name, digest))]

    def addresses(self, key: DatasetKey) -> list[str]:
        """Every address at which a dataset version was seen, in order."""
        statement = "SELECT address FROM address WHERE namespace = ? AND name = ? AND version = ? ORDER BY address"
        return [row[0] for row in self._connection.execute(statement, key)]

    def says_made(self, key: DatasetKey, run_id: str) -> bool:
        """Whether that run says itself that it made the data."""
        statement = "SELECT 1 FROM made WHERE namespace = ? AND name = ? AND version = ? AND run = ?"
        return self._connection.execute(statement, (*key, run_id)).fetchone() is not None

    def mark_dirty(self, repository: str, sha: str) -> None:
        """Remember that a run had changes that the commit does not hold."""
        self._connection.execute("UPDATE code SET dirty = 1 WHERE repository = ? AND sha = ?", (repository, sha))

    def close(self) -> None:
        """Let go of the file, which stays for a resumed load."""
        self._connection.close()


def is_left(path: Path) -> bool:
    """Whether what a reading remembered is there, in the form in which it is remembered now."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA
    except sqlite3.DatabaseError:  # it is damaged, or cannot be opened
        return False


def pages(spool: Spool, table: str, after: int, size: int) -> Iterator[list[Any]]:
    """A table page by page, from after a row's number to its end."""
    while rows := spool.page(table, after, size):
        yield rows
        after = rows[-1][0]
