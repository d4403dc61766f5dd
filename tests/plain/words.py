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


def microseconds(value: str) -> int:
    """A time as it is stored, of one as a client writes it."""
    return (datetime.fromisoformat(value) - EPOCH) // timedelta(microseconds=1)


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


def contradictions(inventory: Inventory, thing: Thing) -> list[Mapping[str, Any]]:
    """What the words that hold have differently, in the order of the declaration."""
    holding = [
        {**each, "said": json.loads(each["word"]), "ages": json.loads(each.get("since", "{}"))}
        for each in inventory.statements[thing.uid]
        if "supersededAt" not in each and "retractedAt" not in each
    ]
    found: list[Mapping[str, Any]] = []
    for each in SCHEMA.node(thing.label).properties if thing.stored["statements"] else ():
        name = each.name
        saying = [word for word in holding if name in word["said"]]
        if len({repr(word["said"][name]) for word in saying}) > 1:
            counts = _counting(holding, saying, name)
            values = [_value(word, name, each.kind, counts) for word in saying]
            values.sort(key=lambda value: (not value["counts"], -value["saidAt"], value["source"]))
            found.append({"property": name, "values": values})
    return found


def _value(word: Mapping[str, Any], name: str, kind: Kind, counts: Any) -> dict[str, Any]:
    said = word["said"][name]
    about = {each: word[each] for each in ("source", "assertedBy", "method", "confidence")}
    about |= {"saidAt": word["ages"].get(name, word["recordedAt"]), "counts": said == counts}
    return {**about, "value": canonical(shown(kind, said))}


def _counting(holding: list[dict[str, Any]], saying: list[dict[str, Any]], name: str) -> Any:
    """The value that the thing shows."""

    def rank(word: Mapping[str, Any], of: str) -> tuple[bool, int, str]:
        return word["method"] != "VERIFIED", -word["ages"].get(of, word["recordedAt"]), word["source"]

    if not name.startswith("claimedStage"):
        return min(saying, key=lambda word: rank(word, name))["said"][name]
    claims = [word for word in holding if "claimedStage" in word["said"]]
    if not claims:
        return None

    def world(word: Mapping[str, Any]) -> int:
        return word["said"].get("claimedStageSince", word["ages"].get("claimedStage", word["recordedAt"]))

    best = min(claims, key=lambda word: (-world(word), *rank(word, "claimedStage")))
    return best["said"].get(name)


def shown(kind: Kind, value: Any) -> Any:
    """A stored value as a word shows it."""
    return instant(value) if kind is Kind.TIME else json.loads(value) if kind is Kind.JSON else value
