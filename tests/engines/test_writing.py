"""Registering: one transaction, one result for each item, nothing twice and nothing lost."""

import json
import math
from collections import Counter

import pytest

from app.access.service import LOCAL
from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.registry.request import RegistrationRefused
from app.registry.service import Registry
from graph_schema.identity import to_id, uid
from tests.engines.registered import (
    SHA,
    Clock,
    codes,
    data_key,
    made,
    one,
    register,
    rows,
    run,
    statuses,
    used,
    version,
)


@pytest.fixture
async def registry(graph: Graph) -> Registry:
    await migrate(graph)
    return Registry(graph, Clock())


async def test_a_batch_is_registered_and_again_changes_nothing(registry: Registry, graph: Graph) -> None:
    nodes = [version(1, claimedStage="PRODUCTION", parameters={"b": 1.0, "a": [None]}), run(1, startedAt=5)]
    relationships = [used(1, "d1"), made(1, 1)]
    first = await register(registry, nodes=nodes, relationships=relationships)
    assert statuses(first) == ["CREATED"] * 4
    before = await rows(graph, "MATCH (n:ModelVersion) RETURN n.recordedAt")
    again = await register(registry, nodes=nodes, relationships=relationships)
    assert statuses(again) == ["UNCHANGED"] * 4
    assert await rows(graph, "MATCH (n:ModelVersion) RETURN n.recordedAt") == before
    assert [item.path for item in again.items] == ["nodes[0]", "nodes[1]", "relationships[0]", "relationships[1]"]
    stored = await one(graph, "ModelVersion", version="1")
    assert stored["uid"] == uid("ModelVersion", ("n", "m", "1")) == first.items[0].uid
    assert (stored["parameters"], stored["stage"]) == ('{"a":[null],"b":1}', "PRODUCTION")


async def test_provenance_stands_on_everything(registry: Registry, graph: Graph) -> None:
    await register(
        registry, nodes=[run(1)], relationships=[used(1, 1, confidence=0.5, method="INFERRED", evidence=SHA)]
    )
    actor = LOCAL.uid
    node = await one(graph, "Run", runId="1")
    assert (node["source"], node["assertedBy"], node["method"], node["confidence"]) == ("s", actor, "CLAIMED", 1.0)
    [[link]] = await rows(graph, "MATCH ()-[r:TRAINED_ON]->() RETURN properties(r)")
    assert (link["source"], link["assertedBy"], link["method"]) == ("s", actor, "INFERRED")
    assert (link["confidence"], link["evidence"], link["recordedAt"]) == (0.5, SHA, node["recordedAt"])
    assert (await one(graph, "Actor", subject="local"))["uid"] == actor
    source = await one(graph, "Source", name="s")
    assert source["firstLoadAt"] == node["recordedAt"]


async def test_what_is_only_named_is_undescribed_until_somebody_describes_it(registry: Registry, graph: Graph) -> None:
    await register(registry, relationships=[used(1, 1)])
    assert (await one(graph, "Run", runId="1"))["undescribed"]
    assert (await one(graph, "Dataset", name="d"))["undescribed"]
    [[type_, source]] = await rows(graph, "MATCH (:DatasetVersion)-[r]->(:Dataset) RETURN type(r), r.source")
    assert (type_, source) == ("VERSION_OF", "s")
    result = await register(registry, "t", nodes=[run(1, name="x")])
    assert statuses(result) == ["CREATED"]
    described = await one(graph, "Run", runId="1")
    assert (described["undescribed"], described["name"], described["source"]) == (False, "x", "t")


