"""The step that tells of each source of which namespaces it speaks, from what is on record: they decide who sees it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.retracting import stated
from app.registry.writing import literal
from graph_schema.declare import Node
from graph_schema.identity import uid
from graph_schema.nodes import DESCRIBED
from graph_schema.relationships import SCHEMA

_PATIENCE: Final = 600.0
"""Seconds for one statement: nobody is served before the last of them."""

_TELL: Final = """
UNWIND $rows AS row MATCH (s:Source {uid: row[0]})
SET s.namespaces = coalesce(s.namespaces, []) + [each IN row[1] WHERE NOT each IN coalesce(s.namespaces, [])]
"""


async def tell_where_sources_speak(graph: Graph) -> None:
    """Version 3: each source has the namespaces of what it describes and relates. Done again it changes nothing."""
    found: dict[str, set[str]] = defaultdict(set)
    for text in _texts():
        for source, namespace in await graph.read(literal(text, graph.engine), seconds=_PATIENCE):
            found[source].add(namespace)
    rows = [[uid("Source", (source,)), sorted(namespaces)] for source, namespaces in sorted(found.items())]

    async def tell(transaction: Transaction) -> None:
        await transaction.run(_TELL, {"rows": rows})

    await graph.write(tell, repeatable=True)


def _texts() -> Iterator[str]:
    """What finds the sources with a namespace each: of things, of the words about them, of relationships."""
    for node in DESCRIBED:
        yield _pairs(f"MATCH (n:{node.label})", "n", _within("n", node))
        yield _pairs(f"MATCH (said:Statement)-[:ABOUT]->(n:{node.label})", "said", _within("n", node))
    for each in stated():
        for start, target in each.ends:
            ends = f"{_within('a', SCHEMA.node(start))} + {_within('b', SCHEMA.node(target))}"
            yield _pairs(f"MATCH (a:{start})-[said:{each.type}]->(b:{target})", "said", ends)


def _pairs(match: str, speaker: str, namespaces: str) -> str:
    return (
        f"{match} WHERE {speaker}.source IS NOT NULL UNWIND {namespaces} AS namespace "
        f"WITH DISTINCT {speaker}.source AS source, namespace WHERE namespace IS NOT NULL RETURN source, namespace"
    )


def _within(variable: str, node: Node) -> str:
    keyed = ", ".join(f"{variable}.{name}" for name in node.namespace_names)
    listed = "" if node.namespaced else f" + coalesce({variable}.namespaces, [])"
    return f"[{keyed}]{listed}"
