"""What a registration answers: each item's outcome, with its node as the caller asked for it, in one more statement.

    return await receipts.answer(info, outcome)    # in the resolver of `registerLineage`

The nodes are read after the change is stored, and only where the query asks for them. What a dry run would make is
null.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeGuard

from app.compiler.compiling import Columns, Compiler, Draft, Takes
from app.compiler.passthrough import Ready
from app.compiler.plans import Plans
from app.compiler.selection import Field, Info
from app.compiler.shaping import Answer, Shape, list_shape
from app.graph.driver import Graph
from app.registry.graph import ANY

RESULT, REFUSAL = "RegisterLineageResult", "RequestError"
"""The members of the payload's union."""


class Refusal(Protocol):
    """Why a request or an item was refused."""

    @property
    def code(self) -> str:
        """A stable code."""
        ...

    @property
    def message(self) -> str:
        """What is wrong, and the remedy."""
        ...

    @property
    def path(self) -> str | None:
        """The place in the input."""
        ...


class Item(Protocol):
    """What became of one item."""

    @property
    def path(self) -> str:
        """The item, as `nodes[3]`."""
        ...

    @property
    def uid(self) -> str:
        """The uid of its node; empty where it has none."""
        ...

    @property
    def status(self) -> str:
        """CREATED, UPDATED, UNCHANGED or REJECTED."""
        ...

    @property
    def error(self) -> Refusal | None:
        """Why it was refused."""
        ...


class Receipt(Protocol):
    """What became of a batch."""

    @property
    def items(self) -> Sequence[Item]:
        """Each item, in the order in which it was sent."""
        ...

    @property
    def created(self) -> int:
        """How many are new."""
        ...

    @property
    def updated(self) -> int:
        """How many changed something."""
        ...

    @property
    def unchanged(self) -> int:
        """How many changed nothing."""
        ...

    @property
    def rejected(self) -> int:
        """How many were refused."""
        ...

    @property
    def retracted(self) -> int:
        """How many facts the end of the load retracted."""
        ...


class Receipts:
    """Publishes what registrations answer."""

    def __init__(self, graph: Graph, plans: Plans) -> None:
        self._graph = graph
        self._plans = plans

    async def answer(self, info: Info, outcome: Receipt | Refusal) -> Ready:
        """The payload, published.

        Raises:
            PedigreeError: the graph does not answer. The change is stored; sent again, it changes nothing.
        """
        uids = sorted({item.uid for item in outcome.items if item.uid}) if _accepted(outcome) else []
        execution = self._plans.prepare(info, self._graph.engine, _draft, shape="receipt", given={"uids": uids})
        records: list[list[Any]] = []
        if uids and execution.statement:
            records = await self._graph.read(execution.statement, execution.parameters)
        return execution.ready((outcome, dict(records)))


def _accepted(outcome: Receipt | Refusal) -> TypeGuard[Receipt]:
    return hasattr(outcome, "items")


def _draft(compiler: Compiler, field: Field) -> Draft:
    """The statement is empty where the query asks for no node."""
    columns = Columns()
    uids = compiler.given("uids")
    result = compiler.by_hand(field.selection, _result(compiler, columns), RESULT)
    refusal = compiler.by_hand(field.selection, _REFUSAL, REFUSAL)

    def shape(value: Any, answer: Answer) -> Any:
        outcome, _ = value
        return result(value, answer) if _accepted(outcome) else refusal(outcome, answer)

    statement = (
        f"UNWIND {uids} AS wanted MATCH (thing:{ANY} {{uid: wanted}}) "
        f"WHERE thing.retractedAt IS NULL RETURN wanted, {columns.text()}"
        if len(columns)
        else ""
    )
    return Draft(statement, shape)


def _read(read: Callable[[Any], Any]) -> Callable[[Field], Shape]:
    """Takes what `read` finds in the value."""

    def take(_field: Field) -> Shape:
        return lambda value, _answer: read(value)

    return take


_REFUSAL: Takes = {
    "code": _read(lambda refusal: str(refusal.code)),
    "message": _read(lambda refusal: refusal.message),
    "path": _read(lambda refusal: refusal.path),
}


def _result(compiler: Compiler, columns: Columns) -> Takes:
    def items(field: Field) -> Shape:
        each = list_shape(compiler.by_hand(field.selection, _item(compiler, columns)))
        return lambda value, answer: each([(item, value[1]) for item in value[0].items], answer)

    return {
        "items": items,
        "created": _read(lambda value: value[0].created),
        "updated": _read(lambda value: value[0].updated),
        "unchanged": _read(lambda value: value[0].unchanged),
        "rejected": _read(lambda value: value[0].rejected),
        "retracted": _read(lambda value: value[0].retracted),
    }


def _item(compiler: Compiler, columns: Columns) -> Takes:
    def node(field: Field) -> Shape:
        shape = compiler.row(field.selection, "thing", columns)
        return lambda value, answer: shape(value[1].get(value[0].uid), answer)

    def error(field: Field) -> Shape:
        shape = compiler.by_hand(field.selection, _REFUSAL)
        return lambda value, answer: None if value[0].error is None else shape(value[0].error, answer)

    return {
        "path": _read(lambda value: value[0].path),
        "status": _read(lambda value: str(value[0].status)),
        "node": node,
        "error": error,
    }
