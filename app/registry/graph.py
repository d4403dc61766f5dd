"""What the compiler makes of a root field: a list, a look-up by key, a look-up by id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from app.access.permissions import LOOKED_UP
from app.compiler.ahead import Turns
from app.compiler.beside import Named
from app.compiler.compiling import Compiler, Draft, RootMeaning, declared_meaning
from app.compiler.inputs import Inputs
from app.compiler.looking_up import by_label, looked_up
from app.compiler.passthrough import Ready
from app.compiler.plans import Execution, Plans
from app.compiler.selection import Field, Info
from app.compiler.shaping import Answer, Shape, list_shape
from app.compiler.times import clause_of
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.naming import key_order, key_uid, known_id
from graph_schema.nodes import DESCRIBED, SOURCE

MOST_IDS = 100
"""How many ids one field takes."""

_LABELS = tuple(node.label for node in (*DESCRIBED, SOURCE))
_ANY = "|".join(_LABELS)


class Inventory:
    """Reads the things of the inventory, one statement for each root field."""

    def __init__(self, graph: Graph, plans: Plans) -> None:
        self._graph = graph
        self._plans = plans

    async def answer(self, info: Info, _arguments: Mapping[str, Any]) -> Ready:
        """The answer to the root field that a resolver was called for; its plan reads the arguments by itself.

        Raises:
            PedigreeError: an argument makes no sense, or the graph does not answer.
        """
        execution = self._plans.prepare(info, self._graph.engine, draft, turn=0)
        if not execution.plan.walks:
            return execution.ready(await self._graph.read(execution.statement, execution.parameters))
        async with self._graph.reading() as transaction:
            return await self._in_turns(info, transaction)

    async def _in_turns(self, info: Info, transaction: Transaction) -> Ready:
        """The answer where walks go before the statement that shows what they reach."""

        async def turn(gone: int, given: Mapping[str, Any]) -> tuple[Execution, Ready]:
            execution = self._plans.prepare(info, self._graph.engine, draft, given=given, turn=gone)
            return execution, execution.ready(await transaction.run(execution.statement, execution.parameters))

        async def ask(
            build: Callable[[Compiler], Draft], shape: tuple[object, ...], given: Mapping[str, Any]
        ) -> list[list[Any]]:
            walk = self._plans.prepare(
                info, self._graph.engine, lambda compiler, _: build(compiler), shape=shape, given=given
            )
            return await transaction.run(walk.statement, walk.parameters)

        return await Turns(turn, ask).ready()


def draft(compiler: Compiler, field: Field) -> Draft:
    """What the declaration of a root field says that it is."""
    return cast("RootMeaning", declared_meaning(field.definition)).draft(compiler, field)


@dataclass(frozen=True, slots=True)
class ByKey:
    """The thing with the natural key that the argument `key` holds.

    Attributes:
        label: its label.
    """

    label: str

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """One record, or none for an unknown key."""
        uid = compiler.parameter(lambda inputs: key_uid(self.label, inputs.arguments(field)["key"]))
        with compiler.times.of(field):
            thing, found = _by_uid(compiler, self.label, uid)
            compiler.named[thing] = Named(uid, lambda inputs: key_order(self.label, inputs.arguments(field)["key"]))
            node = compiler.compile_node(field.selection, thing)
        beside, first = compiler.beside, _first(node.shape)
        return Draft(
            beside.statement(f"{found} RETURN {node.expression} AS answer, {compiler.top_expression} AS top"),
            lambda records, answer: first(beside.own(records), answer),
            top=beside.top,
        )


@dataclass(frozen=True, slots=True)
class ById:
    """The thing with the id that the argument `id` holds."""

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """One record, or none for an unknown id."""
        label = compiler.parameter(lambda inputs: _named(inputs, inputs.arguments(field)["id"])[0])
        uid = compiler.parameter(lambda inputs: _named(inputs, inputs.arguments(field)["id"])[1])
        with compiler.times.of(field):
            thing, found = _by_uid(compiler, _ANY, uid, label)
            node = compiler.compile_node(field.selection, thing)
        return Draft(
            f"{found} RETURN {node.expression} AS answer, {compiler.top_expression} AS top",
            _first(node.shape),
            top=_top,
        )


@dataclass(frozen=True, slots=True)
class ByIds:
    """The things with the ids that the argument `ids` holds, in that order; null for an unknown one."""

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """A record for each thing that is known, with its uid."""
        thing, times = compiler.fresh(), compiler.times
        found = looked_up(thing, _LABELS, lambda label: compiler.parameter(lambda inputs: _of(inputs, field)[label]))
        with times.of(field):
            state = times.state(thing, _ANY)
            node = compiler.compile_node(field.selection, thing)
            held = [*times.live(thing), *compiler.sight.seen(thing, _ANY), *state.inside]
            existing = f"{clause_of(held)}{state.behind(state.kept)}"

        def shape(records: Any, answer: Answer) -> Any:
            known = {(label, uid): value for label, uid, value, _ in records}
            return list_shape(node.shape)([known.get(each) for each in _ids(answer.inputs, field)], answer)

        return Draft(
            f"{found} WITH {thing}{existing} "
            f"RETURN labels({thing})[0] AS label, {thing}.uid AS uid, {node.expression} AS answer, "
            f"{compiler.top_expression} AS top",
            shape,
            top=_top,
        )


def _of(inputs: Inputs, field: Field) -> Mapping[str, list[str]]:
    """By label, the uids that are asked for."""
    return inputs.once(field, lambda given: by_label(_LABELS, _ids(given, field)))


def _by_uid(compiler: Compiler, labels: str, uid: str, label: str = "") -> tuple[str, str]:
    """The variable of the thing with a uid, and what finds it.

    Args:
        compiler: of the statement.
        labels: one of which it has, joined by `|`.
        uid: how the text names the uid.
        label: how the text names the one that it must have, where that is told.
    """
    thing, times = compiler.fresh(), compiler.times
    state = times.state(thing, labels)
    limits = [*times.live(thing), *compiler.sight.seen(thing, labels), *state.inside]
    limits += [f"labels({thing})[0] = {label}"] if label else []
    return thing, f"MATCH ({thing}:{labels} {{uid: {uid}}}){clause_of(limits)}{state.behind(state.kept)}"


def _ids(inputs: Inputs, field: Field) -> list[tuple[str, str]]:
    """The label and the uid of each."""
    ids: list[str] = inputs.arguments(field)["ids"]
    if len(ids) > MOST_IDS:
        raise PedigreeError(
            f"`ids` holds {len(ids)} ids.", code=ErrorCode.BAD_PAGE, remedy=f"Ask for at most {MOST_IDS} at once."
        )
    return [_named(inputs, each) for each in ids]


def _named(inputs: Inputs, given: str) -> tuple[str, str]:
    """The label and the uid of an id; those of nothing, where its caller may not look up such things."""
    label, uid = known_id(given)
    needed = LOOKED_UP.get(label)
    return (label, uid) if needed is None or needed in inputs.permissions else ("", "")


def _first(shape: Shape) -> Shape:
    return lambda records, answer: shape(records[0][0], answer) if records else None


def _top(records: Any) -> list[Any]:
    return records[0][-1] if records else []
