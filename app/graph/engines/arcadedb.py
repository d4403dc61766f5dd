"""ArcadeDB, the embedded default.

Its schema is made through its SQL, over its own HTTP interface: its Cypher has no words for it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from app.graph.engines.engine import Engine, EngineKind, SchemaDoor
from app.graph.engines.schema import (
    FullText,
    Index,
    RelationshipIndex,
    RelationshipType,
    SchemaItem,
    UniqueUid,
    ValueKind,
)

_TYPES = {ValueKind.TEXT: "STRING", ValueKind.INTEGER: "LONG", ValueKind.FLOAT: "DOUBLE", ValueKind.BOOLEAN: "BOOLEAN"}
_KINDS = {type_: kind for kind, type_ in _TYPES.items()}
_INDEXES = "SELECT name, typeName, properties, keyTypes, `unique`, indexType FROM schema:indexes"
_EDGES = "SELECT name FROM schema:types WHERE type = 'edge'"
_FILLED = "SELECT name, records FROM schema:types WHERE records > 0 ORDER BY type"
_MANY = 5000
"""So many records that a type is sooner dropped and made anew than emptied, which takes each out of every index."""


class ArcadeDB(Engine):
    """ArcadeDB 26.10 or newer."""

    kind: ClassVar[EngineKind] = "arcadedb"
    name: ClassVar[str] = "ArcadeDB"
    ends_late_statements: ClassVar[bool] = False
    writers_wait: ClassVar[bool] = False
    plans_slowly: ClassVar[bool] = False
    orders_relationships: ClassVar[bool] = False

    def parameter(self, name: str) -> str:
        """Flat: a value inside a map is not looked up in an index."""
        return f"${name}"

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as they are."""
        return dict(values)

    def full_text_index(self, label: str, name: str) -> str:
        """The engine names it by what it indexes."""
        return f"{label}[{name}]"

    async def ensure(self, door: SchemaDoor, items: Iterable[SchemaItem]) -> None:
        """Makes what is missing, in one script.

        Types and properties come first: an index made before its property is declared is never read in order.
        """
        wanted = list(items)
        script = [command for item in wanted for command in _declare(item)]
        script += [command for item in wanted for command in _index(item)]
        if script:
            await door.sql(_script(dict.fromkeys(script)))

    async def existing(self, door: SchemaDoor) -> frozenset[SchemaItem]:
        """Unique `uid`s, indexes over one property, and the relationship types."""
        found: set[SchemaItem] = {RelationshipType(row["name"]) for row in await door.sql(_EDGES)}
        for row in await door.sql(_INDEXES):
            names = _flat(row.get("properties"))
            if row["name"].endswith("]") and len(names) == 1:  # the others are its parts, one for each bucket
                found.add(_item(row, names[0]))
        return frozenset(found)

    async def drop(self, door: SchemaDoor, items: Iterable[SchemaItem]) -> None:
        """Drops the indexes. A relationship type stays: with it would go what is stored under it."""
        script = [
            f"DROP INDEX `{_index_name(item)}` IF EXISTS"
            for item in items
            if not isinstance(item, RelationshipType | RelationshipIndex)
        ]
        if script:
            await door.sql(_script(script))

    async def wipe(self, door: SchemaDoor) -> None:
        """Empties type by type, relationships (called edges) first: node by node takes a hundred times longer."""
        filled = await door.sql(_FILLED)
        if not filled:
            return
        large = [row["name"] for row in filled if row["records"] > _MANY]
        items: frozenset[SchemaItem] = await self.existing(door) if large else frozenset()
        await door.sql(_script(_empty(row["name"], large=row["name"] in large) for row in filled))
        await self.ensure(door, sorted(items, key=repr))


def _declare(item: SchemaItem) -> list[str]:
    match item:
        case UniqueUid(label):
            return [_vertex(label), _property(label, "uid", ValueKind.TEXT)]
        case Index(label, name, kind):
            return [_vertex(label), _property(label, name, kind)]
        case FullText(label, name):
            return [_vertex(label), _property(label, name, ValueKind.TEXT)]
        case RelationshipType(name):
            return [f"CREATE EDGE TYPE `{name}` IF NOT EXISTS"]
        case RelationshipIndex():
            return []  # it would never be read in order


def _index(item: SchemaItem) -> list[str]:
    match item:
        case UniqueUid(label):
            return [f"CREATE INDEX IF NOT EXISTS ON `{label}` (uid) UNIQUE"]
        case Index(label, name):
            return [f"CREATE INDEX IF NOT EXISTS ON `{label}` (`{name}`) NOTUNIQUE"]
        case FullText(label, name):
            return [f"CREATE INDEX IF NOT EXISTS ON `{label}` (`{name}`) FULL_TEXT"]
        case RelationshipType() | RelationshipIndex():
            return []


def _vertex(label: str) -> str:
    return f"CREATE VERTEX TYPE `{label}` IF NOT EXISTS"


def _property(label: str, name: str, kind: ValueKind) -> str:
    return f"CREATE PROPERTY `{label}`.`{name}` IF NOT EXISTS {_TYPES[kind]}"


def _index_name(item: UniqueUid | Index | FullText) -> str:
    return f"{item.label}[uid]" if isinstance(item, UniqueUid) else f"{item.label}[{item.property}]"


def _empty(name: str, *, large: bool) -> str:
    return f"DROP TYPE `{name}` UNSAFE" if large else f"TRUNCATE TYPE `{name}` UNSAFE"


def _script(commands: Iterable[str]) -> str:
    return ";\n".join(commands) + ";"


def _flat(properties: list[str] | list[list[str]] | None) -> list[str]:
    """The names of the indexed properties, which come as a list or as a list in a list."""
    names: list[str] = []
    for each in properties or ():
        names += each if isinstance(each, list) else [each]
    return names


def _item(row: Mapping[str, Any], name: str) -> SchemaItem:
    label = row["typeName"]
    if row["indexType"] == "FULL_TEXT":
        return FullText(label, name)
    if row["unique"] and name == "uid":
        return UniqueUid(label)
    return Index(label, name, _KINDS.get((_flat(row.get("keyTypes")) or [""])[0], ValueKind.TEXT))
