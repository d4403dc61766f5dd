"""What a filter lets through, found in an inventory in memory; written on its own, from the design."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graph_schema.search import fold
from tests.plain.inventory import RENAMED, Inventory, Link, Thing
from tests.plain.ways import FIRST, RELATED


def now() -> int:
    return time.time_ns() // 1000


def serves(thing: Thing) -> bool:
    ended = thing.stored.get("endedAt")
    return thing.stored["startedAt"] <= now() and (ended is None or ended > now())


def along(inventory: Inventory, thing: Thing, hops: Iterable[tuple[bool, str, str]]) -> Iterable[Thing]:
    """The things that the hops lead to and that may be seen, each once; what lies on the way may be hidden."""
    found = {thing.uid: thing}
    for out, type_, label in hops:
        links = inventory.forward if out else inventory.backward
        ends = [
            inventory.things[link.end if out else link.start]
            for start in found
            for link in links[type_, start]
            if _holds(link)
        ]
        found = {end.uid: end for end in ends if not label or end.label == label}
    return [end for end in found.values() if inventory.sees(end)]


def _holds(link: Link) -> bool:
    since, until = link.stored.get("validFrom"), link.stored.get("validTo")
    return (since is None or since <= now()) and (until is None or until > now())


def fulfils(inventory: Inventory, thing: Thing, where: Mapping[str, Any]) -> bool:
    """Whether a filter lets a thing through."""
    return all(_part(inventory, thing, name, part) for name, part in where.items() if part is not None)


def _part(inventory: Inventory, thing: Thing, name: str, part: Any) -> bool:
    if name == "and":
        return all(fulfils(inventory, thing, each) for each in part)
    if name == "or":
        return any(fulfils(inventory, thing, each) for each in part)
    if name == "not":
        return not fulfils(inventory, thing, part)
    if name == "search":
        return all(word in thing.stored.get("searchText", "") for word in fold(part).split())
    return _asked(inventory, thing, name, part)


def _asked(inventory: Inventory, thing: Thing, name: str, part: Any) -> bool:
    if name == "live":
        return serves(thing) == part
    if (thing.label, name) in RELATED:
        return _related(inventory, thing, name, part)
    value = thing.stored.get(RENAMED.get((thing.label, name), name))
    return all(_operator(value, name, operand) for name, operand in part.items() if operand is not None)


def _related(inventory: Inventory, thing: Thing, name: str, part: Mapping[str, Any]) -> bool:
    field, hops = RELATED[thing.label, name]
    things = sorted(along(inventory, thing, hops), key=lambda each: (each.stored["sortKey"], each.uid))
    if (thing.label, field) in FIRST:
        return any(fulfils(inventory, each, part) for each in things[:1])
    some, none = part.get("some"), part.get("none")
    return (some is None or any(fulfils(inventory, each, some) for each in things)) and (
        none is None or not any(fulfils(inventory, each, none) for each in things)
    )


def _operator(value: Any, name: str, operand: Any) -> bool:
    if name == "isNull":
        return (value is None) == operand
    return value is not None and OPERATORS[name](value, operand)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, operand: value == operand,
    "ne": lambda value, operand: value != operand,
    "in": lambda value, operand: value in operand,
    "contains": lambda value, operand: operand in value,
    "startsWith": lambda value, operand: value.startswith(operand),
    "lt": lambda value, operand: value < operand,
    "lte": lambda value, operand: value <= operand,
    "gt": lambda value, operand: value > operand,
    "gte": lambda value, operand: value >= operand,
    "has": lambda value, operand: operand in value,
}
