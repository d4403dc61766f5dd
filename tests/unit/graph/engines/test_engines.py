"""What is asked of engines, and how each says it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from app.errors import ErrorCode, GraphUnsupported
from app.graph.engines.arcadedb import ArcadeDB
from app.graph.engines.neo4j import Neo4j
from app.graph.engines.recognise import recognise
from app.graph.engines.schema import (
    FullText,
    Index,
    RelationshipIndex,
    RelationshipType,
    SchemaItem,
    UniqueUid,
    ValueKind,
)

ITEMS: list[SchemaItem] = [
    UniqueUid("Model"),
    Index("Model", "order"),
    Index("Run", "at", ValueKind.INTEGER),
    Index("Run", "name", within="order"),
    RelationshipIndex("BASED_ON", "place"),
    FullText("Model", "words"),
    RelationshipType("BASED_ON"),
]


class Door:
    """Keeps what is sent, and answers what it is told to."""

    def __init__(self, *answers: list[Any]) -> None:
        self.sent: list[str] = []
        self._answers = list(answers)

    def _answer(self) -> list[Any]:
        return self._answers.pop(0) if self._answers else []

    async def read(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        self.sent.append(statement)
        return self._answer()

    execute = read

    async def sql(self, script: str) -> list[Any]:
        self.sent.append(script)
        return self._answer()


@pytest.mark.parametrize(
    ("agent", "kind", "version"),
    (
        ("Neo4j/5.26.26", "neo4j", "5.26.26"),
        ("Neo4j/5.27-aura", "neo4j", "5.27-aura"),
        ("Neo4j/2026.09.0", "neo4j", "2026.09.0"),
        ("Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)", "arcadedb", "26.10.2"),
    ),
)
def test_engines_are_recognised(agent: str, kind: str, version: str) -> None:
    engine = recognise(agent, "bolt://a")
    assert (engine.kind, engine.version) == (kind, version)


@pytest.mark.parametrize(
    ("agent", "remedy"), (("Neo4j/4.4.30", "upgrade"), ("Neo4j/5.25.1", "upgrade"), ("Memgraph", "PEDIGREE_GRAPH_URL"))
)
def test_others_are_refused(agent: str, remedy: str) -> None:
    with pytest.raises(GraphUnsupported, match=remedy) as caught:
        recognise(agent, "bolt://a")
    assert caught.value.code is ErrorCode.GRAPH_UNSUPPORTED


def test_parameters() -> None:
    neo4j, arcadedb = Neo4j("5.26.0"), ArcadeDB("26.10.2")
    assert (neo4j.parameter("k"), neo4j.bind({"k": 1})) == ("$p.k", {"p": {"k": 1}})
    assert (arcadedb.parameter("k"), arcadedb.bind({"k": 1})) == ("$k", {"k": 1})


@pytest.mark.parametrize("name", ("", "a b", "a`b", "1a", "é", "a;DROP"))
@pytest.mark.parametrize(
    "make",
    (
        UniqueUid,
        RelationshipType,
        lambda n: Index(n, "a"),
        lambda n: Index("A", n),
        lambda n: Index("A", "a", within=n or " "),
        lambda n: RelationshipIndex("A", n),
        lambda n: FullText("A", n),
    ),
)
def test_strange_names_do_not_reach_a_schema_command(make: Callable[[str], SchemaItem], name: str) -> None:
    with pytest.raises(ValueError, match="plain name"):
        make(name)


async def test_neo4j_makes_constraints_and_indexes() -> None:
    door = Door()
    await Neo4j("5.26.0").ensure(door, ITEMS)
    assert door.sent == [
        "CREATE CONSTRAINT `unique_Model_uid` IF NOT EXISTS FOR (n:`Model`) REQUIRE n.uid IS UNIQUE",
        "CREATE INDEX `index_Model_order` IF NOT EXISTS FOR (n:`Model`) ON (n.`order`)",
        "CREATE INDEX `index_Run_at` IF NOT EXISTS FOR (n:`Run`) ON (n.`at`)",
        "CREATE INDEX `index_Run_name` IF NOT EXISTS FOR (n:`Run`) ON (n.`name`, n.`order`)",
        "CREATE INDEX `index_BASED_ON_place` IF NOT EXISTS FOR ()-[r:`BASED_ON`]-() ON (r.`place`)",
        "CREATE FULLTEXT INDEX `full_text_Model_words` IF NOT EXISTS FOR (n:`Model`) ON EACH [n.`words`]",
        "CALL db.awaitIndexes(600)",
    ]


async def test_neo4j_drops_them() -> None:
    door = Door()
    await Neo4j("5.26.0").drop(door, ITEMS)
    assert door.sent == [
        "DROP CONSTRAINT `unique_Model_uid` IF EXISTS",
        "DROP INDEX `index_Model_order` IF EXISTS",
        "DROP INDEX `index_Run_at` IF EXISTS",
        "DROP INDEX `index_Run_name` IF EXISTS",
        "DROP INDEX `index_BASED_ON_place` IF EXISTS",
        "DROP INDEX `full_text_Model_words` IF EXISTS",
    ]


async def test_neo4j_lists_what_is_of_one_property() -> None:
    door = Door(
        [
            [False, "RANGE", ["Model"], ["uid"], "unique_Model_uid"],
            [False, "RANGE", ["Model"], ["order"], None],
            [False, "FULLTEXT", ["Model"], ["words"], None],
            [False, "RANGE", ["Model"], ["one", "two"], None],
            [False, "RANGE", ["Model"], ["one", "two", "three"], None],
            [False, "FULLTEXT", ["Model", "Run"], ["words"], None],
            [False, "RANGE", None, None, None],
            [True, "RANGE", ["KNOWS"], ["place"], None],
        ]
    )
    assert await Neo4j("5.26.0").existing(door) == {
        UniqueUid("Model"),
        Index("Model", "order"),
        Index("Model", "one", within="two"),
        FullText("Model", "words"),
        RelationshipIndex("KNOWS", "place"),
    }


async def test_arcadedb_declares_before_it_indexes() -> None:
    door = Door()
    await ArcadeDB("26.10.2").ensure(door, ITEMS)
    assert door.sent[0].removesuffix(";").split(";\n") == [
        "CREATE VERTEX TYPE `Model` IF NOT EXISTS",
        "CREATE PROPERTY `Model`.`uid` IF NOT EXISTS STRING",
        "CREATE PROPERTY `Model`.`order` IF NOT EXISTS STRING",
        "CREATE VERTEX TYPE `Run` IF NOT EXISTS",
        "CREATE PROPERTY `Run`.`at` IF NOT EXISTS LONG",
        "CREATE PROPERTY `Run`.`name` IF NOT EXISTS STRING",
        "CREATE PROPERTY `Model`.`words` IF NOT EXISTS STRING",
        "CREATE EDGE TYPE `BASED_ON` IF NOT EXISTS",
        "CREATE INDEX IF NOT EXISTS ON `Model` (uid) UNIQUE",
        "CREATE INDEX IF NOT EXISTS ON `Model` (`order`) NOTUNIQUE",
        "CREATE INDEX IF NOT EXISTS ON `Run` (`at`) NOTUNIQUE",
        "CREATE INDEX IF NOT EXISTS ON `Run` (`name`) NOTUNIQUE",
        "CREATE INDEX IF NOT EXISTS ON `Model` (`words`) FULL_TEXT",
    ]


async def test_arcadedb_drops_indexes_and_keeps_types() -> None:
    door = Door()
    await ArcadeDB("26.10.2").drop(door, ITEMS)
    assert door.sent[0].removesuffix(";").split(";\n") == [
        "DROP INDEX `Model[uid]` IF EXISTS",
        "DROP INDEX `Model[order]` IF EXISTS",
        "DROP INDEX `Run[at]` IF EXISTS",
        "DROP INDEX `Run[name]` IF EXISTS",
        "DROP INDEX `Model[words]` IF EXISTS",
    ]


async def test_nothing_to_do_sends_nothing() -> None:
    door = Door()
    engine = ArcadeDB("26.10.2")
    await engine.ensure(door, [])
    await engine.drop(door, [RelationshipType("BASED_ON")])
    assert door.sent == []
    await engine.wipe(door)
    assert len(door.sent) == 1  # it had to ask


def _row(
    name: str, properties: list[Any], *, unique: bool = False, kind: str = "LSM_TREE", holds: str = "STRING"
) -> dict[str, Any]:
    """One index, as ArcadeDB lists it."""
    return {
        "name": name,
        "typeName": "Model",
        "properties": properties,
        "keyTypes": [holds],
        "unique": unique,
        "indexType": kind,
    }


async def test_arcadedb_lists_whole_indexes_and_not_their_parts() -> None:
    door = Door(
        [{"name": "BASED_ON"}],
        [
            _row("Model_0_1", [["uid"]], unique=True),
            _row("Model[uid]", [["uid"]], unique=True),
            _row("Model[order]", ["order"], holds="LONG"),
            _row("Model[words]", [["words"]], kind="FULL_TEXT"),
            _row("Model[a,b]", ["a", "b"]),
        ],
    )
    listed = await ArcadeDB("26.10.2").existing(door)
    assert listed == {
        UniqueUid("Model"),
        Index("Model", "order"),
        FullText("Model", "words"),
        RelationshipType("BASED_ON"),
    }
    assert [each.kind for each in listed if isinstance(each, Index)] == [ValueKind.INTEGER]


async def test_arcadedb_empties_relationships_first() -> None:
    door = Door([{"name": "BASED_ON", "records": 2}, {"name": "Model", "records": 3}])
    await ArcadeDB("26.10.2").wipe(door)
    assert "ORDER BY type" in door.sent[0]  # edge comes before vertex
    assert door.sent[1:] == ["TRUNCATE TYPE `BASED_ON` UNSAFE;\nTRUNCATE TYPE `Model` UNSAFE;"]


async def test_arcadedb_makes_what_holds_much_anew() -> None:
    filled = [{"name": "BASED_ON", "records": 2}, {"name": "Model", "records": 30_000}]
    door = Door(filled, [{"name": "BASED_ON"}], [_row("Model[uid]", ["uid"], unique=True)])
    await ArcadeDB("26.10.2").wipe(door)
    assert door.sent[3] == "TRUNCATE TYPE `BASED_ON` UNSAFE;\nDROP TYPE `Model` UNSAFE;"
    assert "CREATE INDEX IF NOT EXISTS ON `Model` (uid) UNIQUE" in door.sent[4]
