"""How complete the answer of a walk is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Takes
from app.compiler.selection import Field, Selection
from app.compiler.shaping import Answer, Shape, list_shape
from app.registry.lists import stale_sources

FrontierOf = Callable[[str, Answer], Any]
"""By the names under which a frontier was asked for, and the answer that it becomes part of, what is published."""


@dataclass(slots=True)
class Complete:
    """What is known of the completeness of one answer.

    Attributes:
        hops: whether something of the walk lies beyond its last hop.
        nodes: whether there are more answers than are given.
        hidden: how many things the walk met that the caller may not see.
        unknown: how many versions of unknown ancestry could not be ruled out.
        stale: the rows of the stale sources.
        frontier: the things at which the walk stopped.
    """

    hops: bool = False
    nodes: bool = False
    hidden: int = 0
    unknown: int = 0
    stale: list[Any] = field(default_factory=list)
    frontier: FrontierOf | None = None

    @property
    def limits(self) -> list[str]:
        """The limits that cut the answer short."""
        return ["HOPS"] * self.hops + ["NODES"] * self.nodes

    @property
    def doubtful(self) -> bool:
        """Whether the answer is incomplete whatever the ancestries are."""
        return self.hops or self.nodes or bool(self.hidden or self.stale)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the completeness of an answer, under whatever aliases.

    Attributes:
        complete: whether it is complete.
        cut: whether it was cut short.
        hidden: how much of it is hidden.
        unknown: how many ancestries are unknown.
        stale: which sources are stale.
        frontier: the fields that ask where the walk stopped, each under a name of its own.
    """

    complete: bool
    cut: bool
    hidden: bool
    unknown: bool
    stale: bool
    frontier: Mapping[str, Field]

    @classmethod
    def of(cls, selection: Selection) -> "Asked":
        """What a selection asks of the field `completeness` on it."""
        parts = [part for each in selection.named("completeness") for part in each.selection.fields()]
        names = {part.name for part in parts}
        return cls(
            complete="complete" in names,
            cut=bool(names & {"complete", "truncatedBy", "frontier"}),
            hidden=bool(names & {"complete", "hiddenCount"}),
            unknown="unknownAncestry" in names,
            stale=bool(names & {"complete", "staleSources"}),
            frontier={
                _name(each, part): part
                for each in selection.named("completeness")
                for part in each.selection.named("frontier")
            },
        )

    def needs_unknown(self, complete: Complete) -> bool:
        """Whether the ancestries must be counted, after what else is known."""
        return self.unknown or (self.complete and not complete.doubtful)


class Completenesses:
    """Compiles the completeness of an answer, once for each alias.

    Attributes:
        stale: what is asked of stale sources.
    """

    def __init__(self, compiler: Compiler, asked: Asked) -> None:
        self._compiler = compiler
        self._asked = asked
        self.stale = Columns()

    def shape(self, of: Field) -> Shape:
        """The shaper of the field, from a `Complete`."""
        takes: Takes = {
            "complete": lambda _: lambda value, _answer: not value.doubtful and not value.unknown,
            "truncatedBy": lambda _: lambda value, _answer: value.limits,
            "frontier": lambda part: _frontier(_name(of, part)),
            "hiddenCount": lambda _: lambda value, _answer: value.hidden,
            "unknownAncestry": lambda _: lambda value, _answer: value.unknown,
            "staleSources": self._stale,
        }
        return self._compiler.by_hand(of.selection, takes)

    def stale_text(self) -> str:
        """The rows of the stale sources, where anything needs them. Read it when all else is compiled."""
        if not self._asked.stale:
            return "[]"
        found = stale_sources(self._compiler, "stale")
        return f"COLLECT {{ MATCH {found} WITH stale ORDER BY stale.name RETURN {self.stale.text()} }}"

    def _stale(self, of: Field) -> Shape:
        rows = list_shape(self._compiler.row(of.selection, "stale", self.stale))

        def take(value: Complete, answer: Answer) -> Any:
            return rows(value.stale, answer)

        return take


def _frontier(name: str) -> Shape:
    def take(value: Complete, answer: Answer) -> Any:
        return [] if value.frontier is None else value.frontier(name, answer)

    return take


def _name(completeness: Field, part: Field) -> str:
    return f"{completeness.key}.{part.key}"
