"""Ordinary resolvers over an inventory in memory, called for each field by the ordinary executor.

Written on its own, from the design and the published schema: it shares with the compiler only the form of cursors.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    print_schema,
)

from app.compiler import cursors
from graph_schema.identity import from_id, to_id, uid
from graph_schema.nodes import STAGES
from tests.plain.filters import along, fulfils, now, serves
from tests.plain.flows import FIELDS, flows
from tests.plain.inventory import RENAMED, Inventory, Thing
from tests.plain.ways import KEYS, LISTS, WAYS
from tests.plain.words import contradictions, history, instant, microseconds
from tests.published import PUBLISHED

ABSENT: Mapping[str, Any] = {"undescribed": False, "namespaces": []}
FLOOR = -(2**62)


class Plain:
    """Executes the published schema over an inventory, field by field."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> ExecutionResult:
        return execute_sync(_executable(), parse(query), context_value=self, variable_values=dict(variables or {}))

    # ------------------------------------------------------------------------------------------------ fields

    def root(self, name: str, arguments: Mapping[str, Any]) -> Any:
        if name == "node":
            return self._live(from_id(arguments["id"])[1])
        if name == "nodes":
            return [self._live(from_id(each)[1]) for each in arguments["ids"]]
        if name == "artifact":
            return self._live(uid("Artifact", (arguments["key"],)))
        if name in KEYS:
            label, parts = KEYS[name]
            return self._live(uid(label, [arguments["key"][part] for part in parts]))
        things = [thing for thing in self.inventory.of(LISTS[name]) if self._live(thing.uid) is not None]
        return self._listed(things, f"Query.{name}", arguments, mixed=False)

    def _live(self, found: str) -> Thing | None:
        thing = self.inventory.things.get(found)
        live = thing is not None and "retractedAt" not in thing.stored and self.inventory.sees(thing)
        return thing if live else None

    def field(self, thing: Thing, name: str, arguments: Mapping[str, Any], *, connection: bool) -> Any:
        if name == "id":
            return to_id(thing.label, thing.uid)
        if name == "provenance":
            return thing.stored
        if name in {"history", "contradictions", "files"}:
            return self._told(thing, name, arguments)
        if name in FIELDS:
            things, mixed = flows(self.inventory, thing, name), name != "productionModels"
        elif (thing.label, name) in WAYS:
            hops = WAYS[thing.label, name]
            things, mixed = list(along(self.inventory, thing, hops)), not hops[-1][2]
        else:
            return thing.stored.get(RENAMED.get((thing.label, name), name), ABSENT.get(name))
        if not connection:
            return min(things, key=lambda each: (each.stored["sortKey"], each.uid), default=None)
        return self._listed(things, f"{thing.label}.{name}", arguments, mixed=mixed)

    # ------------------------------------------------------------------------------------------------ lists

    def _told(self, thing: Thing, name: str, arguments: Mapping[str, Any]) -> Any:
        if name == "contradictions":
            return contradictions(self.inventory, thing)
        if name == "files":
            return self._files(thing, arguments)
        told = history(self.inventory, thing)
        tag = cursors.tag(f"{thing.label}.history", "NEWEST", {})
        edges = [{"cursor": cursors.encode(tag, each["recordedAt"], each["uid"]), "node": each} for each in told]
        return self._page(edges, arguments)

    def _files(self, thing: Thing, arguments: Mapping[str, Any]) -> Any:
        verified = arguments.get("verified")
        links = [
            link
            for link in self.inventory.forward["CONTAINS", thing.uid]
            if self.inventory.sees(self.inventory.things[link.end])
            and verified in {None, link.stored["method"] == "VERIFIED"}
        ]
        tag = cursors.tag("ModelVersion.files", "PATH", {} if verified is None else {"verified": verified})
        edges = [
            {
                "cursor": cursors.encode(tag, link.stored["path"], link.stored["uid"]),
                "node": {**link.stored, "artifact": self.inventory.things[link.end]},
            }
            for link in sorted(links, key=lambda link: (link.stored["path"], link.stored["uid"]))
        ]
        return self._page(edges, arguments)

    def _listed(self, things: list[Thing], name: str, arguments: Mapping[str, Any], *, mixed: bool) -> Any:
        if (live := arguments.get("live")) is not None:
            things = [each for each in things if serves(each) == live]
        return self._connection(things, name, arguments, mixed=mixed)

    def _connection(self, things: list[Thing], name: str, arguments: Mapping[str, Any], *, mixed: bool) -> Any:
        if where := arguments.get("where"):
            things = [thing for thing in things if fulfils(self.inventory, thing, where)]
        chosen: str = arguments.get("orderBy") or "KEY"
        key = _sort(chosen.removesuffix("_DESC"), mixed=mixed)
        things = sorted(things, key=key, reverse=chosen.endswith("_DESC"))
        rest = {each: value for each, value in arguments.items() if each in {"where", "live"} and value is not None}
        tag = cursors.tag(name, f"{chosen}: {', '.join(STAGES)}" if chosen.startswith("STAGE_") else chosen, rest)
        edges = [{"cursor": cursors.encode(tag, key(each)[0], each.uid), "node": each} for each in things]
        return self._page(edges, arguments) | {"facet": lambda by, first=None: facet_of(things, by, first or 10)}

    def _page(self, edges: list[dict[str, Any]], arguments: Mapping[str, Any]) -> dict[str, Any]:
        total = len(edges)
        first, last = arguments.get("first"), arguments.get("last")
        size = first or last or 25
        edges = edges[-size:] if last else edges[:size]
        return {
            "edges": edges,
            "totalCount": total,
            "pageInfo": {
                "hasNextPage": not last and total > size,
                "hasPreviousPage": bool(last) and total > size,
                "startCursor": edges[0]["cursor"] if edges else None,
                "endCursor": edges[-1]["cursor"] if edges else None,
            },
            "completeness": self._completeness(),
        }

    def _completeness(self) -> Any:
        sources = [each for each in self.inventory.of("Source") if _stale(each) and self.inventory.sees(each)]
        stale = sorted(sources, key=lambda source: source.stored["name"])
        return {
            "complete": not stale,
            "truncatedBy": [],
            "frontier": [],
            "hiddenCount": 0,
            "unknownAncestry": 0,
            "staleSources": stale,
        }


