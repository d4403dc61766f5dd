"""Which engine answers."""

import re

from app.errors import GraphUnsupported
from app.graph.engines.arcadedb import ArcadeDB
from app.graph.engines.engine import Engine
from app.graph.engines.neo4j import OLDEST, Neo4j

_ARCADEDB = re.compile(r"ArcadeDB ([0-9.]+)")
_NEO4J = re.compile(r"Neo4j/((\d+)\.(\d+)\S*)")


def recognise(agent: str, url: str) -> Engine:
    """The engine that names itself so at the login.

    Args:
        agent: as `Neo4j/5.26.26`, or `Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)`.
        url: for the message.

    Raises:
        GraphUnsupported: neither Neo4j nor ArcadeDB, or too old a release.
    """
    if found := _ARCADEDB.search(agent):
        return ArcadeDB(found[1])
    if found := _NEO4J.match(agent):
        if (int(found[2]), int(found[3])) >= OLDEST:
            return Neo4j(found[1])
        raise GraphUnsupported(
            f"The graph at {url} is Neo4j {found[1]}.", remedy="Pedigree needs 5.26 LTS or newer: upgrade the server."
        )
    raise GraphUnsupported(
        f"What answers at {url} calls itself {agent!r}.",
        remedy="Point PEDIGREE_GRAPH_URL at a Neo4j server, or leave it out for the embedded graph.",
    )
