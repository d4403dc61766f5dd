"""Asks the published schema, with an engine that answers what the test says."""

import inspect
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from graphql import ExecutionResult, execute

from app.compiler.passthrough import PassThroughExecutor
from app.compiler.plans import Plans
from app.graph.engines.arcadedb import ArcadeDB
from app.graph.engines.engine import Engine
from app.graph.engines.neo4j import Neo4j
from app.registry.graph import Inventory
from tests.contexts import context_of
from tests.published import PUBLISHED, document

if TYPE_CHECKING:
    from app.graph.driver import Graph

NEO4J = Neo4j("5.26.26")
ARCADEDB = ArcadeDB("26.10.2")


class Answering:
    """A graph that gives the same records to every statement, and remembers what it was sent."""

    def __init__(self, *records: list[Any], engine: Engine = NEO4J) -> None:
        self.engine = engine
        self.records = [list(record) for record in records]
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.plans = Plans()

    async def read(self, statement: str, parameters: dict[str, Any]) -> list[list[Any]]:
        self.sent.append((statement, parameters))
        return self.records

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> ExecutionResult:
        services = SimpleNamespace(inventory=Inventory(cast("Graph", self), self.plans))
        result = execute(
            PUBLISHED,
            document(query),
            context_value=context_of(services),
            variable_values=dict(variables or {}),
            executor_class=PassThroughExecutor,
        )
        return await result if inspect.isawaitable(result) else result

    async def text(self, query: str, variables: Mapping[str, Any] | None = None) -> str:
        """The statement that a query costs."""
        before = len(self.sent)
        await self.ask(query, variables)
        assert len(self.sent) == before + 1
        return self.sent[-1][0]
