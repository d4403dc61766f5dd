"""Which relationship types a walk follows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.compiler.selection import names_of
from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import Walk
from graph_schema.relationships import ROLES, SCHEMA

STANDARD_ROLES = ("TRAINING", "INPUT")
"""The roles of data that are followed where the caller names none."""

FOLLOWED = tuple(each.type for each in SCHEMA.walked(Walk.FLOW, Walk.ROLE, Walk.ENTRY, Walk.SERVING))
"""Every type that a walk may follow, in the order of the declaration."""

_ENTRIES = frozenset(each.type for each in SCHEMA.walked(Walk.ENTRY))
_ALWAYS = frozenset(each.type for each in SCHEMA.walked(Walk.FLOW))
_NONE = "NOTHING"
"""A type that is never stored, where no type is followed at every step: a pattern without any would follow all."""


@dataclass(frozen=True, slots=True)
class Following:
    """The types of one walk.

    Attributes:
        flow: those followed at every step.
        entries: those followed only as the first step from a commit or an artifact, and as leaves of an ancestry.
    """

    flow: tuple[str, ...]
    entries: frozenset[str] = _ENTRIES

    @property
    def pattern(self) -> str:
        """Those of every step, as a pattern names them."""
        return "|".join(self.flow) or _NONE

    @property
    def always(self) -> bool:
        """Whether all types are followed along which data always flows."""
        return set(self.flow) >= _ALWAYS

    def enters(self, type_: str) -> bool:
        """Whether a type is followed as a first step."""
        return type_ in self.entries

    def with_entry(self, type_: str) -> str:
        """The pattern with one more type: that of a first step, if it is followed."""
        if not type_ or (type_ in _ENTRIES and not self.enters(type_)):
            return self.pattern
        return "|".join((*self.flow, type_))

    def with_entries(self, types: Iterable[str]) -> str:
        """The pattern with those of these types that are followed as a first step."""
        return "|".join([*self.flow, *(each for each in types if self.enters(each))]) or _NONE


def read_following(arguments: Mapping[str, Any]) -> Following:
    """The types that the arguments of a field name; the standard ones, where they name none.

    Raises:
        PedigreeError: there are none.
    """
    roles = names_of(arguments.get("roles"), STANDARD_ROLES)
    if not roles:
        raise PedigreeError(
            "`roles` is empty, so that no use of data would count.",
            code=ErrorCode.BAD_VALUE,
            path="roles",
            remedy=f"Name some of {', '.join(ROLES)}, or leave it out for {' and '.join(STANDARD_ROLES)}.",
        )
    flow = SCHEMA.walked(Walk.FLOW, Walk.ROLE)
    types = [each.type for each in flow if each.walk is Walk.FLOW or each.role in roles]
    named = arguments.get("relationshipTypes")
    if named is None:
        return Following(tuple(types))
    wanted = set(names_of(named, ()))
    if not wanted:
        raise PedigreeError(
            "`relationshipTypes` is empty, so that nothing would be walked.",
            code=ErrorCode.BAD_VALUE,
            path="relationshipTypes",
            remedy=f"Name some of {', '.join(FOLLOWED)}, or leave it out for those along which data flows.",
        )
    return Following(tuple(each for each in FOLLOWED if each in wanted - _ENTRIES), _ENTRIES & wanted)
