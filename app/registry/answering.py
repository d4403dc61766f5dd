"""The answers of the mutations: what was selected of the results, read in one statement where ids do not do."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from app.access.service import Caller
from app.compiler.compiling import Compiler, Draft, Takes
from app.compiler.looking_up import by_label, looked_up
from app.compiler.passthrough import Ready
from app.compiler.plans import Plans
from app.compiler.selection import Field, Info
from app.compiler.shaping import Answer, Shape, list_shape
from app.compiler.times import clause_of
from app.graph.driver import Graph
from app.registry.batch import ItemResult
from app.registry.request import RegistrationRefused
from app.registry.service import RegisterResult, Registry
from graph_schema.identity import to_id

_NONE: Takes = {}
_READY = ("id", "__typename")
"""The fields of a node that need no look into the graph."""


class Registrar:
    """Registers and takes back, and answers what was asked of the results."""

    def __init__(self, graph: Graph, plans: Plans, registry: Registry) -> None:
        self._graph = graph
        self._plans = plans
        self._registry = registry

    async def answer(self, info: Info, body: Mapping[str, Any], caller: Caller) -> Ready:
        """The answer to `registerLineage`.

        Args:
            info: of the resolver.
            body: its argument, as GraphQL has coerced it.
            caller: who sends it.

        Raises:
            GraphError: the graph does not answer, or did not do it.
        """
        result: RegisterResult | RegistrationRefused
        try:
            result = await self._registry.register(body, caller)
        except RegistrationRefused as refused:
            result = refused
        items = result.items if isinstance(result, RegisterResult) else []
        labels = tuple(sorted({item.label for item in items if item.uid}))
        uids = by_label(labels, ((item.label, item.uid) for item in items if item.uid))
        given = {f"{_UIDS}{label}": of_label for label, of_label in uids.items()}

        def build(compiler: Compiler, field: Field) -> Draft:
            return _draft(compiler, field, labels)

        execution = self._plans.prepare(info, self._graph.engine, build, shape=labels, given=given)
        found: list[list[Any]] = []
        if execution.statement:
            found = await self._graph.read(execution.statement, execution.parameters)
        return execution.ready((result, {row[0]: row[1] for row in found}))

    async def answer_retraction(self, info: Info, body: Mapping[str, Any], caller: Caller) -> Ready:
        """The answer to `retract`; nothing is read for it.

        Args:
            info: of the resolver.
            body: its argument, as GraphQL has coerced it.
            caller: who sends it.

        Raises:
            GraphError: the graph does not answer, or did not do it.
        """
        result: RegisterResult | RegistrationRefused
        try:
            result = RegisterResult(await self._registry.retract(body, caller), 0)
        except RegistrationRefused as refused:
            result = refused
        execution = self._plans.prepare(info, self._graph.engine, _retraction_draft, shape="retract")
        return execution.ready((result, {}))


def _retraction_draft(compiler: Compiler, field: Field) -> Draft:
    shape = _answered(compiler, field, _Nodes(compiler), "RetractResult", ("retracted", "unchanged", "rejected"))
    return Draft("", shape)


def _draft(compiler: Compiler, field: Field, labels: tuple[str, ...]) -> Draft:
    nodes = _Nodes(compiler)
    counted = ("created", "updated", "unchanged", "rejected")
    retracted: Takes = {"retracted": lambda _: lambda value, _a: value[0].retracted}
    shape = _answered(compiler, field, nodes, "RegisterLineageResult", counted, retracted)
    return Draft(nodes.statement(labels), shape)


def _answered(
    compiler: Compiler, field: Field, nodes: "_Nodes", type_name: str, counted: Iterable[str], takes: Takes = _NONE
) -> Shape:
    """The shaper of a result that has a list of items and counts them by status, or of the refusal of all of them."""
    done = compiler.by_hand(
        field.selection,
        {
            "items": lambda of: _items(compiler, of, nodes),
            **{name: _count(name.upper()) for name in counted},
            **takes,
        },
        type_name,
    )
    refused = _error(compiler, field, "RequestError")

    def shape(value: Any, answer: Answer) -> Any:
        result = value[0]
        return refused(result, answer) if isinstance(result, RegistrationRefused) else done(value, answer)

    return shape


_UIDS = "uids"
"""What the names of the values begin with that hold the uids of a label."""


class _Nodes:
    """What is selected on the nodes of the items, once for each alias."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._rows: list[str] = []

    def shape(self, of: Field) -> Shape:
        """The shaper of `node`: of the item and the rows that were read."""
        selection = of.selection
        if all(each.name in _READY for type_ in selection.possible for each in selection.fields(type_.name)):
            ready = {
                type_.name: self._compiler.by_hand(
                    selection, {"id": lambda _: lambda item, _a: to_id(item.label, item.uid)}, type_.name
                )
                for type_ in selection.possible
            }
            return lambda value, answer: ready[value[0].label](value[0], answer) if value[0].uid else None
        place = len(self._rows)
        compiled = self._compiler.compile_node(selection, "v")
        self._rows.append(compiled.expression)

        def shape(value: Any, answer: Answer) -> Any:
            item, rows = value
            row = rows.get(item.uid) if item.uid else None
            return None if row is None else compiled.shape(row[place], answer)

        return shape

    def statement(self, labels: tuple[str, ...]) -> str:
        """The statement that reads them; empty where none is needed."""
        if not self._rows or not labels:
            return ""
        found = looked_up("v", labels, lambda label: self._compiler.given(f"{_UIDS}{label}"))
        # A dry run names a thing without a trace: so it does not let see what its caller may not.
        seen = clause_of(self._compiler.sight.seen("v", "|".join(labels)))
        return f"{found} WITH v{seen} RETURN v.uid AS uid, [{', '.join(self._rows)}] AS answer"


def _items(compiler: Compiler, of: Field, nodes: _Nodes) -> Shape:
    item = compiler.by_hand(
        of.selection,
        {
            "path": lambda _: lambda value, _a: value[0].path,
            "status": lambda _: lambda value, _a: value[0].status,
            "node": nodes.shape,
            "error": lambda inner: _item_error(compiler, inner),
        },
    )
    shape = list_shape(item)

    def items(value: Any, answer: Answer) -> Any:
        result, rows = value
        return shape([(each, rows) for each in cast("RegisterResult", result).items], answer)

    return items


def _item_error(compiler: Compiler, of: Field) -> Shape:
    shape = _error(compiler, of)

    def error(value: tuple[ItemResult, Any], answer: Answer) -> Any:
        found = value[0].error
        return None if found is None else shape(found, answer)

    return error


def _error(compiler: Compiler, of: Field, type_name: str = "") -> Shape:
    return compiler.by_hand(
        of.selection,
        {
            "code": lambda _: lambda error, _a: error.code.value,
            "message": lambda _: lambda error, _a: error.message,
            "path": lambda _: lambda error, _a: error.path,
        },
        type_name,
    )


def _count(status: str) -> Callable[[Field], Shape]:
    return lambda _: lambda value, _a: cast("RegisterResult", value[0]).count(status)
