"""What a walk is asked for: the arguments that its root fields share, read and held to their limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from app.compiler.compiling import Compiler
from app.errors import ErrorCode, PedigreeError
from app.lineage.starts import Starts
from app.lineage.walking import Walking, walked_types
from graph_schema.nodes import STAGES
from graph_schema.relationships import ROLES

STANDARD_ROLES = ("TRAINING", "INPUT")
"""The roles of data that are followed where the caller names none."""

STANDARD_STAGES = ("PRODUCTION",)
"""The stages that `impact` asks about where the caller names none."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a walk.

    Attributes:
        starts: from what.
        roles: in which roles data was used.
        hops: how far at most.
    """

    starts: Starts
    roles: frozenset[str]
    hops: int

    @property
    def shape(self) -> tuple[object, ...]:
        """What of it stands in the text of a statement."""
        return (self.starts.argument, self.starts.labels, self.roles, self.hops)

    def walking(self, compiler: Compiler) -> Walking:
        """The text of its walks."""
        starts = self.starts
        return Walking(
            starts.labels, walked_types(self.roles), self.hops, lambda label: compiler.given(starts.parameter(label))
        )


def read_hops(arguments: Mapping[str, Any], most: int) -> int:
    """How far a walk may go.

    Args:
        arguments: of the field.
        most: the limit, which also stands where the caller names none.

    Raises:
        PedigreeError: it is none that a walk can have.
    """
    hops = arguments.get("maxHops")
    if hops is None:
        return most
    if not 1 <= hops <= most:
        raise PedigreeError(
            f"`maxHops` is {hops}.", code=ErrorCode.BAD_VALUE, path="maxHops", remedy=f"Name 1 to {most} hops."
        )
    return hops


def read_roles(arguments: Mapping[str, Any]) -> frozenset[str]:
    """The roles in which data was used.

    Raises:
        PedigreeError: there are none.
    """
    roles = _names(arguments.get("roles"), STANDARD_ROLES)
    if not roles:
        raise PedigreeError(
            "`roles` is empty, so that no use of data would count.",
            code=ErrorCode.BAD_VALUE,
            path="roles",
            remedy=f"Name some of {', '.join(ROLES)}, or leave it out for {' and '.join(STANDARD_ROLES)}.",
        )
    return roles


def read_stages(arguments: Mapping[str, Any]) -> list[str] | None:
    """The stages that versions must be in, in the order of a version's life; None for any."""
    stages = _names(arguments.get("stages"), STANDARD_STAGES)
    return [stage for stage in STAGES if stage in stages] or None


def _names(values: Sequence[Enum | str] | None, standard: Sequence[str]) -> frozenset[str]:
    if values is None:
        return frozenset(standard)
    return frozenset(str(each.value) if isinstance(each, Enum) else each for each in values)
