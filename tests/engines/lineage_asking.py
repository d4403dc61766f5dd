"""Asks the root fields that walk, on one graph, and counts what they cost."""

import inspect
from contextlib import AbstractAsyncContextManager
from types import SimpleNamespace
from typing import Any, LiteralString, cast

from graphql import execute

from app.access.service import LOCAL, Caller
from app.compiler.passthrough import PassThroughExecutor
from app.compiler.plans import Plans
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.lineage.service import Lineage, WalkLimits
from app.registry.graph import Inventory
from graph_schema.identity import to_id
from tests.contexts import context_of
from tests.published import PUBLISHED, document
from tests.reference.safe_form import flaws
from tests.reference.walks import Thing


class Patient:
    """A graph that waits: a server that was just started plans its first statements slowly."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.engine = graph.engine

    async def read(self, statement: LiteralString, parameters: dict[str, Any]) -> list[list[Any]]:
        return await self.graph.read(statement, parameters, seconds=120)

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        return self.graph.reading(seconds=120)


class Asking:
    """The published schema on one graph."""

    def __init__(self, graph: Graph, limits: WalkLimits | None = None, caller: Caller = LOCAL) -> None:
        self.graph = graph
        plans = Plans()
        patient = cast("Graph", Patient(graph))
        self.caller = caller
        self.services = SimpleNamespace(lineage=Lineage(patient, plans, limits), inventory=Inventory(patient, plans))
        self.statements: list[str] = []
        self.stop = graph.on_statement(lambda text, _: self.statements.append(text))

    async def __call__(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer; errors are raised."""
        self.statements.clear()
        found = execute(
            PUBLISHED,
            document(query),
            context_value=context_of(self.services, self.caller),
            variable_values=variables,
            executor_class=PassThroughExecutor,
        )
        result = await found if inspect.isawaitable(found) else found
        if result.errors:
            raise result.errors[0].original_error or result.errors[0]
        assert [flaws(text) for text in self.statements] == [[]] * len(self.statements)
        if self.graph.engine.kind == "arcadedb":
            assert not [text for text in self.statements if "[path:" in text]
        assert result.data is not None
        return result.data


def ref(thing: Thing) -> dict[str, str]:
    """How a client names it."""
    return {"id": to_id(thing.label, thing.uid)}
