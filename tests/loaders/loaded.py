"""A store as it was read, in a form that tests can ask."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.loading.loader import BATCH_BYTES, BATCH_ITEMS, Batch, Item, LoadOptions, Skipped
from loaders.mlflow import LOADER

OPTIONS = LoadOptions("mlflow", stages={"champion": "PRODUCTION"})

IDENTITY = {
    "model": ("namespace", "name"),
    "modelVersion": ("namespace", "name", "version"),
    "datasetVersion": ("namespace", "name", "version"),
    "run": ("source", "runId"),
    "commit": ("repository", "sha"),
    "evaluation": ("modelVersion", "name", "evaluatedAt"),
    "used": ("run", "data", "modelVersion", "role"),
    "produced": ("run", "data", "modelVersion"),
    "builtFrom": ("run", "commit"),
    "partOf": ("run", "parent"),
    "basedOn": ("modelVersion", "base"),
}
"""What makes two rows speak of the same thing."""


@dataclass
class Loaded:
    """The rows of a reading."""

    store_id: str
    batches: list[Batch]
    skipped: list[Skipped]
    items: list[Item] = field(init=False)

    def __post_init__(self) -> None:
        self.items = [item for batch in self.batches for item in (*batch.nodes, *batch.relationships)]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [item[kind] for item in self.items if kind in item]

    def one(self, kind: str, **key: Any) -> dict[str, Any]:
        """The one row of that kind in which these properties have these values."""
        (found,) = self.some(kind, **key)
        return found

    def some(self, kind: str, **key: Any) -> list[dict[str, Any]]:
        return [row for row in self.of(kind) if all(row.get(name) == value for name, value in key.items())]

    def reasons(self, row: str) -> list[str]:
        return [each.reason for each in self.skipped if row in each.row]


def read(location: str, workspace: Path, options: LoadOptions = OPTIONS) -> Loaded:
    """A whole reading of that store."""
    reading = LOADER.open(location, options, workspace)
    try:
        batches = list(reading.batches())
        return Loaded(reading.store_id, batches, list(reading.skipped()))
    finally:
        reading.close()


def run_key(id_: str) -> dict[str, str]:
    return {"source": "mlflow", "runId": id_}


def version_key(name: str, version: str) -> dict[str, str]:
    return {"namespace": "mlflow", "name": name, "version": version}


def identity(item: Item) -> str:
    ((kind, row),) = item.items()
    return json.dumps([kind, [row.get(name) for name in IDENTITY[kind]]], sort_keys=True)


def contradictions(items: Iterable[Item]) -> list[tuple[Item, Item]]:
    """The rows that speak of one thing and differ: a load that holds such would change something every time."""
    met: dict[str, Item] = {}
    return [
        (met[identity(item)], item)
        for item in items
        if json.dumps(met.setdefault(identity(item), item), sort_keys=True) != json.dumps(item, sort_keys=True)
    ]


def fits(batch: Batch) -> bool:
    """Whether a batch is one that the API takes."""
    items = [*batch.nodes, *batch.relationships]
    return len(items) <= BATCH_ITEMS and len(json.dumps(items)) <= BATCH_BYTES + 2 * len(items)
