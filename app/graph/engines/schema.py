"""What can be asked of an engine's schema, named by what it is for and not by how an engine makes it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ValueKind(StrEnum):
    """What an indexed property holds: one engine wants to be told before the first value comes."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"


def _refuse_strange(*names: str) -> None:
    """Keeps anything but a plain name out of a schema command, which takes no parameters."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"A label, type or property is a plain name, and {name!r} is none.")


@dataclass(frozen=True, slots=True, order=True)
class UniqueUid:
    """No two nodes of this label have one `uid`, and a look-up by it is an index's."""

    label: str

    def __post_init__(self) -> None:
        _refuse_strange(self.label)


@dataclass(frozen=True, slots=True, order=True)
class Index:
    """Nodes of this label are found, and read in order, by this property.

    Attributes:
        label: the label.
        property: the property.
        kind: what it holds.
        within: the property in whose order those of one value come, where the engine can; empty for any.
    """

    label: str
    property: str
    kind: ValueKind = field(default=ValueKind.TEXT, compare=False)
    within: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _refuse_strange(self.label, self.property, *filter(None, [self.within]))


@dataclass(frozen=True, slots=True, order=True)
class RelationshipIndex:
    """Relationships of this type are read in order by this text, where the engine can: see `orders_relationships`."""

    type: str
    property: str

    def __post_init__(self) -> None:
        _refuse_strange(self.type, self.property)


@dataclass(frozen=True, slots=True, order=True)
class RelationshipType:
    """The type is known before the first relationship of it is stored."""

    name: str

    def __post_init__(self) -> None:
        _refuse_strange(self.name)


@dataclass(frozen=True, slots=True, order=True)
class FullText:
    """Words of this property find nodes of this label."""

    label: str
    property: str

    def __post_init__(self) -> None:
        _refuse_strange(self.label, self.property)


SchemaItem = UniqueUid | Index | RelationshipIndex | RelationshipType | FullText
