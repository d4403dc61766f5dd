"""What a filter asks of the things that a thing is connected to, as the fields of the API show them.

Of a list it asks that `some` of it, or `none`, fulfils a filter of its own; of a field that shows one thing, that this
does. Each becomes one `EXISTS` over the few hops of its field, whatever the filter within it is.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLInputObjectType, get_named_type

from app.compiler.compiling import Compiler
from app.compiler.meanings import Hop, way

ASKED = "asked"
"""The key under which the extensions of a filter's field hold what it asks, where that is no property: one of these."""

BRANCHES = ("some", "none")
"""What can be asked of a list."""

JOINED = frozenset({"and", "or", "not"})
"""What joins filters of the same thing."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth about the thing that is not stored.

    Attributes:
        text: when it holds; `{x}` is the thing, `{now}` the moment.
    """

    text: str

    def condition(self, compiler: Compiler, variable: str, *, wanted: bool) -> str:
        """That it holds, or that it does not."""
        times = compiler.times
        stated = self.text.format(x=times.shown(variable), now=times.world() if "{now}" in self.text else "")
        return f"({stated})" if wanted else f"NOT ({stated})"


@dataclass(frozen=True, slots=True)
class Related:
    """The things that some hops lead to.

    Attributes:
        hops: as the field's meaning has them.
        one: whether the field shows one thing.
        certain: they cannot lead to two; otherwise, of a field that shows one, the first in natural order counts.
    """

    hops: tuple[Hop, ...]
    one: bool = False
    certain: bool = False

    @property
    def label(self) -> str:
        """The label of the things."""
        return self.hops[-1].label

    def condition(self, compiler: Compiler, variable: str, inner: Callable[[str], str]) -> str:
        """That the hops lead to a thing for which the condition that `inner` gives for a variable holds."""
        found = way(compiler, variable, self.hops)
        wanted = inner(found.end)
        if self.one and not self.certain:
            # Not `EXISTS { … LIMIT 1 WHERE … }`: ArcadeDB tests first, and cuts then.
            order = f"ORDER BY {found.end}.sortKey, {found.end}.uid LIMIT 1"
            first = f"{found.match()} WITH {found.kept} {order} RETURN {wanted or 'true'}"
            return f"coalesce(head(COLLECT {{ {first} }}), false)"
        returned = " RETURN 1" if found.states else ""
        return f"EXISTS {{ {found.match(*filter(None, [wanted]))}{returned} }}"


@dataclass(frozen=True, slots=True)
class Inner:
    """A filter within another.

    Attributes:
        given: the filter.
        type: its input type.
        related: whether it is one of other things than the one that it stands in.
    """

    given: Mapping[str, Any]
    type: GraphQLInputObjectType
    related: bool


def asked_of(type_: GraphQLInputObjectType, name: str) -> Truth | Related | None:
    """What a field of a filter asks, where that is no property of the thing."""
    field = type_.fields.get(name)
    return None if field is None else field.extensions.get(ASKED)


def within(type_: GraphQLInputObjectType, given: Mapping[str, Any]) -> Iterator[Inner]:
    """The filters that stand directly within one. What does not fit the type is passed over: others refuse it."""
    for name, part in given.items():
        field = type_.fields.get(name)
        if field is None or part is None:
            continue
        named, asked = cast("GraphQLInputObjectType", get_named_type(field.type)), asked_of(type_, name)
        if name in JOINED:
            yield from (Inner(each, named, related=False) for each in _filters(part))
        elif isinstance(asked, Related) and asked.one:
            yield from (Inner(each, named, related=True) for each in _filters(part))
        elif isinstance(asked, Related) and isinstance(part, Mapping):
            branches = cast("Mapping[str, Any]", part)
            for branch in BRANCHES:
                inner = cast("GraphQLInputObjectType", get_named_type(named.fields[branch].type))
                yield from (Inner(each, inner, related=True) for each in _filters(branches.get(branch)))


def _filters(part: Any) -> list[Mapping[str, Any]]:
    several = cast("list[Any]", part) if isinstance(part, list) else [part]
    return [each for each in several if isinstance(each, Mapping)]


def related_filters(type_: GraphQLInputObjectType, given: object) -> int:
    """How many filters of other things stand anywhere within one."""
    found = 0
    left = [(type_, each) for each in _filters(given)]
    while left:
        of, filter_ = left.pop()
        for inner in within(of, filter_):
            found += inner.related
            left.append((inner.type, inner.given))
    return found


def flags(
    compiler: Compiler, holding: str, meanings: Mapping[str, str], arguments: Mapping[str, Any], end: str
) -> list[str]:
    """What must hold of the things of a list in any case, and what arguments that are true or false ask of them.

    Args:
        compiler: of the statement.
        holding: the first, as a `Truth` has it; empty for nothing.
        meanings: by argument, what it asks, likewise.
        arguments: of the list.
        end: what each thing is bound to.
    """
    found = [Truth(holding).condition(compiler, end, wanted=True)] if holding else []
    for name, text in meanings.items():
        wanted = arguments.get(name)
        if wanted is not None:
            found.append(Truth(text).condition(compiler, end, wanted=wanted))
    return found
