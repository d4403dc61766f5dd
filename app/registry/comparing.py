"""Versions of models side by side: what each says of itself and of the runs that made it, and what they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft, Takes
from app.compiler.filters import filter_type
from app.compiler.inputs import Inputs
from app.compiler.meanings import Way, way
from app.compiler.paging import NATURAL, page_of
from app.compiler.related import Related, asked_of
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece, Shape, list_shape, object_shape
from app.compiler.times import AS_OF, KNOWN_AT, clause_of
from app.errors import ErrorCode, PedigreeError
from app.registry.forward import Forward
from app.registry.naming import named, not_found
from app.registry.sides import NAMED, Side, compared, own_values, said_values
from graph_schema.nodes import MODEL_VERSION

FEWEST, MOST = 2, 10
"""How many versions are compared at once."""

MOST_RUNS = 100
"""Of how many runs that made a version the parameters and metrics are looked at: those that started last."""

_WANTED = "wanted"


@dataclass(frozen=True, slots=True)
class Comparing:
    """The versions that the argument `versions` names, side by side."""

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """One record: what is read of the versions, and the lists of what they are connected to."""
        with compiler.times.of(field):
            return _Comparison(compiler, field).draft()


class _Comparison:
    """One answer while it is compiled."""

    def __init__(self, compiler: Compiler, field: Field) -> None:
        self.compiler = compiler
        self.field = field
        self.end = compiler.fresh()
        self.row = Columns()
        self.columns = Columns()
        self.uids = compiler.parameter(self._uids)

    def draft(self) -> Draft:
        takes: Takes = {
            "versions": self._versions,
            "properties": lambda of: self._values(of, own_values(self.row, self.end, self.compiler.times)),
            **dict.fromkeys(NAMED, self._said),
        }
        state = self.compiler.times.state(self.end, MODEL_VERSION.label)
        by_name = {each.name: takes.get(each.name, self._things) for each in self.field.selection.fields()}
        shape = self.compiler.by_hand(self.field.selection, by_name)
        uid = self.row.add(f"{self.end}.uid")
        seen = self.compiler.sight.seen(self.end, MODEL_VERSION.label)
        existing = clause_of([*self.compiler.times.live(self.end), *seen, *state.inside]) + state.behind(state.kept)
        versions = f"COLLECT {{ {self._each()}{existing} RETURN {self.row.text()} }}"

        def taken(records: Any, answer: Answer) -> Any:
            rows, things, _ = records[0]
            known = {row[uid]: row for row in rows}
            return shape((self._known(answer.inputs, known), things), answer)

        return Draft(
            f"{self.columns.bound()}RETURN {versions} AS versions, {self.columns.text()} AS things, "
            f"{self.compiler.top_expression} AS top",
            taken,
            top=lambda records: records[0][2],
        )

    # ------------------------------------------------------------------------------------------------ the answer

    def _versions(self, of: Field) -> Shape:
        each = list_shape(self.compiler.row(of.selection, self.end, self.row))
        return lambda value, answer: each(value[0], answer)

    def _each(self) -> str:
        """What finds the versions."""
        return f"UNWIND {self.uids} AS {_WANTED} MATCH ({self.end}:{MODEL_VERSION.label} {{uid: {_WANTED}}})"

    def _said(self, of: Field) -> Shape:
        return self._values(of, said_values(self.row, self.end, self._runs(), of.name, self.compiler.times))

    def _values(self, of: Field, side: Side) -> Shape:
        each = list_shape(object_shape([Piece(part, shape=_part(part)) for part in of.selection.fields()]))

        def shape(value: Any, answer: Answer) -> Any:
            found = compared([side(row) for row in value[0]])
            differing = answer.inputs.arguments(of).get("differing")
            return each([one for one in found if differing is None or one.same != differing], answer)

        return shape

    def _things(self, of: Field) -> Shape:
        """What the versions are connected to by the way of the field of that name, each thing once."""
        compiler = self.compiler
        found = self._way(of.name)
        list_ = Forward(compiler, found.end, lambda inputs: inputs.once(of, lambda given: self._page(given, of)))
        holders = list_.row.add("holders")
        takes: Takes = {"edges": lambda part: list_.edges(part, self._held(holders)), "pageInfo": list_.page_info}
        shape = compiler.by_hand(of.selection, takes)
        bounds = list_.bounds()
        differing = compiler.inputs.arguments(of).get("differing")
        if differing is not None:
            bounds.append(f"size(holders) {'<' if differing else '='} size({self.uids})")
        place = self.columns.bind(
            f"COLLECT {{ {self._each()} {found.match(carried=(_WANTED,))} "
            f"WITH {found.kept}, collect(DISTINCT {_WANTED}) AS holders{clause_of(bounds)} "
            f"WITH {found.kept}, holders {list_.cut()} RETURN {list_.row.text()} }}",
            compiler.fresh("things"),
        )
        return lambda value, answer: shape(value[1][place], answer)

    def _held(self, holders: int) -> Takes:
        def in_(row: Any, answer: Answer) -> list[bool]:
            return [uid in row[holders] for uid in self._uids(answer.inputs)]

        return {
            "in": lambda _: in_,
            "same": lambda _: lambda row, answer: len(row[holders]) == len(self._uids(answer.inputs)),
        }

    def _runs(self) -> str:
        """The runs that made the version, the one that started last first: who each is, and what it says."""
        found = self._way("runs")
        run, times = found.end, self.compiler.times
        started = times.property(run, "startedAt")
        order = f"ORDER BY {started} IS NULL, {started} DESC, {run}.sortKey LIMIT {MOST_RUNS}"
        said = ", ".join(times.property(run, name) for name in NAMED)
        return f"COLLECT {{ {found.match()} WITH DISTINCT {found.kept} {order} RETURN [{run}.uid, {said}] }}"

    def _way(self, name: str) -> Way:
        """What finds the list of that name that a version has."""
        related = cast("Related", asked_of(filter_type(self.compiler, MODEL_VERSION), name))
        return way(self.compiler, self.end, related.hops)

    # ------------------------------------------------------------------------------------------------ the inputs

    def _uids(self, inputs: Inputs) -> list[str]:
        return inputs.once(self.field, lambda given: read_versions(given.arguments(self.field)["versions"]))

    def _known(self, inputs: Inputs, known: Mapping[str, Any]) -> list[Any]:
        for place, uid in enumerate(self._uids(inputs)):
            if uid not in known:
                arguments = inputs.arguments(self.field)
                then = [name for name in (AS_OF, KNOWN_AT) if arguments.get(name) is not None]
                raise not_found(f"versions[{place}]", MODEL_VERSION.label, then)
        return [known[uid] for uid in self._uids(inputs)]

    def _page(self, inputs: Inputs, of: Field) -> Any:
        arguments = {**inputs.arguments(of), "versions": self._uids(inputs)}
        return page_of(arguments, f"{of.parent}.{of.name}", NATURAL)


def _part(of: Field) -> Shape:
    """The shaper of one field of a compared value. Its JSON is published as it is: nothing of it is stored text."""
    return (
        (lambda _value, _answer: of.parent)
        if of.name == "__typename"
        else lambda value, _answer: getattr(value, of.name)
    )


def read_versions(refs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The uids of the versions of models that an argument `versions` names, in its order.

    Args:
        refs: each a `NodeRef`.

    Raises:
        PedigreeError: there are too few or too many, an id or a key is none, one names something else, or one twice.
    """
    if not FEWEST <= len(refs) <= MOST:
        what = f"`versions` names {len(refs)} things."
        raise _refused(what, "versions", f"Name {FEWEST} to {MOST} versions of models.")
    places: dict[str, str] = {}
    for index, ref in enumerate(refs):
        place = f"versions[{index}]"
        uid = _uid(ref, place)
        if uid in places:
            raise _refused(f"`{place}` is the same version as `{places[uid]}`.", place, "Name each version once.")
        places[uid] = place
    return list(places)


def _uid(ref: Mapping[str, Any], place: str) -> str:
    try:
        label, uid = named(ref)
    except PedigreeError as error:
        error.path = place
        raise
    if label != MODEL_VERSION.label:
        raise _refused(f"`{place}` is of the type {label}.", place, "Only versions of models are compared: name one.")
    return uid


def _refused(what: str, place: str, remedy: str) -> PedigreeError:
    return PedigreeError(what, code=ErrorCode.BAD_COMPARISON, path=place, remedy=remedy)
