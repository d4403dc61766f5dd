"""Neo4j: one server, a cluster, or Aura."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, LiteralString, cast

from app.graph.engines.engine import Engine, EngineKind, SchemaDoor
from app.graph.engines.schema import FullText, Index, RelationshipIndex, RelationshipType, SchemaItem, UniqueUid

OLDEST = (5, 26)
"""The first release whose Cypher has all that the statements use, and which is still kept."""

_LIST = """
SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties, owningConstraint
WHERE type IN ['RANGE', 'FULLTEXT']
RETURN entityType = 'RELATIONSHIP', type, labelsOrTypes, properties, owningConstraint
"""


class Neo4j(Engine):
    """Neo4j 5.26 LTS or newer."""

    kind: ClassVar[EngineKind] = "neo4j"
    name: ClassVar[str] = "Neo4j"
    ends_late_statements: ClassVar[bool] = True
    writers_wait: ClassVar[bool] = True
    plans_slowly: ClassVar[bool] = True
    orders_relationships: ClassVar[bool] = True

    def parameter(self, name: str) -> str:
        """One map for all values: the sizes and types of single ones would be part of the plan's key."""
        return f"$p.{name}"

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as the one map `p`."""
        return {"p": dict(values)}

    def full_text_index(self, label: str, name: str) -> str:
        """A name of our own making: Neo4j's names are the user's."""
        return f"full_text_{label}_{name}"

    async def ensure(self, door: SchemaDoor, items: Iterable[SchemaItem]) -> None:
        """Makes what is missing, and waits until the indexes are filled."""
        for item in items:
            if not isinstance(item, RelationshipType):
                await door.execute(_literal(self._create(item)))
        await door.execute("CALL db.awaitIndexes(600)")

    async def existing(self, door: SchemaDoor) -> frozenset[SchemaItem]:
        """The constraints on `uid` and the indexes over one property of one label or type, or one within another."""
        found: set[SchemaItem] = set()
        for of_relationships, kind, labels, properties, constraint in await door.read(_LIST):
            if len(labels or ()) != 1 or len(properties or ()) not in {1, 2}:
                continue
            if of_relationships:
                found.add(RelationshipIndex(labels[0], properties[0]))
            elif properties[1:]:
                found.add(Index(labels[0], properties[0], within=properties[1]))
            else:
                found.add(_item(kind, labels[0], properties[0], owned=constraint is not None))
        return frozenset(found)

    async def drop(self, door: SchemaDoor, items: Iterable[SchemaItem]) -> None:
        """Drops the constraints and indexes that have the names given by `ensure`."""
        for item in items:
            if isinstance(item, UniqueUid):
                await door.execute(_literal(f"DROP CONSTRAINT `{self._name(item)}` IF EXISTS"))
            elif not isinstance(item, RelationshipType):
                await door.execute(_literal(f"DROP INDEX `{self._name(item)}` IF EXISTS"))

    async def wipe(self, door: SchemaDoor) -> None:
        """Deletes by batches, since one transaction over everything may not fit into memory."""
        await door.execute("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")

    def _name(self, item: UniqueUid | Index | RelationshipIndex | FullText) -> str:
        match item:
            case UniqueUid(label):
                return f"unique_{label}_uid"
            case Index(label, name) | RelationshipIndex(label, name):
                return f"index_{label}_{name}"
            case FullText(label, name):
                return self.full_text_index(label, name)

    def _create(self, item: UniqueUid | Index | RelationshipIndex | FullText) -> str:
        name = self._name(item)
        match item:
            case UniqueUid(label):
                return f"CREATE CONSTRAINT `{name}` IF NOT EXISTS FOR (n:`{label}`) REQUIRE n.uid IS UNIQUE"
            case Index(label, key):
                keys = ", ".join(f"n.`{each}`" for each in (key, item.within) if each)
                return f"CREATE INDEX `{name}` IF NOT EXISTS FOR (n:`{label}`) ON ({keys})"
            case RelationshipIndex(type_, key):
                return f"CREATE INDEX `{name}` IF NOT EXISTS FOR ()-[r:`{type_}`]-() ON (r.`{key}`)"
            case FullText(label, key):
                return f"CREATE FULLTEXT INDEX `{name}` IF NOT EXISTS FOR (n:`{label}`) ON EACH [n.`{key}`]"


def _item(kind: str, label: str, name: str, *, owned: bool) -> SchemaItem:
    if kind == "FULLTEXT":
        return FullText(label, name)
    return UniqueUid(label) if owned and name == "uid" else Index(label, name)


def _literal(command: str) -> LiteralString:
    """A schema command takes no parameters; the names in it were held to plain names when the item was made."""
    return cast("LiteralString", command)
