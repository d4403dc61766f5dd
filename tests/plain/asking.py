"""Asks the published schema on a graph, and counts what it costs."""

import inspect
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson
from graphql import ExecutionResult, execute

from app.access.service import LOCAL, Caller
from app.compiler.passthrough import PassThroughExecutor
from app.compiler.plans import Plans
from app.registry.graph import Inventory
from tests.contexts import context_of
from tests.published import PUBLISHED, document
from tests.reference.safe_form import MANY

if TYPE_CHECKING:
    from app.graph.driver import Graph


class Asking:
    """The published schema on one graph."""

    def __init__(self, graph: "Graph", caller: Caller = LOCAL) -> None:
        self.graph = graph
        self.caller = caller
        self.plans = Plans()
        self.statements: list[tuple[str, Mapping[str, Any]]] = []

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> ExecutionResult:
        """The answer; what it cost is in `statements`."""
        self.statements.clear()
        end = self.graph.on_statement(lambda text, parameters: self.statements.append((text, parameters)))
        try:
            result = execute(
                PUBLISHED,
                document(query),
                context_value=context_of(SimpleNamespace(inventory=Inventory(self.graph, self.plans)), self.caller),
                variable_values=dict(variables or {}),
                executor_class=PassThroughExecutor,
            )
            return await result if inspect.isawaitable(result) else result
        finally:
            end()
            assert not [text for text, _ in self.statements if MANY.search(text)]

    async def data(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer without errors that cost one statement."""
        result = await self.ask(query, variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        assert len(self.statements) == 1
        return result.data


def as_sent(result: ExecutionResult) -> bytes:
    """The bytes that a client gets."""
    return orjson.dumps(result.formatted)
