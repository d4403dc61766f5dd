"""Plans: a root field's statement with its shaper, made once for each shape of request and kept.

What a room does for a root field of its own:

    async def impact(info: Info, uids: list[str]) -> Ready:
        def build(compiler: Compiler, field: Field) -> Draft:
            columns = Columns()
            nodes = {}
            def edges(of: Field) -> Shape:                       # once for each alias of `edges`
                def node(of: Field) -> Shape:
                    return compiler.row(of.selection, "v", columns)
                hops = columns.add("hops")
                edge = compiler.by_hand(of.selection, {"node": node, "hops": lambda _: lambda row, _a: row[hops]})
                return list_shape(edge)                          # is given the rows
            shape = compiler.by_hand(field.selection, {"edges": edges, ...})
            head = f"UNWIND {compiler.given('uids')} AS u MATCH (s {{uid: u}}) CALL (s) {{ ... }} "
            def rows(records: Any, answer: Answer) -> Any:
                return shape([row for (row,) in records], answer)
            return Draft(f"{head} RETURN {columns.text()}", rows)

        execution = plans.prepare(info, graph.engine, build, shape=("hops", 5), given={"uids": uids})
        records = await graph.read(execution.statement, execution.parameters)
        return execution.ready(records)

`build` is called only where no plan of that shape is kept. Whatever of the room's own arguments changes the text
stands in `shape`; what does not, in `given`. The resolver returns the `Ready`, which the executor hands on.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from time import time_ns
from typing import Any, LiteralString, TypeVar, cast

from graphql import GraphQLError

from app.compiler.ahead import Walk
from app.compiler.compiling import Compiler, Draft
from app.compiler.flaws import Flaw
from app.compiler.inputs import Inputs
from app.compiler.passthrough import Ready
from app.compiler.selection import Field, Info, Request, variables_of
from app.compiler.shaping import Answer, Doubt, Shape
from app.graph.engines.engine import Engine

T = TypeVar("T")

KEPT = 1_000
"""How many plans are kept; the one that was not used for the longest time goes first."""

KEPT_LENGTH = 32_768
"""The longest document, in characters, whose plans are kept: with the number kept, it bounds the memory."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A draft that is kept, and what makes its parameters."""

    statement: LiteralString
    shape: Shape
    top: Callable[[Any], list[Any]] | None
    bind: Callable[[Inputs], dict[str, Any]]
    walks: Sequence[Walk] = ()


@dataclass(frozen=True, slots=True)
class Execution:
    """A plan with the inputs of one request."""

    plan: Plan
    inputs: Inputs

    @property
    def statement(self) -> LiteralString:
        """The text to send."""
        return self.plan.statement

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters to send.

        Raises:
            PedigreeError: an argument below the field makes no sense: a page, a cursor.
        """
        return self.plan.bind(self.inputs)

    def ready(self, records: Any) -> Ready:
        """The answer, published."""
        top = () if self.plan.top is None else self.plan.top(records)
        with suppress(Doubt, Flaw, GraphQLError):
            return Ready(self.plan.shape(records, Answer(self.inputs, top)))
        answer = Answer(self.inputs, top, careful=True)
        try:
            value = self.plan.shape(records, answer)
        except Flaw as flaw:
            return Ready(None, answer.flaws, flaw)
        return Ready(value, answer.flaws)


Build = Callable[[Compiler, Field], Draft]


class Plans:
    """The plans of one service. Safe for many threads."""

    def __init__(self, kept: int = KEPT) -> None:
        """Keeps at most that many."""
        self._kept = kept
        self._plans: OrderedDict[Hashable, Plan] = OrderedDict()
        self._variables: OrderedDict[Hashable, tuple[frozenset[str], frozenset[str]]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._plans)

    def prepare(
        self,
        info: Info,
        dialect: Engine,
        build: Build,
        *,
        shape: Hashable = None,
        given: Mapping[str, Any] | None = None,
        turn: int | None = None,
    ) -> Execution:
        """The plan of the field that the resolver was called for, ready to run.

        Args:
            info: of the resolver.
            dialect: the engine's.
            build: makes the plan where there is none.
            shape: what of the field's own arguments changes the text. None: their shape is found as that of the
                arguments below, which is right for fields that the compiler makes whole.
            given: values for `Compiler.given`.
            turn: how many levels of walks have gone first, whose results are among these values; None where none can.

        Raises:
            PedigreeError: an argument that shapes the text makes no sense.
        """
        request = Request.of(info)
        context = info.context
        caller = context.caller
        inputs = Inputs(
            request, time_ns() // 1_000, given or {}, caller.sight, context.secret, permissions=caller.permissions
        )
        place = _place(info)
        names = self._names(info, place)
        wanted = names[0] | names[1] if shape is None else names[1]
        key = (place, dialect.kind, shape, turn, inputs.sight is None, _shapes(request, wanted))
        with self._lock:
            plan = self._plans.get(key)
            if plan is not None:
                self._plans.move_to_end(key)
        if plan is None:
            kept = request.narrowed(wanted)
            compiler = Compiler(dialect, Inputs(kept, inputs.now, sight=None if inputs.sight is None else ()), turn)
            plan = _plan(build(compiler, Field.of(info, kept)), compiler)
            if place is not None:
                self._keep(self._plans, key, plan)
        return Execution(plan, inputs)

    def _names(self, info: Info, place: Hashable) -> tuple[frozenset[str], frozenset[str]]:
        """The variables in the field's own arguments, and those below it."""
        names = self._variables.get(place)
        if names is None:
            own, below = variables_of(info.field_nodes, info.fragments)
            names = (frozenset(own), frozenset(below))
            if place is not None:
                self._keep(self._variables, place, names)
        return names

    def _keep(self, kept: OrderedDict[Hashable, T], key: Hashable, value: T) -> None:
        with self._lock:
            kept[key] = value
            if len(kept) > self._kept:
                kept.popitem(last=False)


def _plan(draft: Draft, compiler: Compiler) -> Plan:
    # The one place where text becomes a statement: it is made of declarations and positions, never of a value.
    return Plan(cast("LiteralString", draft.statement), draft.shape, draft.top, compiler.binder(), compiler.ahead.walks)


def _shapes(request: Request, names: frozenset[str]) -> Hashable:
    """What tells apart the executions of one place: the shapes of the variables that it uses."""
    values = request.variables.coerced
    return tuple((name, shape_of(values[name]) if name in values else "absent") for name in sorted(names))


def shape_of(value: object) -> Hashable:
    """What of an argument's value may change a text: which parts there are, enums and truths; no text and no number."""
    if value is None or isinstance(value, (bool, Enum)):
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value)
        return tuple((key, shape_of(each)) for key, each in sorted(items.items()))
    if isinstance(value, list):
        shapes = tuple(shape_of(each) for each in cast("list[object]", value))
        return ("list", shapes) if any(isinstance(each, tuple) for each in shapes) else "list"
    return type(value).__name__


def _place(info: Info) -> Hashable | None:
    """Where in which document the field stands, each time; None for a document whose plans are not kept."""
    document = info.operation.loc
    if document is None or len(document.source.body) > KEPT_LENGTH:
        return None
    # All of its places: which of them count may hang on a condition above them, which is not among their variables.
    places = tuple(node.loc and node.loc.start for node in info.field_nodes)
    return (document.source.body, document.start, places, info.parent_type.name)
