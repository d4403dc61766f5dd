"""Under which conditions a part of a document is asked for: its `@include` and `@skip`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import BooleanValueNode, DirectiveNode, VariableNode

Variables = Mapping[str, Any]
"""The values of an operation's variables, by their names."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One `@include` or `@skip`: the variable, or the value, that must be as `wanted`."""

    variable: str
    value: bool
    wanted: bool

    def holds(self, variables: Variables) -> bool:
        """Whether what it stands at is asked for."""
        return (bool(variables.get(self.variable)) if self.variable else self.value) is self.wanted


def conditions_of(directives: Iterable[DirectiveNode]) -> Iterator[Condition]:
    """The conditions under which what has these directives is asked for."""
    for directive in directives:
        name = directive.name.value
        if name not in {"include", "skip"} or not directive.arguments:
            continue
        value = directive.arguments[0].value
        if isinstance(value, VariableNode):
            yield Condition(value.name.value, value=False, wanted=name == "include")
        elif isinstance(value, BooleanValueNode):
            yield Condition("", value=value.value, wanted=name == "include")
