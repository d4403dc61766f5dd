"""The one way to run an operation, whether it came over HTTP or from a command."""

import asyncio
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Protocol

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,  # pyright: ignore[reportUnknownVariableType] - its middleware, which is not used
)

from app.access.permissions import Permission
from app.access.service import Caller
from app.access.spending import LEAST, UNCOUNTED, Budget, Spending
from app.compiler.passthrough import PassThroughExecutor
from app.operations.documents import DocumentRefused, Documents, Operation, Prepared
from app.operations.failures import published
from app.operations.limits import DocumentLimits, spent, too_dear, too_much_together
from app.operations.permitting import forbidden


class Context(Protocol):
    """What this room needs to know of a request; the resolvers know more."""

    @property
    def correlation_id(self) -> str:
        """By which the log tells more."""
        ...

    @property
    def caller(self) -> Caller:
        """On whose behalf it is asked."""
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
        budget: what its caller may spend now; None where nothing is counted.
    """

    body: dict[str, Any]
    ran: bool
    forbidden: bool = False
    budget: Budget | None = None

    @property
    def failed(self) -> bool:
        """Whether it has errors."""
        return "errors" in self.body


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A request of which it is known what it would cost, and whether it may run at all.

    Attributes:
        asked: the request.
        prepared: its document, or the answer that says why there is none.
        cost: what it may cost.
        changes: whether it is a mutation.
        refusal: the answer where it is not run.
    """

    asked: Asked
    prepared: Prepared | Outcome
    cost: int = 0
    changes: bool = False
    refusal: Outcome | None = None

    @property
    def price(self) -> int:
        """What is spent on it: what is refused was read and checked all the same, and so was what costs nothing."""
        return LEAST if self.refusal is not None else max(LEAST, self.cost)


class Operations:
    """Runs operations on one schema.

    Args:
        schema: whose resolvers answer.
        limits: what a document may have.
        spending: counts what callers spend; without it nothing is.
    """

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits, spending: Spending | None = None) -> None:
        self._schema = schema
        self._limits = limits
        self._spending = spending or Spending(UNCOUNTED)
        self._documents = Documents(schema, limits)

    def prepare(self, asked: Asked, caller: Caller) -> Prepared | Outcome:
        """The document that was asked for, or the answer that says why it is not run."""
        try:
            return self._documents.prepare(asked.query, suggesting=_knows_the_schema(caller))
        except DocumentRefused as refusal:
            return _refused(refusal.errors)

    def charge(self, caller: Caller) -> Budget | None:
        """What is left to whoever sent what is refused before it comes to a document; None where nothing is counted."""
        return self._spending.spend(caller, LEAST)

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

    async def run(self, asked: Asked, context: Context) -> Outcome:
        """The answer.

        Args:
            asked: what to run.
            context: what resolvers are given.
        """
        [outcome] = await self.run_together([(asked, self.prepare(asked, context.caller))], context)
        return outcome

    async def run_together(
        self, several: Sequence[tuple[Asked, Prepared | Outcome]], context: Context
    ) -> list[Outcome]:
        """The answers to requests that came at once, in their order; they are paid for together, or none is run.

        Where one of them changes something they are run one after the other, else together.

        Args:
            several: each with what `prepare` made of it.
            context: what resolvers are given.
        """
        weighed = [self._weighed(asked, prepared, context.caller) for asked, prepared in several]
        budget = self._spending.spend(context.caller, sum(each.price for each in weighed))
        if budget is not None and budget.wait:
            price = sum(each.price for each in weighed)
            return [self._told(_refused([spent(budget, price)]), each.cost, budget) for each in weighed]
        if len(weighed) == 1 or any(each.changes for each in weighed):
            return [await self._answered(each, context, budget) for each in weighed]
        return await asyncio.gather(*(self._answered(each, context, budget) for each in weighed))

    def _weighed(self, asked: Asked, prepared: Prepared | Outcome, caller: Caller) -> _Weighed:
        if isinstance(prepared, Outcome):
            return _Weighed(asked, prepared, refusal=prepared)
        operation = prepared.operation(asked.operation)
        if operation is None:  # of which the executor says what is wrong
            return _Weighed(asked, prepared)
        cost = operation.cost(asked.variables)
        return _Weighed(asked, prepared, cost, operation.changes, self._refusal(asked, operation, cost, caller))

    def _refusal(self, asked: Asked, operation: Operation, cost: int, caller: Caller) -> Outcome | None:
        if missing := operation.missing(caller.permissions, asked.variables):
            return replace(_refused(forbidden(missing)), forbidden=True)
        return _refused([too_dear(cost, self._limits.cost)]) if cost > self._limits.cost else None

    async def _answered(self, weighed: _Weighed, context: Context, budget: Budget | None) -> Outcome:
        prepared, asked = weighed.prepared, weighed.asked
        if isinstance(prepared, Outcome):
            return prepared if budget is None else replace(prepared, budget=budget)
        if weighed.refusal is not None:
            return self._told(weighed.refusal, weighed.cost, budget)
        operation, variables = prepared.operation(asked.operation), dict(asked.variables or {})
        coercer = operation.coercer if operation is not None else None
        coerced = coercer.values(variables) if coercer is not None else None
        result = execute(
            self._schema,
            prepared.document if coercer is None or coerced is None else coercer.bare,
            context_value=context,
            variable_values=variables,
            operation_name=asked.operation,
            executor_class=PassThroughExecutor,
            hide_suggestions=not _knows_the_schema(context.caller),
            coerced=coerced,
        )
        if inspect.isawaitable(result):
            result = await result
        return self._told(_outcome(result, asked, context), weighed.cost, budget)

    def _told(self, outcome: Outcome, cost: int, budget: Budget | None) -> Outcome:
        """The outcome, which also says what it cost, what it may cost, and what is left of that and of the budget."""
        limit = self._limits.cost
        told: dict[str, Any] = {"requested": cost, "limit": limit, "left": max(0, limit - cost)}
        outcome.body["extensions"] = {"cost": told}
        if budget is None:
            return outcome
        rate = budget.rate
        told["budget"] = {"perMinute": rate.per_minute, "burst": rate.burst, "left": budget.left}
        return replace(outcome, budget=budget)


def _knows_the_schema(caller: Caller) -> bool:
    return Permission.SCHEMA_READ in caller.permissions


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
