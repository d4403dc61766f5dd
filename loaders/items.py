"""Loads a file of items that another load wrote (`pedigree load … --to-file`): JSON lines, an item a line."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from app.loading.loader import (
    BATCH_BYTES,
    BATCH_ITEMS,
    NODE_KINDS,
    Batch,
    Item,
    Loader,
    LoadOptions,
    Skipped,
    SourceUnreachable,
    SourceUnusable,
    Unreadable,
)
from app.operations.wire import read_json

_TEXT = 200
"""The most bytes that are shown of a line that cannot be read."""


class ItemsReading:
    """A reading of that file; its first line says which source and store it came from.

    Raises:
        SourceUnreachable: there is no such file, or it cannot be read.
        SourceUnusable: it was not written by a load.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise SourceUnreachable(
                f"{path} cannot be read: {error.strerror or error}.", remedy="Name a file that --to-file wrote."
            ) from error
        try:
            self.source, self._store_id, self._namespace = self._head()
        except BaseException:
            self._file.close()
            raise

    @property
    def store_id(self) -> str:
        """The store that the file was written from."""
        return self._store_id

    @property
    def namespace(self) -> str:
        """The namespace that the file was written with."""
        return self._namespace

    def batches(self, after: str | None = None) -> Iterator[Batch]:
        """The rows, from the start or from after a line; the cursor is the number of that line, and a digest up to it.

        Raises:
            SourceUnusable: the file is not what it was up to that line.
        """
        self._file.seek(0)
        whole = hashlib.sha256(self._file.readline())
        number = 1
        if after:
            last, _, digest = after.partition(":")
            for _ in range(int(last) - 1):
                whole.update(self._file.readline())
            number = int(last)
            if whole.hexdigest() != digest:
                raise SourceUnusable(
                    f"{self._path} was changed before its line {number + 1}, where the load would go on.",
                    remedy="Load it anew, without --resume.",
                )
        rows: list[tuple[int, bytes]] = []
        size = 0
        for line in self._file:
            if rows and (len(rows) == BATCH_ITEMS or size + len(line) > BATCH_BYTES):
                yield self._batch(rows, f"{number}:{whole.hexdigest()}")
                rows, size = [], 0
            number += 1
            whole.update(line)
            if line.strip():
                rows.append((number, line))
                size += len(line)
        if rows:
            yield self._batch(rows, f"{number}:{whole.hexdigest()}")

    def skipped(self) -> Iterator[Skipped]:
        """Nothing: what became no row is not in the file."""
        return iter(())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _head(self) -> tuple[str, str, str]:
        try:
            head = read_json(self._file.readline())
            texts = (head["source"], head["store"], head["namespace"])
        except (ValueError, KeyError, TypeError, RecursionError):
            texts = (None,)
        if not all(isinstance(text, str) for text in texts):
            raise SourceUnusable(
                f"{self._path} is not what `pedigree load … --to-file` writes: its first line names no source.",
                remedy='It has the form {"source": "…", "store": "…", "namespace": "…"}, in UTF-8.',
            )
        return cast("tuple[str, str, str]", texts)

    def _batch(self, rows: list[tuple[int, bytes]], cursor: str) -> Batch:
        nodes: list[tuple[Item, str]] = []
        links: list[tuple[Item, str]] = []
        unreadable: list[Unreadable] = []
        for number, line in rows:
            place = f"line {number} of {self._path}"
            try:
                item = _item(line)
            except ValueError as error:
                text = line[:_TEXT].decode(errors="replace").rstrip("\n")
                unreadable.append(Unreadable(place, f"{error} Mend the line, or take it out.", text))
                continue
            (links if NODE_KINDS.isdisjoint(item) else nodes).append((item, place))
        return Batch(
            nodes=[item for item, _ in nodes],
            relationships=[item for item, _ in links],
            cursor=cursor,
            done=rows[-1][0] - 1,
            total=None,
            node_places=[place for _, place in nodes],
            relationship_places=[place for _, place in links],
            unreadable=unreadable,
        )


def _item(line: bytes) -> Item:
    """The row of a line.

    Raises:
        ValueError: it is none.
    """
    try:
        item = read_json(line.rstrip())
    except json.JSONDecodeError as error:
        raise ValueError(f"The line is not JSON from column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise ValueError("The line is nested too deeply to be read.") from None
    except ValueError as error:
        raise ValueError(f"The line is not text in UTF-8: {error}.") from None
    if not isinstance(item, dict) or len(cast("dict[str, Any]", item)) != 1:
        raise ValueError('The line is no row: a row is an object with one key, as {"run": {…}}.')
    return cast("Item", item)


class ItemsLoader:
    """Loads a file that another load wrote; the source is the one that the file names."""

    @property
    def name(self) -> str:
        """The word on the command line."""
        return "items"

    @property
    def summary(self) -> str:
        """One sentence for the command line's help."""
        return "A file that `pedigree load … --to-file` wrote."

    def open(self, location: str, options: LoadOptions, workspace: Path) -> ItemsReading:
        """A reading of that file. The options say nothing here: the rows are as they were written."""
        del options, workspace
        return ItemsReading(Path(location))


LOADER: Loader = ItemsLoader()
"""What the entry point `items` of the group `pedigree.loaders` names."""
