"""The two times at which a graph is read: as of when in the world, and as it was known here when.

What is asked for now and now needs no test on the way. `asOf` asks of each relationship whether it held then, of each
node whether it existed, and of a version's stage what it was then. `knownAt` reads retracted relationships beside live
ones, each by when it was recorded and retracted; what a node showed then stands in the node itself, if it has not
changed since, or else in one of its Snapshots: both are the node's *state*, from which its properties are taken.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graph_schema.nodes import NAMESPACES, SOURCE, STAGE
from graph_schema.relationships import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

    from app.compiler.compiling import Compiler
    from app.compiler.selection import Field

AS_OF, KNOWN_AT = "asOf", "knownAt"
"""The arguments that name the two times; null leaves each as the field above has it."""

RETRACTED = "_RETRACTED"
"""What the type of a retracted relationship ends with."""

_BOUNDED = frozenset(each.type for each in SCHEMA.relationships if each.bounded)
_OF_THE_NODE = frozenset({"uid", "sortKey"})
"""What no state changes: it is read from the node, whose indexes know it."""


@dataclass(frozen=True, slots=True)
class State:
    """What must stand in a statement before the properties of a node may be read.

    Attributes:
        clause: what binds the state, once the node is bound; empty where the node is its own state.
        kept: the variables that a `WITH` carries on: the node and its state.
        conditions: what holds of a node that existed.
    """

    clause: str
    kept: str
    conditions: list[str]

    @property
    def inside(self) -> list[str]:
        """The conditions that may stand in the `WHERE` of the `MATCH` that binds the node."""
        return [] if self.clause else self.conditions

    def behind(self, *carried: str) -> str:
        """What must stand behind that `MATCH`, if anything must: the clause, and the conditions.

        Args:
            carried: the variables that are carried on; the state is one only where it is named, as `kept` does.
        """
        return f"{self.clause} WITH {', '.join(carried)}{clause_of(self.conditions)}" if self.clause else ""


@dataclass(slots=True)
class Times:
    """The times of one statement while it is compiled; a field that names others has them for all below it.

    Attributes:
        compiler: the statement's.
        as_of: how the text names the world's time, in microseconds; empty where none was named.
        known_at: the same of the record's.
    """

    compiler: "Compiler"
    as_of: str = ""
    known_at: str = ""
    _states: dict[str, str] = field(default_factory=dict)
    _labels: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def of(self, field: "Field", named: "Collection[str] | None" = None, *, as_of: str = AS_OF) -> "Generator[None]":
        """Has what is compiled within be read at the times that the field's arguments name.

        Args:
            field: the field.
            named: which of them it names; None to look.
            as_of: the argument that names the world's time.
        """
        if named is None:
            arguments = self.compiler.inputs.arguments(field)
            named = [name for name in (as_of, KNOWN_AT) if arguments.get(name) is not None]
        before = self.as_of, self.known_at
        if as_of in named:
            self.as_of = self.compiler.parameter(lambda inputs: inputs.arguments(field)[as_of])
        if KNOWN_AT in named:
            self.known_at = self.compiler.parameter(lambda inputs: inputs.arguments(field)[KNOWN_AT])
        try:
            yield
        finally:
            self.as_of, self.known_at = before

    @property
    def present(self) -> bool:
        """Whether what is read is what is there now."""
        return not self.as_of and not self.known_at

    def named(self, argument: str) -> str:
        """How the text names the time of an argument; empty where none was named."""
        return self.as_of if argument == AS_OF else self.known_at

    def world(self) -> str:
        """How the text names the world's time: the one that was named, else now."""
        return self.as_of or self.compiler.now()

    # ------------------------------------------------------------------------------------------------ relationships

    def types(self, types: str) -> str:
        """The types of a pattern, joined by `|`, with those of retracted ones where these may have been known."""
        if not self.known_at:
            return types
        return "|".join(f"{each}|{each}{RETRACTED}" for each in types.split("|"))

    def held(self, types: str, variable: str) -> list[str]:
        """What must be true of a relationship of these types that held, and was known, then."""
        conditions: list[str] = []
        if self.known_at:
            conditions.append(
                f"{variable}.recordedAt <= {self.known_at} AND "
                f"({variable}.retractedAt IS NULL OR {variable}.retractedAt > {self.known_at})"
            )
        bounded = [each for each in types.split("|") if each in _BOUNDED]
        if not self.as_of and not bounded:
            return conditions
        since = f"({variable}.validFrom IS NULL OR {variable}.validFrom <= {self.world()})"
        until = f"({variable}.validTo IS NULL OR {variable}.validTo > {self.world()})"
        if self.as_of:
            return [*conditions, since, *([until] if bounded else [])]
        if len(bounded) == len(types.split("|")):
            return [*conditions, since, until]
        others = self.unlike(variable, "|".join(bounded))
        return [*conditions, f"({others} OR {since} AND {until})"]

    def unlike(self, variable: str, type_: str) -> str:
        """Whether a relationship is of another type."""
        return " AND ".join(f"type({variable}) <> '{each}'" for each in self.types(type_).split("|"))

    # ------------------------------------------------------------------------------------------------ nodes

    def state(self, variable: str, labels: str, *, shown: bool = True) -> State:
        """How the state of a node is bound; afterwards `property` reads from it.

        Args:
            variable: the node's.
            labels: which it may have, joined by `|`.
            shown: whether properties of it are read at all, and not only whether it existed.
        """
        self._labels[variable] = labels
        begins = self._begins(labels)
        if not self.known_at or not (shown or begins) or labels == SOURCE.label:
            return State("", variable, self._existed(variable, begins))
        state = self.compiler.fresh("state")
        known = self.known_at
        recorded = f"coalesce({variable}.recordedAt, 0)" if SOURCE.label in labels else f"{variable}.recordedAt"
        clause = (
            f" CALL ({variable}) {{ WITH {variable} WHERE {recorded} <= {known} AND "
            f"({variable}.retractedAt IS NULL OR {variable}.retractedAt > {known}) RETURN {variable} AS {state} "
            f"UNION ALL MATCH ({variable})<-[:SNAPSHOT_OF]-({state}:Snapshot) WHERE {state}.recordedAt <= {known} AND "
            f"{state}.recordedUntil > {known} RETURN {state} }}"
        )
        self._states[variable] = state
        told = self.compiler.sight.named_by(variable, state, labels, known)
        return State(clause, f"{variable}, {state}", [*self._existed(state, begins), *told])

    def live(self, variable: str) -> list[str]:
        """What must be true of a node that no relationship led to: that it is not retracted, unless its state tells."""
        return [] if self.known_at else [f"{variable}.retractedAt IS NULL"]

    def shown(self, variable: str) -> str:
        """The variable from which the properties of a node, or of a relationship, are read."""
        return self._states.get(variable, variable)

    def property(self, variable: str, name: str) -> str:
        """The expression of a stored property."""
        if name in _OF_THE_NODE:
            return f"{variable}.{name}"
        shown = self.shown(variable)
        if name == STAGE.stored_as and self.as_of:
            times = f"coalesce({shown}.stageTimes, [])"
            then = f"[i IN range(0, size({times}) - 1) WHERE {shown}.stageTimes[i] <= {self.as_of} | {shown}.stages[i]]"
            return f"coalesce(last({then}), 'DEVELOPMENT')"
        if name == NAMESPACES.stored_as:
            return self.compiler.sight.listed(f"{shown}.{name}")
        return self.compiler.sight.found(variable, shown, name, self._labels.get(variable, ""))

    def existed(self, variable: str, labels: str) -> list[str]:
        """What must be true of what shows a thing of these labels that existed; nothing, where no time is named."""
        return self._existed(variable, self._begins(labels))

    def _begins(self, labels: str) -> list[str]:
        """The stored properties that say since when things of these labels exist, where that is asked."""
        if not self.as_of:
            return []
        named = (SCHEMA.node(label).begins for label in labels.split("|"))
        return list(dict.fromkeys(name for name in named if name))

    def _existed(self, variable: str, begins: list[str]) -> list[str]:
        return [f"({variable}.{name} IS NULL OR {variable}.{name} <= {self.as_of})" for name in begins]


def clause_of(conditions: list[str]) -> str:
    """The `WHERE` of these conditions, with a space before it; nothing where there are none."""
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
