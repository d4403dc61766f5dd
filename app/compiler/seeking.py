"""Lists of everything that a filter narrows to one value of a property that is sought: an index finds them.

Which value is rare nobody knows when the statement is made. So an index is taken only where the declaration says that
a value is: of several, the property that is declared first. All else is read in the order of the list, and looked at.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from app.compiler.compiling import Compiler
from app.compiler.hubs import Reading
from app.compiler.meanings import Way
from graph_schema.declare import Node


def sought(node: Node, filter_: Mapping[str, Any]) -> str:
    """The stored name of the property of which a filter names the one value, for an index to find; empty for none."""
    for each in node.properties:
        asked = filter_.get(each.name) if each.sought else None
        if asked and cast("Mapping[str, Any]", asked).get("eq") is not None:
            return each.stored_as
    return ""


def reading(compiler: Compiler, found: Way, label: str, name: str) -> Reading:
    """How those of one value are read, in natural order: on Neo4j from the index, which holds them so.

    ArcadeDB looks them up, and sorts them.
    """
    key = f"{found.end}.sortKey"
    if compiler.dialect.kind != "neo4j":
        return Reading(found, key)
    hint = f" USING INDEX {found.end}:{label}({name}, sortKey)"
    return Reading(replace(found, pattern=found.pattern + hint), key, first=f"{found.end}.{name}")


def hidden(compiler: Compiler, value: str) -> str:
    """A value as it is compared without being looked up.

    ArcadeDB reads nothing in order where any property equals a value, and takes the first index that it meets.
    """
    return f"coalesce({value}, null)" if compiler.dialect.kind == "arcadedb" else value
