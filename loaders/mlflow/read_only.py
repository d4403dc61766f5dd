"""An SQLite file that is read with plain SQL, and never changed."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.errors import PedigreeError
from app.loading.loader import SourceUnreachable, SourceUnusable
from graph_schema.canonical import flaw_of_text

WAIT = 30.0
"""Seconds that a reader waits for a writer that holds the file."""

_JUST_NOW = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})


class ReadOnly:
    """That file, opened for reading.

    Attributes:
        connection: the open file.

    Raises:
        SourceUnreachable: there is no such file, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_file():
            raise SourceUnreachable(f"There is no file {path}.", remedy="Give the path of the store that MLflow made.")
        try:
            # Read by one thread at a time, though not always the same: each batch is read in a thread of its own.
            self.connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT, check_same_thread=False
            )
        except sqlite3.OperationalError as error:
            raise SourceUnreachable(f"{path} cannot be opened: {error}.", remedy="Check who may read it.") from error

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def rows(self, statement: str, values: Iterable[Any] = ()) -> list[Any]:
        """All rows of a statement. What is no UTF-8 comes as lone surrogates, and may be given as such.

        Raises:
            SourceUnreachable: the file cannot be read just now.
            SourceUnusable: it is no SQLite database, or a damaged one, or it has no such tables.
        """
        bound = tuple(map(_bytes_or, values))
        try:
            return self.connection.execute(statement, bound).fetchall()
        except sqlite3.OperationalError as error:
            if "decode to UTF-8" in str(error) and self.connection.text_factory is str:
                # Slower, and so only from where it is needed on: what is no UTF-8 comes as surrogates.
                self.connection.text_factory = _text_of
                return self.rows(statement, bound)
            raise self._explained(error) from error
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.DatabaseError) -> PedigreeError:
        # The low byte is the kind of error; what the others add is in SQLite's own words. The module sets none itself.
        kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if kind in _JUST_NOW:
            return SourceUnreachable(f"{self._path} cannot be read just now: {error}.", remedy="Try again.")
        if kind == sqlite3.SQLITE_NOTADB:
            message = f"{self._path} is not an SQLite database: {error}."
            return SourceUnusable(message, remedy="Give the file that MLflow writes.")
        if kind == sqlite3.SQLITE_CORRUPT:
            return SourceUnusable(
                f"{self._path} is an SQLite database, and damaged: {error}.",
                remedy="Restore it, or save what can be read of it with `sqlite3 FILE .recover`, and load that.",
            )
        return SourceUnusable(
            f"{self._path} cannot be read as an MLflow store: {error}.",
            remedy="Serve it with the MLflow that made it (`mlflow server`), and load from that server's address.",
        )


def _text_of(found: bytes) -> str:
    return found.decode("utf-8", "surrogateescape")


def _bytes_or(value: Any) -> Any:
    flawed = isinstance(value, str) and flaw_of_text(value)
    return value.encode("utf-8", "surrogateescape") if flawed else value
