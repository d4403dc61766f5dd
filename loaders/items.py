"""Loads a file of items that another load wrote (`pedigree load … --to-file`): JSON lines, an item a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from app.registry.loading import (
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
)


class ItemsReading:
    """A reading of that file; its first line says which source and store it came from.

    Raises:
        SourceUnreachable: there is no such file, or it cannot be read.
        SourceUnusable: it was not written by a load.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open(encoding="utf-8")
        except OSError as error:
            raise SourceUnreachable(f"{path} cannot be read: {error}.") from error
        try:
            head = json.loads(self._file.readline())
            self.source: str = head["source"]
            self._store_id: str = head["store"]
            self._namespace: str = head["namespace"]
        except (ValueError, KeyError, TypeError) as error:
            self._file.close()
            raise SourceUnusable(
                f"{path} is not what `pedigree load … --to-file` writes: its first line names no source."
            ) from error

    @property
    def store_id(self) -> str:
        """The store that the file was written from."""
        return self._store_id

    @property
    def namespace(self) -> str:
        """The namespace that the file was written with."""
        return self._namespace

    def batches(self, after: str | None = None) -> Iterator[Batch]:
        """The rows, from the start or from after a line; the cursor is the number of the last line."""
        number = int(after or 1)
        for _ in range(number - 1):
            self._file.readline()
        items: list[Item] = []
        size = 0
        for line in self._file:
            if items and (len(items) == BATCH_ITEMS or size + len(line) > BATCH_BYTES):
                yield self._batch(items, number)
                items, size = [], 0
            number += 1
            items.append(self._item(line, number))
            size += len(line)
        if items:
            yield self._batch(items, number)

    def skipped(self) -> Iterator[Skipped]:
        """Nothing: what became no row is not in the file."""
        return iter(())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _item(self, line: str, number: int) -> Item:
        try:
            item = json.loads(line)
        except ValueError:
            item = None
        if not isinstance(item, dict) or len(cast("dict[str, Any]", item)) != 1:
            raise SourceUnusable(f"Line {number} of {self._path} is no row: a row is an object with one key.")
        return cast("Item", item)

    def _batch(self, items: list[Item], number: int) -> Batch:
        nodes = [item for item in items if not NODE_KINDS.isdisjoint(item)]
        relationships = [item for item in items if NODE_KINDS.isdisjoint(item)]
        return Batch(nodes, relationships, str(number), number - 1, None)


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
