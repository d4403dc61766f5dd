"""What sources said of things, read from an inventory in memory."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from graph_schema.canonical import canonical
from graph_schema.declare import Kind
from graph_schema.identity import uid
from graph_schema.relationships import SCHEMA
from tests.plain.inventory import Inventory, Thing

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEPT = ("source", "assertedBy", "method", "confidence", "evidence", "recordedAt", "retractedAt", "retractedBy")


def instant(value: int) -> str:
    """A time as the API shows it."""
    return (EPOCH + timedelta(microseconds=value)).isoformat().replace("+00:00", "Z")


def history(inventory: Inventory, thing: Thing) -> list[Mapping[str, Any]]:
    """All that was said of a thing, the newest first; its own word too, where no other is kept."""
    told = list(inventory.statements[thing.uid])
    stored = thing.stored
    if not stored["undescribed"] and not stored["statements"]:
        own = {name: stored[name] for name in KEPT if name in stored}
        said = {each.stored_as: stored.get(each.stored_as) for each in SCHEMA.node(thing.label).properties}
        word = canonical({name: value for name, value in said.items() if value is not None})
        told.append({**own, "uid": uid("Statement", (thing.uid, own["source"], own["recordedAt"])), "word": word})
    told.sort(key=lambda each: (each["recordedAt"], each["uid"]), reverse=True)
    return [{**each, "word": _shown(thing.label, json.loads(each["word"]))} for each in told]


def _shown(label: str, word: Mapping[str, Any]) -> str:
    kinds = {each.name: each.kind for each in SCHEMA.node(label).properties}
    return canonical({name: shown(kinds[name], value) for name, value in word.items()})


def shown(kind: Kind, value: Any) -> Any:
    """A stored value as a word shows it."""
    return instant(value) if kind is Kind.TIME else json.loads(value) if kind is Kind.JSON else value