async def test_a_bad_item_does_not_harm_its_neighbours(registry: Registry, graph: Graph) -> None:
    result = await register(
        registry,
        nodes=[
            run(1),
            run(""),
            run("x" * 10_000),
            run("a\x00"),
            run("\ud800"),
            run(2, metrics={"loss": math.nan}),
            run(3, parameters={"a": {"b": "\udfff"}}),
            {"datasetVersion": {**data_key(1), "rows": 2**63}},
            run(4),
        ],
        relationships=[
            used(1, 1),
            {"used": run(1)},
            {"derivedFrom": {"data": data_key(1), "from": data_key(1)}},
            used(1, 2),
        ],
    )
    bad = [None, *["BAD_KEY"] * 4, *["BAD_VALUE"] * 3, None]
    assert codes(result) == [*bad, None, "BAD_ENDS", "SELF_REFERENCE", None]
    assert Counter(statuses(result)) == {"CREATED": 4, "REJECTED": 9}
    assert result.items[5].error
    assert result.items[5].error.path == "nodes[5].run.metrics.loss"
    assert await rows(graph, "MATCH (n:Run) RETURN n.runId ORDER BY n.runId") == [["1"], ["4"]]


async def test_repeats_and_contradictions_inside_a_batch(registry: Registry, graph: Graph) -> None:
    result = await register(
        registry,
        nodes=[run(1, name="x"), run(1, name="x"), run(1, name="y"), run(1, status="FINISHED"), run(1, name=None)],
        relationships=[used(1, 1), used(1, 1), used(1, 1, confidence=0.5)],
    )
    assert statuses(result) == [
        *("CREATED", "UNCHANGED", "REJECTED", "UPDATED", "REJECTED"),
        *("CREATED", "UNCHANGED", "REJECTED"),
    ]
    assert set(codes(result)) == {None, "CONTRADICTION"}
    places = [item.error.path for item in result.items if item.error]
    assert places == ["nodes[2].run.name", "nodes[4].run.name", "relationships[2].used.confidence"]
    assert (await one(graph, "Run", runId="1"))["status"] == "FINISHED"


async def test_what_ends_before_it_begins_is_not_stored(registry: Registry, graph: Graph) -> None:
    result = await register(
        registry,
        nodes=[run(1, startedAt=5, endedAt=4), run(2, startedAt=5), run(2, endedAt=4), run(3, startedAt=5, endedAt=5)],
    )
    assert codes(result) == ["BAD_VALUE", None, "CONTRADICTION", None]
    assert [item.error.path for item in result.items if item.error] == ["nodes[0].run.endedAt", "nodes[2].run.endedAt"]
    stored = await rows(graph, "MATCH (n:Run) RETURN n.runId, n.startedAt, n.endedAt ORDER BY n.runId")
    assert stored == [["2", 5, None], ["3", 5, 5]]
    later = await register(registry, nodes=[run(3, endedAt=4), run(2, endedAt=9)])
    assert codes(later) == ["BAD_VALUE", None]
    assert [item.error.path for item in later.items if item.error] == ["nodes[0].run.endedAt"]
    assert codes(await register(registry, "another", nodes=[run(3, endedAt=4)])) == [None]


async def test_who_may_enter_a_repository_is_not_stored(registry: Registry, graph: Graph) -> None:
    spelt = ("git+https://user:t0ken@host.example/team/code", "https://user:t0ken@host.example:x/code")
    result = await register(registry, nodes=[{"commit": {"repository": each, "sha": "1"}} for each in spelt])
    assert codes(result) == [None, "BAD_KEY"]
    refusal = result.items[1].error
    assert refusal
    assert refusal.path == "nodes[1].commit.repository"
    assert "t0ken" not in refusal.message
    [[stored, found]] = await rows(graph, "MATCH (n:CodeCommit) RETURN n.repository, n.searchText")
    assert stored == "https://host.example/team/code"
    assert "t0ken" not in found


async def test_absent_leaves_and_null_clears(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(1, name="x", status="FINISHED")])
    assert statuses(await register(registry, nodes=[run(1)])) == ["UNCHANGED"]
    assert statuses(await register(registry, nodes=[run(1, name=None)])) == ["UPDATED"]
    stored = await one(graph, "Run", runId="1")
    assert ("name" in stored, stored["status"]) == (False, "FINISHED")


