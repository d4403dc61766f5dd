"""The values that versions of models are compared by: what each has under a name, and whose word it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from app.compiler.columns import Columns
from app.compiler.times import Times
from app.registry.history import published_value
from graph_schema.canonical import canonical
from graph_schema.declare import Kind
from graph_schema.identity import to_id
from graph_schema.nodes import MODEL_VERSION, STAGE

NAMED = ("parameters", "metrics")
"""What a version and the runs that made it hold by names of their own, as JSON."""

Found = tuple[Any, str]
"""A value as JSON has it, and the id of the thing that has it."""

Side = Callable[[Any], Mapping[str, Found]]
"""From the row of a version to what it has under each name."""

_SHOWN = (STAGE, *(each for each in MODEL_VERSION.properties if each.name not in NAMED))


@dataclass(frozen=True, slots=True)
class Compared:
    """What versions have under one name.

    Attributes:
        name: the name.
        values: the value of each, in their order; None where it has none.
        origins: the id of the thing whose value each is; None where there is none.
        same: whether all have the same.
    """

    name: str
    values: list[Any]
    origins: list[str | None]
    same: bool


def compared(sides: Sequence[Mapping[str, Found]]) -> Iterator[Compared]:
    """What some versions have under each name that any of them has, in the order in which the names are first met."""
    names = dict.fromkeys(name for side in sides for name in side)
    for name in names:
        found = [side.get(name) for side in sides]
        words = {None if each is None else canonical(each[0]) for each in found}
        yield Compared(
            name,
            [None if each is None else each[0] for each in found],
            [None if each is None else each[1] for each in found],
            len(words) == 1,
        )


def own_values(row: Columns, variable: str, times: Times) -> Side:
    """The properties of the version itself, in the order of the declaration."""
    uid = row.add(f"{variable}.uid")
    places = [(each, row.add(times.property(variable, each.stored_as))) for each in _SHOWN]

    def side(values: Any) -> dict[str, Found]:
        origin = to_id(MODEL_VERSION.label, values[uid])
        return {
            each.name: (published_value(each.kind, values[place]), origin)
            for each, place in places
            if values[place] is not None
        }

    return side


def said_values(row: Columns, variable: str, runs: str, name: str, times: Times) -> Side:
    """What the version itself has by names of its own, else what the runs that made it have.

    Args:
        row: of the version.
        variable: of the version.
        runs: the expression of the runs' rows, the one that counts first: the uid, and what each of `NAMED` holds.
        name: one of `NAMED`.
        times: those of the statement.
    """
    uid, own, made_by = row.add(f"{variable}.uid"), row.add(times.property(variable, name)), row.add(runs)
    place = 1 + NAMED.index(name)

    def side(values: Any) -> dict[str, Found]:
        found: dict[str, Found] = {}
        words = [(to_id(MODEL_VERSION.label, values[uid]), values[own])]
        words += [(to_id("Run", run[0]), run[place]) for run in values[made_by]]
        for origin, text in words:
            for key, value in _by_name(text):
                found.setdefault(key, (value, origin))
        return dict(sorted(found.items()))

    return side


def _by_name(text: str | None) -> Iterator[tuple[str, Any]]:
    """What a JSON text holds by names; what is no object has none, and stands whole under the empty name."""
    if text is None:
        return
    value = published_value(Kind.JSON, text)
    yield from cast("dict[str, Any]", value).items() if isinstance(value, dict) else (("", value),)