def facet_of(things: list[Thing], by: str, size: int) -> dict[str, Any]:
    """How the things spread over the values of what `by` names, the commonest first; at most `size` of them."""
    counts = Counter(value for thing in things for value in _facet_values(thing, by))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0] is None, 0 if item[0] is None else item[0]))
    return {
        "values": [{"value": _told(value), "count": count} for value, count in ordered[:size]],
        "hasMoreValues": len(ordered) > size,
    }


def _told(value: Any) -> str | None:
    return json.dumps(value) if isinstance(value, bool) else None if value is None else str(value)


def _facet_values(thing: Thing, by: str) -> list[Any]:
    first, *rest = by.lower().split("_")
    name = first + "".join(map(str.capitalize, rest))
    if name == "namespace" and "namespaces" in thing.stored:
        return thing.stored["namespaces"]
    if name == "environment" and thing.label == "Deployment":
        name = "endpointEnvironment"
    # SOURCE is whose word counts, though a run has a source in its key too.
    return [thing.stored.get(name if name == "source" else RENAMED.get((thing.label, name), name))]


def _sort(order: str, *, mixed: bool) -> Callable[[Thing], tuple[Any, ...]]:
    first, *rest = order.removesuffix("_ASC").lower().split("_")
    name = "sortKey" if order == "KEY" else first + "".join(map(str.capitalize, rest))
    floor: Any = "" if name in {"sortKey", "name"} else FLOOR
    if name == "stage":
        return lambda thing: (STAGES.index(thing.stored["stage"]) if "stage" in thing.stored else -1, thing.uid)
    if name == "sortKey" and not mixed:
        return lambda thing: (thing.stored["sortKey"],)
    return lambda thing: (thing.stored.get(name, floor), thing.uid)


def _stale(source: Thing) -> bool:
    every = source.stored.get("expectedEvery")
    last = source.stored.get("lastCompleteLoadAt", source.stored.get("firstLoadAt"))
    return every is not None and last is not None and (now() - last) // 1_000_000 > every


# ---------------------------------------------------------------------------------------------------- the schema


@cache
def _executable() -> GraphQLSchema:
    schema = build_schema(print_schema(PUBLISHED))
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLScalarType):
            _scalar(type_)
        elif isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = lambda thing, _info, _type: thing.label
        elif isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                field.resolve = _resolver(type_.name, name, connection=str(field.type).endswith("Connection!"))
    return schema


def _resolver(type_: str, name: str, *, connection: bool) -> Callable[..., Any]:
    def resolve(source: Any, info: Any, **arguments: Any) -> Any:
        plain: Plain = info.context
        if type_ == "Query":
            return plain.root(name, arguments)
        if isinstance(source, Thing):
            return plain.field(source, name, arguments, connection=connection)
        if name in {"assertedBy", "retractedBy"}:
            found = source.get(name)
            return None if found is None else to_id("Actor", found)
        found = source.get(name)
        return found(**arguments) if callable(found) else found

    return resolve


def _scalar(type_: GraphQLScalarType) -> None:
    if type_.name == "DateTime":
        type_.coerce_output_value = type_.serialize = instant
        type_.coerce_input_value = type_.parse_value = microseconds
    elif type_.name == "JSON":
        type_.coerce_output_value = type_.serialize = lambda value: json.loads(value)  # noqa: PLW0108 - its name
