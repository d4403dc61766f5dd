"""The one way to run an operation, whether it came over HTTP or from a command."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,  # pyright: ignore[reportUnknownVariableType] - its middleware, which is not used
)

from app.compiler.passthrough import PassThroughExecutor
from app.operations.documents import DocumentRefused, Documents, Prepared
from app.operations.failures import published
from app.operations.limits import DocumentLimits, too_dear, too_much_together


class Context(Protocol):
    """What this room needs to know of a request; the resolvers know more."""

    @property
    def correlation_id(self) -> str:
        """By which the log tells more."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller sent.

    Attributes:
        query: the document's text.
        variables: the values of its variables.
        operation: the name of the operation to run, where the document has several.
        document_id: the identifier of a registered document, where it is named instead of sent.
    """

    query: str
    variables: Mapping[str, Any] | None = None
    operation: str | None = None
    document_id: str | None = None

    @property
    def document_hash(self) -> str:
        """By which a failing document is named in logs: its text may hold what must not stand there."""
        text = self.query or self.document_id or ""  # of one that is not found, what it was named by
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer.

    Attributes:
        body: what GraphQL answers: `errors`, where there are any, and `data`, where anything was run.
        ran: whether anything was run; else the request itself was wrong.
        forbidden: whether it was not, though nothing else was wrong with the request.
    """

    body: dict[str, Any]
    ran: bool
    forbidden: bool = False

    @property
    def failed(self) -> bool:
        """Whether it has errors."""
        return "errors" in self.body


class Operations:
    """Runs operations on one schema."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits) -> None:
        self._schema = schema
        self._limits = limits
        self._documents = Documents(schema, limits)

    def prepare(self, asked: Asked) -> Prepared | Outcome:
        """The document that was asked for, or the answer that says why it is not run."""
        try:
            return self._documents.prepare(asked.query)
        except DocumentRefused as refusal:
            return _refused(refusal.errors)

    def too_much_together(self, several: Iterable[tuple[Asked, Prepared]]) -> str:
        """What is too much of requests that come at once, though of none alone; empty where nothing is."""
        tokens = aliases = cost = 0
        for asked, prepared in several:
            tokens += prepared.document.token_count
            operation = prepared.operation(asked.operation)
            if operation is not None:
                aliases += operation.aliases
                cost += operation.cost(asked.variables)
        return too_much_together(tokens, aliases, cost, self._limits)

    async def run(self, asked: Asked, context: Context, prepared: Prepared | None = None) -> Outcome:
        """The answer.

        Args:
            asked: what to run.
            context: what resolvers are given.
            prepared: its document, where `prepare` has been called for it.
        """
        if prepared is None:
            found = self.prepare(asked)
            if isinstance(found, Outcome):
                return found
            prepared = found
        operation = prepared.operation(asked.operation)
        cost = operation.cost(asked.variables) if operation is not None else 0
        if cost > self._limits.cost:
            return self._with_cost(_refused([too_dear(cost, self._limits.cost)]), cost)
        result = execute(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=dict(asked.variables) if asked.variables else None,
            operation_name=asked.operation,
            executor_class=PassThroughExecutor,
        )
        if inspect.isawaitable(result):
            result = await result
        return self._with_cost(_outcome(result, asked, context), cost)

    def _with_cost(self, outcome: Outcome, cost: int) -> Outcome:
        """The outcome, which also says what it cost, what it may cost, and what is left of that."""
        limit = self._limits.cost
        outcome.body["extensions"] = {"cost": {"requested": cost, "limit": limit, "left": max(0, limit - cost)}}
        return outcome


def _outcome(result: ExecutionResult, asked: Asked, context: Context) -> Outcome:
    if not result.errors:
        return Outcome({"data": result.data}, ran=True)
    # Errors of the request itself, as a variable that does not fit, have no path in the answer.
    ran = result.data is not None or any(error.path is not None for error in result.errors)
    hash_ = asked.document_hash
    body: dict[str, Any] = {"errors": [published(each, context.correlation_id, hash_) for each in result.errors]}
    if ran:
        body["data"] = result.data
    return Outcome(body, ran)


def _refused(errors: Sequence[GraphQLError]) -> Outcome:
    return Outcome({"errors": [published(each, "", "") for each in errors]}, ran=False)
