"""Which relationships and things a walk may use: those of a time, of a source, of enough confidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.compiler.compiling import Compiler
from app.compiler.times import AS_OF, KNOWN_AT, State
from app.errors import ErrorCode, PedigreeError
from app.registry.naming import known_id
from graph_schema.relationships import SCHEMA

WALKED = ("DatasetVersion", "CodeCommit", "Run", "ModelVersion", "Artifact", "Endpoint", "Deployment")
"""What a walk may meet."""

MET = "|".join(WALKED)
"""The same as a pattern names it."""

_DEPLOYMENT = SCHEMA.node("Deployment")
_DEPLOYED = frozenset({"SERVES", "HOSTS"})
"""The types that lead to and from deployments: they hold as long as the deployment serves."""

_FILTERS: Mapping[str, str] = {
    "minConfidence": "{said}.confidence >= {given}",
    "sources": "{said}.source IN {given}",
    "assertedBy": "{said}.assertedBy IN {given}",
}
"""By argument, what it asks of a relationship."""

_NAMING = frozenset({"sources", "assertedBy"})
"""Those that ask who said it, which is not told of what is said of hidden things: nothing that is so passes them."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What one question asks of what is walked.

    Attributes:
        times: which times its field names.
        given: by name of a filter, its value.
        bounded: whether a type is walked that holds only for a time, so that it must be asked whether it holds.
        deployed: whether deployments are walked through, so that it must be asked whether they serve.
    """

    times: frozenset[str] = frozenset()
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    bounded: bool = False
    deployed: bool = False

    @property
    def tested(self) -> bool:
        """Whether anything is asked of each relationship: otherwise a walk over the live types needs no test."""
        return bool(self.times or self.given or self.bounded or self.deployed)

    @property
    def shape(self) -> tuple[object, ...]:
        """What of it stands in the text of a statement."""
        return (self.times, frozenset(self.given), self.bounded, self.deployed)

    def said(self, compiler: Compiler, variable: str, types: str, *, inherent: bool = False) -> list[str]:
        """What must be true of a relationship.

        Args:
            compiler: the statement's, within the times of the question.
            variable: the relationship's.
            types: its types, joined by `|`, without those of retracted ones.
            inherent: whether it may be what makes a version one of its model or dataset: only the times ask that.
        """
        filters = [text.format(said=variable, given=compiler.given(name)) for name, text in self._filters()]
        if not _NAMING.isdisjoint(self.given):
            ends = (f"startNode({variable})", f"endNode({variable})")
            filters += [condition for end in ends for condition in compiler.sight.seen(end, MET)]
        if inherent and filters:
            filters = [f"(type({variable}) STARTS WITH 'VERSION_OF' OR {' AND '.join(filters)})"]
        return [*compiler.times.held(types, variable), *filters]

    def existed(self, compiler: Compiler, variable: str) -> list[str]:
        """What must be true of a thing that is met, as far as it has not changed since: otherwise it may have."""
        times = compiler.times
        held = [*times.existed(variable, MET), *self._served(compiler, variable, variable)]
        if not held or not times.known_at:
            return held
        return [f"({variable}.recordedAt > {times.known_at} OR {' AND '.join(held)})"]

    def state(self, compiler: Compiler, variable: str, *, shown: bool = False) -> State:
        """How the state of a thing that is met is bound, with what must be true of it.

        Args:
            compiler: the statement's, within the times of the question.
            variable: the thing's.
            shown: whether properties of it are read beside.
        """
        state = compiler.times.state(variable, MET, shown=shown or self.deployed)
        served = self._served(compiler, variable, compiler.times.shown(variable))
        return replace(state, conditions=[*state.conditions, *served])

    def _served(self, compiler: Compiler, variable: str, shown: str) -> list[str]:
        """That a deployment serves, if deployments are met at all."""
        if not self.deployed:
            return []
        now, node = compiler.times.world(), _DEPLOYMENT
        began = f"{shown}.{node.begins} <= {now}"
        ended = f"({shown}.{node.ends} IS NULL OR {shown}.{node.ends} > {now})"
        return [f"(NOT {variable}:{node.label} OR {began} AND {ended})"]

    def _filters(self) -> list[tuple[str, str]]:
        return [(name, text) for name, text in _FILTERS.items() if name in self.given]


def read_conditions(arguments: Mapping[str, Any], types: Sequence[str]) -> Conditions:
    """What the arguments of a field ask of what is walked.

    Raises:
        PedigreeError: a filter makes no sense.
    """
    given: dict[str, Any] = {}
    confidence = arguments.get("minConfidence")
    if confidence is not None:
        given["minConfidence"] = _confidence(confidence)
    for name, read in (("sources", _source), ("assertedBy", _actor)):
        values = arguments.get(name)
        if values is not None:
            given[name] = [read(value, f"{name}[{index}]") for index, value in enumerate(_some(values, name))]
    times = frozenset(name for name in (AS_OF, KNOWN_AT) if arguments.get(name) is not None)
    bounded = any(SCHEMA.relationship(each).bounded for each in types)
    return Conditions(times, given, bounded, deployed=not _DEPLOYED.isdisjoint(types))


def _confidence(value: float) -> float:
    if 0 <= value <= 1:
        return value
    raise _refused(f"`minConfidence` is {value}.", "minConfidence", "Name a ratio from 0 to 1.")


def _some(values: Sequence[Any], name: str) -> Sequence[Any]:
    if not values:
        raise _refused(f"`{name}` is empty, so that nothing would count.", name, "Name some, or leave it out for all.")
    return values


def _source(value: str, place: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refused(f"`{place}` is not Unicode: it holds a lone surrogate.", place, "Take that out.") from None
    return value


def _actor(value: str, place: str) -> str:
    label, uid = known_id(value)
    if label != "Actor":
        raise _refused(f"`{place}` is the id of another thing.", place, "Take ids from `actors`, or `assertedBy`.")
    return uid


def _refused(message: str, path: str, remedy: str) -> PedigreeError:
    return PedigreeError(message, code=ErrorCode.BAD_VALUE, path=path, remedy=remedy)
