"""What a walk is asked for: the arguments that its root fields share, read and held to their limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.compiler.compiling import Compiler
from app.compiler.looking_up import Uids
from app.compiler.selection import names_of
from app.errors import ErrorCode, PedigreeError
from app.lineage.conditions import Conditions, read_conditions
from app.lineage.following import Following, read_following
from app.lineage.starts import Starts
from app.lineage.walking import SteppedWalking, Walking
from graph_schema.nodes import STAGES

STANDARD_STAGES = ("PRODUCTION",)
"""The stages that `impact` asks about where the caller names none."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a walk.

    Attributes:
        starts: from what.
        following: which relationship types are followed.
        conditions: what is asked of relationships and things on the way.
        hops: how far at most.
        stepped: whether the walk is gone level by level, and its statement is given what it reached.
    """

    starts: Starts
    following: Following
    conditions: Conditions = field(default_factory=Conditions)
    hops: int = 100
    stepped: bool = False

    @property
    def shape(self) -> tuple[object, ...]:
        """What of it stands in the text of a statement."""
        return (self.starts.argument, self.starts.labels, self.following, self.conditions.shape, self.hops)

    @property
    def given(self) -> dict[str, Any]:
        """The values that its statements are given, but for what it reached."""
        return {**self.starts.given, **self.conditions.given}

    def reached(self, name: str, label: str) -> str:
        """The name of the value that holds what of a label was reached: `Within` the hops, or first `Beyond` them."""
        return f"{self.starts.argument}{name}{label}"

    def walking(self, compiler: Compiler) -> Walking:
        """The text of its walks."""
        starts = self.starts

        def uids(label: str) -> str:
            return compiler.given(starts.parameter(label))

        if not self.stepped:
            return Walking(compiler, starts.labels, self.following, self.conditions, self.hops, uids)
        within, beyond = (self._given_by_label(compiler, name) for name in ("Within", "Beyond"))
        return SteppedWalking(
            compiler, starts.labels, self.following, self.conditions, self.hops, uids, within=within, beyond=beyond
        )

    def _given_by_label(self, compiler: Compiler, name: str) -> Uids:
        return lambda label: compiler.given(self.reached(name, label))


def read_question(arguments: Mapping[str, Any], starts: Starts, most: int, *, steps: bool) -> Question:
    """The question that the arguments of a field ask.

    Args:
        arguments: of the field.
        starts: from what.
        most: the limit of hops, which also stands where the caller names none.
        steps: whether a walk under conditions must be gone level by level.

    Raises:
        PedigreeError: an argument makes no sense.
    """
    following = read_following(arguments)
    conditions = read_conditions(arguments, following.flow)
    hops = _hops(arguments, most)
    return Question(starts, following, conditions, hops, stepped=steps and conditions.tested)


def _hops(arguments: Mapping[str, Any], most: int) -> int:
    hops = arguments.get("maxHops")
    if hops is None:
        return most
    if not 1 <= hops <= most:
        raise PedigreeError(
            f"`maxHops` is {hops}.", code=ErrorCode.BAD_VALUE, path="maxHops", remedy=f"Name 1 to {most} hops."
        )
    return hops


def read_stages(arguments: Mapping[str, Any]) -> list[str] | None:
    """The stages that versions must be in, in the order of a version's life; None for any."""
    stages = names_of(arguments.get("stages"), STANDARD_STAGES)
    return [stage for stage in STAGES if stage in stages] or None
