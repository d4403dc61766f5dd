"""Rows without the values that are too long for the graph, which would be refused with all that the row says."""

import json
from collections.abc import Callable
from functools import cache

from app.loading.loader import Item
from graph_schema.declare import Kind, Property
from graph_schema.relationships import SCHEMA
from graph_schema.values import BadValue, stored

SMALL = 4_000
"""A row of at most so many characters holds nothing that is too long: a thousand texts take as many."""

_CALLED = {
    "run": "run {runId}",
    "datasetVersion": "dataset {name}, version {version}",
    "model": "model {name}",
    "modelVersion": "version {version} of model {name}",
}


def fitted(item: Item, tell: Callable[[str, str], None]) -> Item:
    """The row without the properties that cannot be kept; each is told, with the reason and the row and field."""
    ((kind, said),) = item.items()
    if kind not in _CALLED or len(json.dumps(item)) <= SMALL:
        return item
    kept = dict(said)
    for declared in _properties(kind):
        try:
            if kept.get(declared.name) is not None:
                stored(kept[declared.name], declared)
        except BadValue as error:
            del kept[declared.name]
            tell(str(error), f"{_CALLED[kind].format(**said)}, {declared.name}{error.place}")
    return {kind: kept}


@cache
def _properties(kind: str) -> tuple[Property, ...]:
    """What a row of that kind says, its times apart: those are still text."""
    (node,) = (node for node in SCHEMA.nodes if node.input_name == kind)
    return tuple(each for each in node.properties if each.kind is not Kind.TIME)