async def test_what_was_said_before_is_kept_as_a_statement(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(1, name="x")])
    first = await one(graph, "Run", runId="1")
    await register(registry, nodes=[run(1, name="y")])
    second = await one(graph, "Run", runId="1")
    [[kept]] = await rows(graph, "MATCH (s:Statement)-[:ABOUT]->(:Run) RETURN properties(s)")
    assert json.loads(kept["word"]) == {"name": "x"}
    assert (kept["recordedAt"], kept["supersededAt"]) == (first["recordedAt"], second["recordedAt"])


async def test_two_sources_stand_side_by_side_and_the_newest_word_shows(registry: Registry, graph: Graph) -> None:
    await register(registry, "a", nodes=[run(1, name="x", status="RUNNING")])
    assert statuses(await register(registry, "b", nodes=[run(1, name="y")])) == ["UPDATED"]
    assert statuses(await register(registry, "a", nodes=[run(1, name="x")])) == ["UNCHANGED"]
    stored = await one(graph, "Run", runId="1")
    assert (stored["name"], stored["status"], stored["source"], stored["statements"]) == ("y", "RUNNING", "b", 2)
    await register(registry, "b", nodes=[run(1, name=None)])
    stored = await one(graph, "Run", runId="1")
    assert (stored["name"], stored["status"]) == ("x", "RUNNING")
    words = await rows(
        graph, "MATCH (s:Statement) WHERE s.supersededAt IS NULL RETURN s.source, s.word ORDER BY s.source"
    )
    assert [(source, json.loads(word)) for source, word in words] == [
        ("a", {"name": "x", "status": "RUNNING"}),
        ("b", {}),
    ]


async def test_the_later_claim_of_two_counts(registry: Registry, graph: Graph) -> None:
    await register(registry, "a", nodes=[version(1, claimedStage="PRODUCTION", claimedStageSince=10**11)])
    await register(registry, "b", nodes=[version(1, claimedStage="STAGING", claimedStageSince=10**11 - 1)])
    stored = await one(graph, "ModelVersion", version="1")
    assert (stored["stage"], stored["claimedStage"], stored["claimedStageSince"]) == (
        "PRODUCTION",
        "PRODUCTION",
        10**11,
    )
    await register(registry, "b", nodes=[version(1, claimedStage="ARCHIVED", claimedStageSince=10**11 - 1)])
    assert (await one(graph, "ModelVersion", version="1"))["stage"] == "PRODUCTION"
    await register(registry, "a", nodes=[version(1, claimedStage=None)])
    assert (await one(graph, "ModelVersion", version="1"))["stage"] == "ARCHIVED"
    await register(registry, "b", nodes=[version(1, claimedStage=None)])
    assert (await one(graph, "ModelVersion", version="1"))["stage"] == "DEVELOPMENT"


async def test_a_digest_never_changes(registry: Registry, graph: Graph) -> None:
    other = "sha256:" + "1" * 64
    await register(registry, "a", nodes=[version(1, manifestDigest=SHA)])
    for source in "ab":
        result = await register(registry, source, nodes=[version(1, manifestDigest=other), version(2)])
        assert codes(result) == ["FIXED_VALUE", None]
        assert result.items[0].error
        assert result.items[0].error.path == "nodes[0].modelVersion.manifestDigest"
        assert SHA in result.items[0].error.message
        assert other in result.items[0].error.message
    assert codes(await register(registry, "a", nodes=[version(1, manifestDigest=None)])) == ["FIXED_VALUE"]
    assert statuses(await register(registry, "b", nodes=[version(1, manifestDigest=SHA)])) == ["UPDATED"]
    assert (await one(graph, "ModelVersion", version="1"))["manifestDigest"] == SHA


async def test_a_changed_relationship_leaves_the_old_one_retracted(registry: Registry, graph: Graph) -> None:
    await register(registry, relationships=[used(1, 1)])
    result = await register(registry, relationships=[used(1, 1, confidence=0.5)])
    assert statuses(result) == ["UPDATED"]
    live = await rows(graph, "MATCH ()-[r:TRAINED_ON]->() RETURN r.confidence, r.recordedAt, r.retractedAt")
    old = await rows(graph, "MATCH ()-[r:TRAINED_ON_RETRACTED]->() RETURN r.confidence, r.retractedAt, r.retractedBy")
    assert [[confidence, retracted] for confidence, _, retracted in live] == [[0.5, None]]
    assert old == [[1.0, live[0][1], LOCAL.uid]]


