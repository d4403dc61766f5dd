"""The natural fields: what lineage reaches from one thing, as a list of that thing within the one statement of a root.

A thing that another list found is looked up by its uid once more, before the walk: so a walk never begins at a look-up
by a range, of which an engine drops the `DISTINCT`, and each is a subquery of its own, which sees nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.compiler.ahead import Walker
from app.compiler.compiling import Compiler
from app.compiler.meanings import Way
from app.compiler.selection import Field
from app.compiler.times import AS_OF, KNOWN_AT, clause_of
from app.errors import ErrorCode, PedigreeError
from app.lineage.conditions import Conditions
from app.lineage.each import FromEach
from app.lineage.following import read_following
from app.lineage.walking import Walking

HOPS = "hops"
"""The key under which the extensions of the schema hold how far such a walk goes."""

MOST_HOPS = 100
"""How far, where the schema does not say."""

_ANYTHING = "DatasetVersion|CodeCommit|Run|ModelVersion|Artifact"
"""What the walks of the standard question reach: they follow nothing that leads to a deployment or an endpoint."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What lineage reaches from a thing, as the root fields do by default: what finds the things of a connection.

    Attributes:
        instead: what asks the root field for the same.
        upstream: whether it goes to where the thing came from.
        target: the labels of what counts.
        stage: the stage that versions must be in; empty for any.
    """

    instead: str
    upstream: bool = False
    target: str = _ANYTHING
    stage: str = ""

    def walker(self, compiler: Compiler, field: Field) -> Walker | None:
        """What goes the walk first, where the engine must go one of another time level by level.

        Raises:
            PedigreeError: none can go before the statement.
        """
        times = compiler.times
        if compiler.dialect.kind != "arcadedb" or times.present:
            return None
        if not compiler.ahead.able:
            raise self._refused(field)
        named = ((AS_OF, times.as_of), (KNOWN_AT, times.known_at))
        given = {name: compiler.taken(text) for name, text in named if text}
        labels = tuple(self.target.split("|"))
        return FromEach(field.parent, labels, _most(compiler), given, upstream=self.upstream)

    def way(self, compiler: Compiler, field: Field, variable: str) -> Way:
        """The walk, or what looks up what was reached by one that went first."""
        times = compiler.times
        end = compiler.fresh()
        state = times.state(end, self.target)
        limits, staged = state.conditions, ""
        if self.stage:
            wanted = compiler.parameter(lambda _: self.stage)
            staged = f" AND found.stage = {wanted}" if times.present else ""
            limits = limits if times.present else [*limits, f"{times.property(end, 'stage')} = {wanted}"]
        limits = [*limits, *compiler.sight.seen(end, self.target)]
        name = compiler.ahead.name
        walk = self._looked_up(compiler, name, variable) if name else self._walk(compiler, field, variable, staged)
        found = f"CALL ({variable}) {{ {walk} RETURN found AS {end} }}"
        return _Walk(found, [], state.clause, end, state.kept, state.kept, limits)

    def _walk(self, compiler: Compiler, field: Field, variable: str, staged: str) -> str:
        times = compiler.times
        named = {AS_OF: times.as_of, KNOWN_AT: times.known_at}
        walking = _FromOne(
            compiler,
            (field.parent,),
            read_following({}),
            Conditions(frozenset(name for name, text in named.items() if text)),
            _most(compiler),
            lambda _: f"[{variable}.uid]",
            compiler.fresh("wanted"),
        )
        label = "" if "|" in self.target else f":{self.target}"
        walk = walking.up(walking.hops) if self.upstream else walking.down(walking.hops, label, staged)
        # An artifact may lie in a version that it was made with; whatever else is walked from is never met by its walk.
        other = f" WITH {variable}, found WHERE found <> {variable}" if field.parent == "Artifact" else ""
        return f"CALL ({variable}) {{ {walk} }}{other}"

    def _looked_up(self, compiler: Compiler, name: str, variable: str) -> str:
        wanted = compiler.fresh("wanted")
        each = (
            f"UNWIND {compiler.given(f'{name}{label}')}[{variable}.uid] AS {wanted} "
            f"MATCH (found:{label} {{uid: {wanted}}}) RETURN found"
            for label in self.target.split("|")
        )
        return f"CALL ({variable}) {{ {' UNION ALL '.join(each)} }}"

    def _refused(self, field: Field) -> PedigreeError:
        return PedigreeError(
            f"On this graph's engine `{field.parent}.{field.name}` is not answered of another time here: such a walk "
            "is gone level by level, a statement each, before the one that shows what it reached.",
            code=ErrorCode.NOT_IN_ONE_STATEMENT,
            remedy=f"Ask for it below a list or a look-up, or ask `{self.instead}`; each takes `asOf` and `knownAt`.",
        )


def _most(compiler: Compiler) -> int:
    """How many hops such a walk goes."""
    return compiler.inputs.request.schema.extensions.get(HOPS, MOST_HOPS)


@dataclass(frozen=True, slots=True)
class _Walk(Way):
    """A way whose pattern is a whole subquery."""

    def match(self, *conditions: str, carried: tuple[str, ...] = ()) -> str:
        """The clauses that find the things of which these conditions hold too."""
        kept = ", ".join((*carried, self.bound))
        return f"{self.pattern}{self.states} WITH {kept}{clause_of([*self.conditions, *conditions])}"


@dataclass(frozen=True, slots=True)
class _FromOne(Walking):
    """Walks from one thing that the statement has bound already."""

    def up(self, hops: int) -> str:
        """What lies upstream of it, as `found`; more than once where several lead to it."""
        (label,) = self.labels
        start = self.start(label)
        walk = self.walk("start", "found", hops, entry="BUILT_FROM", upstream=True)
        parts = [f"{start} CALL (start) {{ {walk} }} RETURN found"]
        held = f"WITH DISTINCT holder {self._contained('holder', 'file:Artifact')} RETURN file AS found"
        if label == "ModelVersion":
            parts.append(f"{start} WITH start AS holder {held}")
        if hops > 1:
            walk = self.walk("start", "holder:ModelVersion", hops - 1, upstream=True)
            parts.append(f"{start} CALL (start) {{ {walk} }} {held}")
        return " UNION ALL ".join(parts)


FIELDS: Mapping[str, tuple[str, ...]] = {
    "Dataset": ("productionModels",),
    "DatasetVersion": ("productionModels", "upstream", "downstream"),
    "CodeCommit": ("downstream",),
    "Run": ("upstream", "downstream"),
    "ModelVersion": ("upstream", "downstream"),
    "Artifact": ("upstream", "downstream"),
}
"""By type, the natural fields that it has."""
