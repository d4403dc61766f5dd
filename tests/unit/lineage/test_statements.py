"""Every statement that walks is of the form that all engines prune; and the test that says so sees the others."""

import inspect
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import execute, parse

from app.compiler.passthrough import PassThroughExecutor
from app.compiler.plans import Plans
from app.graph.engines.arcadedb import ArcadeDB
from app.graph.engines.engine import Engine
from app.graph.engines.neo4j import Neo4j
from app.lineage.service import Lineage
from app.lineage.starts import LABELS
from graph_schema.identity import to_id
from tests.contexts import context_of
from tests.published import PUBLISHED
from tests.reference.safe_form import flaws

FAMILY = "CALL (start) { MATCH (start)<-[:BASED_ON|VERSION_OF*1..101]-(found:ModelVersion) RETURN DISTINCT found }"

UNSAFE = (
    "MATCH (s:Dataset) WHERE s.uid IN $us MATCH (s)<-[:DERIVED_FROM*1..100]-(v) RETURN DISTINCT v",
    "MATCH (s)<-[:DERIVED_FROM*1..100]-(v) WITH DISTINCT v RETURN collect(v)",
    "CALL (s) { MATCH (s)<-[:DERIVED_FROM*1..100]-(v) RETURN collect(DISTINCT v) AS all }",
    "CALL (s) { MATCH (s)<-[:DERIVED_FROM*1..100]-(v), (v)-[:VERSION_OF]->(d) RETURN DISTINCT v }",
    "CALL (s) { MATCH p = (s)<-[:DERIVED_FROM*1..100]-(v) RETURN DISTINCT v }",
    "CALL (s) { MATCH (s)<-[:DERIVED_FROM*1..100]-(v) WHERE EXISTS { (v)-->() } RETURN DISTINCT v }",
    "CALL (other) { MATCH (s)<-[:DERIVED_FROM*1..100]-(v) RETURN DISTINCT v }",
    "CALL (s) { MATCH (s)<-[:DERIVED_FROM*2..100]-(v) RETURN DISTINCT v }",
    "CALL (s) { MATCH (s)<-[:DERIVED_FROM*1..1000]-(v) RETURN DISTINCT v }",
    "CALL (s) { MATCH (s)<-[:DERIVED_FROM*]-(v) RETURN DISTINCT v }",
    "WHERE EXISTS { (s)<-[:DERIVED_FROM*1..100]-(v) }",
    "RETURN COUNT { MATCH (s)<-[:DERIVED_FROM*1..100]-(v) RETURN DISTINCT v }",
    "MATCH (s) ((a)-[:DERIVED_FROM]->(b)){1,100} (v) RETURN v",
    "MATCH p = shortestPath((a)-[:DERIVED_FROM*1..5]->(b)) RETURN p",
    "MATCH (start:Dataset) WHERE start.uid = $u RETURN start",
    "MATCH (v:ModelVersion) WHERE v.stage IN $s CALL (v) { MATCH (v)-[:A*0..9]->(w) RETURN DISTINCT w }",
    "MATCH (v) RETURN v.uid ORDER BY v.uid",
    "MATCH (v {name: 'orders'}) RETURN v",
)

FIELDS = (
    "impact(of: $of) { edges { cursor } }",
    "impact(of: $of, stages: []) { edges { hops witness { from { id } relationship { type } } } totalCount }",
    "impact(of: $of, maxHops: 1) { completeness { complete truncatedBy } }",
    "impact(of: $of, after: $after) { edges { node { version trainingData { totalCount } } } }",
    "lineage(start: $of, direction: UPSTREAM) { nodes { hops } completeness { truncatedBy } }",
    "lineage(start: $of, direction: DOWNSTREAM, roles: [TEST]) { relationships { from { id } } }",
    "lineage(start: $of, direction: DOWNSTREAM) { nodes { hops } completeness { complete } }",
    "path(from: $one, to: $other) { steps { to { id } } completeness { truncatedBy } }",
)


class Sent(Exception):
    """Stops a request once its statement is known."""


class Recording:
    """Stands where the graph would: keeps what is sent."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.texts: list[str] = []

    async def read(self, statement: str, _parameters: object) -> list[list[Any]]:
        self.texts.append(statement)
        raise Sent


async def _sent(engine: Engine, field: str, labels: tuple[str, ...]) -> list[str]:
    graph: Any = Recording(engine)
    services = SimpleNamespace(lineage=Lineage(graph, Plans()))
    refs = [{"id": to_id(label, f"{number:064x}")} for number, label in enumerate(labels)]
    result: Any = execute(
        PUBLISHED,
        parse(f"query Q($of: [NodeRef!]!, $one: NodeRef!, $other: NodeRef!, $after: String) {{ {field} }}"),
        context_value=context_of(services),
        variable_values={"of": refs, "one": refs[0], "other": refs[-1], "after": None},
        executor_class=PassThroughExecutor,
    )
    result = await result if inspect.isawaitable(result) else result
    assert all(isinstance(error.original_error, Sent) for error in result.errors)
    return graph.texts


@pytest.mark.parametrize("engine", (Neo4j("5.26"), ArcadeDB("26.10")), ids=lambda engine: engine.kind)
@pytest.mark.parametrize("field", FIELDS)
async def test_every_walk_is_of_the_form_that_all_engines_prune(engine: Engine, field: str) -> None:
    for labels in (*((label,) for label in LABELS), *combinations(LABELS, 2), LABELS):
        (text,) = await _sent(engine, field, labels)
        assert flaws(text) == []


@pytest.mark.parametrize("text", UNSAFE)
def test_other_forms_are_seen(text: str) -> None:
    assert flaws(text) != []


def test_the_safe_form_has_no_flaw() -> None:
    start = "UNWIND $us AS wanted MATCH (start:Dataset {uid: wanted}) WHERE start.retractedAt IS NULL"
    assert flaws(f"{start} {FAMILY} WITH found ORDER BY found.sortKey LIMIT 3 RETURN collect(found)") == []


async def test_there_are_few_texts() -> None:
    """The labels of the starts, the hops, the roles and what is asked make a text; which and how many things do not."""
    engine = Neo4j("5.26")
    texts = {
        (await _sent(engine, FIELDS[1], labels))[0]
        for labels in (("Run",), ("Run", "Run"), ("Run", "Dataset"), ("Dataset", "Run"), ("Dataset", "Run", "Run"))
    }
    assert len(texts) == 2