async def test_a_document_names_what_there_is_by_id(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[version(1)])
    document = {"digest": SHA, "kind": "MODEL_CARD"}
    known = to_id("ModelVersion", uid("ModelVersion", ("n", "m", "1")))
    unknown = to_id("ModelVersion", "0" * 64)
    result = await register(
        registry,
        nodes=[
            {"document": {**document, "about": {"id": unknown}}},
            {"document": {**document, "about": {"id": known}}},
        ],
    )
    assert codes(result) == ["NOT_FOUND", None]
    assert statuses(result) == ["REJECTED", "CREATED"]
    assert await rows(graph, "MATCH (:Document)-[:DESCRIBES]->(n) RETURN n.version") == [["1"]]
    result = await register(
        registry, nodes=[{"document": {**document, "about": {"model": {"namespace": "n", "name": "m"}}}}]
    )
    assert statuses(result) == ["UPDATED"]  # it is about another thing too


async def test_an_evaluation_ran_on_one_data_at_most(registry: Registry, graph: Graph) -> None:
    key = {"modelVersion": {"namespace": "n", "name": "m", "version": "1"}, "name": "e", "evaluatedAt": 1}
    live = "MATCH (:Evaluation)-[:EVALUATED_ON]->(d) RETURN d.version"
    for data, expected, status in ((1, [["1"]], "CREATED"), (2, [["2"]], "UPDATED"), (2, [["2"]], "UNCHANGED")):
        result = await register(registry, nodes=[{"evaluation": {**key, "data": data_key(data)}}])
        assert (statuses(result), await rows(graph, live)) == ([status], expected)
    assert statuses(await register(registry, nodes=[{"evaluation": key}])) == ["UNCHANGED"]
    assert await rows(graph, live) == [["2"]]
    assert statuses(await register(registry, nodes=[{"evaluation": {**key, "data": None}}])) == ["UPDATED"]
    assert await rows(graph, live) == []
    result = await register(registry, nodes=[{"evaluation": {**key, "data": data_key(each)}} for each in (1, 2)])
    assert codes(result) == [None, "CONTRADICTION"]
    left = "MATCH (d:DatasetVersion) WHERE d.retractedAt IS NULL RETURN d.version ORDER BY d.version"
    assert await rows(graph, left) == [["1"]]  # nobody describes or names the other any more


async def test_namespaces_of_the_registrations_that_named_it(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(1)], relationships=[used(1, 1)])
    await register(registry, "t", namespace="team", relationships=[used(1, 1)])
    await register(registry, "t", namespace="team", relationships=[used(1, 1)])
    assert (await one(graph, "Run", runId="1"))["namespaces"] == ["default", "team"]
    assert "namespaces" not in await one(graph, "DatasetVersion", version="1")


async def test_atomic_is_all_or_nothing(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[version(1, manifestDigest=SHA)])
    for bad in (run(""), version(1, manifestDigest="sha256:" + "1" * 64)):
        result = await register(registry, atomic=True, nodes=[bad, run(1)], relationships=[used(1, 1)])
        assert statuses(result) == ["REJECTED"] * 3
        assert codes(result)[1:] == ["BATCH_ABORTED"] * 2
        assert await rows(graph, "MATCH (n:Run) RETURN n") == []
    assert statuses(await register(registry, atomic=True, nodes=[run(1)])) == ["CREATED"]


async def test_a_source_is_one_store(registry: Registry, graph: Graph) -> None:
    await register(registry)
    await register(registry, store="one", expectedEvery=60)
    await register(registry)
    with pytest.raises(RegistrationRefused, match="--source") as refused:
        await register(registry, store="two", nodes=[run(1)])
    assert refused.value.code is ErrorCode.SOURCE_MISMATCH
    assert await rows(graph, "MATCH (n:Run) RETURN n") == []
    source = await one(graph, "Source", name="s")
    assert (source["store"], source["expectedEvery"]) == ("one", 60)
