"""A graph of version 1 is upgraded: what it then tells of the past is what version 2 would have kept of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.service import LOCAL
from app.graph.driver import Graph
from app.graph.migrations import migrate, schema_version
from app.registry.service import Registry
from app.registry.upgrading import STEPS, keep_the_past
from app.settings import Settings
from app.wiring import open_services
from graph_schema.nodes import DESCRIBED
from graph_schema.relationships import SCHEMA
from tests.engines.registered import Clock, Item, made, register, rows, run, used, version
from tests.engines.test_writing_model import SOURCES, Example, calls, retractions
from tests.reference.registrations import Call, TakingBack
from tests.servers.engines import Engines

CLAIMS = ("claims", "stageTimes", "stages")
BY_PAGES = {2: partial(keep_the_past, page=2, group=1)}
"""The step, as it goes over more nodes than it looks at together."""


@dataclass
class Past:
    """What a graph tells of the past.

    Attributes:
        snapshots: by uid, the properties of each and the uids of the nodes that it is of.
        claims: by the uid of a version, what it keeps of claims.
    """

    snapshots: dict[str, tuple[dict[str, Any], list[str]]] = field(default_factory=dict)
    claims: dict[str, list[Any]] = field(default_factory=dict)


async def past_of(graph: Graph) -> Past:
    found = await rows(
        graph, "MATCH (p:Snapshot) OPTIONAL MATCH (p)-[:SNAPSHOT_OF]->(n) RETURN p.uid, p, collect(n.uid)"
    )
    claims = await rows(graph, f"MATCH (n:ModelVersion) RETURN n.uid, {', '.join(f'n.{name}' for name in CLAIMS)}")
    shown = {
        uid: ({name: value for name, value in snapshot.items() if value is not None}, about)
        for uid, snapshot, about in found
    }
    return Past(shown, {uid: kept for uid, *kept in claims})


def knowable(past: Past) -> Past:
    """What can be known again: no state that nobody could ever see, and not in which scopes a word was said when."""
    return Past(
        {
            uid: ({name: value for name, value in shown.items() if name != "scopes"}, about)
            for uid, (shown, about) in past.snapshots.items()
            if shown["recordedAt"] < shown["recordedUntil"]
        },
        past.claims,
    )


async def back_to_one(graph: Graph) -> None:
    """Makes of the graph what version 1 would have made of the same registrations."""
    await graph.execute("MATCH (p:Snapshot) DETACH DELETE p")
    await graph.execute(
        "MATCH (n:ModelVersion) SET n.claims = null, n.stageTimes = null, n.stages = null, n.stageDue = null"
    )
    await graph.execute("MATCH (v:SchemaVersion) SET v.version = 1")


@pytest.fixture
async def registry(migrated: Graph) -> Registry:
    return Registry(migrated, Clock())


async def retract(registry: Registry, source: str, *nodes: Item, relationships: list[Item] | None = None) -> None:
    body = {"source": source, "nodes": list(nodes), "relationships": relationships or []}
    assert {item.status for item in await registry.retract(body, LOCAL)} == {"RETRACTED"}


async def a_history(registry: Registry) -> None:
    """Registrations after which there is something of all that a step tells."""
    await register(registry, "a", relationships=[made(1, 1), used(1, 1)])
    await register(registry, "a", nodes=[version(1, claimedStage="STAGING"), run(1, name="x", parameters={"b": [1.0]})])
    await register(
        registry, "b", nodes=[version(1, claimedStage="PRODUCTION", claimedStageSince=5), run(1, status="s")]
    )
    await register(registry, "a", nodes=[version(1, claimedStage=None, description="d"), version(2)])
    await retract(registry, "b", version(1), run(1))
    await retract(registry, "a", version(1), version(2), run(1))
    await retract(registry, "a", relationships=[made(1, 1), used(1, 1)])
    await register(registry, "c", relationships=[made(1, 1), made(1, 2)])
    await register(registry, "c", nodes=[version(1, claimedStage="RETIRED")])
    for number in range(3):
        await register(registry, "c", nodes=[version(3, description="d", framework=str(number))])
    await register(registry, "c", nodes=[version(4, claimedStage="STAGING")])


@given(st.lists(st.one_of(calls(), calls(), retractions()), min_size=1, max_size=12))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_the_past_is_what_would_have_been_kept(migrated: Graph, said: list[Call | TakingBack]) -> None:
    example = Example(migrated)
    example.registry = Registry(migrated, Clock())
    for each in [*(Call(source, "", {}, {}) for source in SOURCES), *said]:
        await (example.take_back(each) if isinstance(each, TakingBack) else example.call(each))
    kept = await past_of(migrated)
    await back_to_one(migrated)
    assert await migrate(migrated, steps={2: partial(keep_the_past, page=50, group=7)})
    told = await past_of(migrated)
    assert knowable(told) == knowable(kept)
    assert len(told.snapshots) == len(knowable(kept).snapshots)  # and nothing else


async def test_the_history_tells_of_everything(registry: Registry, migrated: Graph) -> None:
    await a_history(registry)
    kept = await past_of(migrated)
    shown = [snapshot for snapshot, _ in kept.snapshots.values()]
    assert {snapshot["undescribed"] for snapshot in shown} == {True, False}
    assert {snapshot.get("statements", 0) for snapshot in shown} >= {0, 2}
    assert {"since", "claims", "retractedAt", "retractedBy", "namespaces", "parameters"} <= {
        name for snapshot in shown for name in snapshot
    }
    assert {each[0] is None for each in kept.claims.values()} == {True, False}


async def test_in_which_scope_and_namespace_a_thing_was_named_is_known_as_of_now_only(
    registry: Registry, migrated: Graph
) -> None:
    await register(registry, "a", namespace="n1", scope="x", nodes=[run(1, name="x")])
    await register(registry, "b", namespace="n2", nodes=[run(1, status="s")])
    await register(registry, "a", namespace="n3", scope="y", nodes=[run(1, name="x")])
    before = await past_of(migrated)
    await register(registry, "b", namespace="n3", nodes=[run(1, status="t")])
    [(first, _)] = before.snapshots.values()
    assert (first["namespaces"], first["scopes"]) == (["n1", "n2"], ["x"])
    await back_to_one(migrated)
    assert await migrate(migrated, steps=STEPS)
    told = sorted(
        (each for each, _ in (await past_of(migrated)).snapshots.values()), key=lambda each: each["recordedAt"]
    )
    assert [(each["namespaces"], each.get("scopes")) for each in told] == [
        (["n1", "n2", "n3"], ["x", "y"]),
        (["n1", "n2", "n3"], None),
    ]
    assert [each["name"] for each in told] == ["x", "x"]
    assert told[0]["recordedUntil"] == told[1]["recordedAt"]


async def test_an_empty_graph_has_no_past(graph: Graph) -> None:
    assert await migrate(graph, steps=STEPS)
    assert await schema_version(graph) == SCHEMA.version
    assert await past_of(graph) == Past()


@pytest.mark.parametrize("after", range(1, 5))
async def test_what_was_killed_is_begun_anew(registry: Registry, migrated: Graph, after: int) -> None:
    await a_history(registry)
    kept = await past_of(migrated)
    await back_to_one(migrated)
    writes: list[str] = []

    def kill(text: str, _: object) -> None:
        if "SNAPSHOT_OF" in text or "SET n += row[2]" in text:
            writes.append(text)
            if len(writes) > after:
                raise RuntimeError("as if the service were killed")

    stop = migrated.on_statement(kill)
    try:
        with pytest.raises(RuntimeError):
            await migrate(migrated, steps=BY_PAGES)
    finally:
        stop()
    assert await schema_version(migrated) == 1
    assert await past_of(migrated) not in (Past(), kept)
    assert await migrate(migrated, steps=BY_PAGES)
    assert knowable(await past_of(migrated)) == knowable(kept)


async def test_of_large_histories_one_is_looked_at_alone(
    registry: Registry, migrated: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_history(registry)
    kept = await past_of(migrated)
    await back_to_one(migrated)
    monkeypatch.setattr("app.registry.upgrading.STATEMENT_BYTES", 10)
    spoken_of = {about for (about,) in await rows(migrated, "MATCH (s:Statement) RETURN DISTINCT s.about")}
    looks: list[set[str]] = []

    def note(text: str, parameters: Mapping[str, Any]) -> None:
        if text.endswith("s.retractedBy"):
            looks.append(spoken_of & set(parameters.get("p", parameters)["uids"]))

    stop = migrated.on_statement(note)
    try:
        await keep_the_past(migrated)
    finally:
        stop()
    assert sorted(uid for look in looks for uid in look) == sorted(spoken_of)
    assert max(map(len, looks)) == 1
    assert knowable(await past_of(migrated)) == knowable(kept)


async def test_of_two_at_once_one_does_it(registry: Registry, migrated: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.graph.migrations._LEASE", 600_000_000)  # it does not end on a machine that is busy
    await a_history(registry)
    kept = await past_of(migrated)
    await back_to_one(migrated)
    assert sorted(await asyncio.gather(*(migrate(migrated, steps=BY_PAGES) for _ in range(2)))) == [False, True]
    assert knowable(await past_of(migrated)) == knowable(kept)


async def test_two_that_do_it_at_once_do_no_harm(registry: Registry, migrated: Graph) -> None:
    await a_history(registry)
    kept = await past_of(migrated)
    await back_to_one(migrated)
    await asyncio.gather(*(keep_the_past(migrated) for _ in range(2)))
    assert knowable(await past_of(migrated)) == knowable(kept)


async def test_done_again_it_changes_nothing_that_was_kept_since(registry: Registry, migrated: Graph) -> None:
    await a_history(registry)
    await back_to_one(migrated)
    assert await migrate(migrated, steps=STEPS)
    await register(registry, "b", scope="x", nodes=[version(1, claimedStage="STAGING")])
    await register(registry, "c", scope="y", nodes=[version(1, claimedStage="RETIRED")])
    kept = await past_of(migrated)
    await keep_the_past(migrated)
    assert await past_of(migrated) == kept


class Overtaken:
    """A graph on which another service, which has upgraded it too, changes a version before its claims are written."""

    def __init__(self, graph: Graph, registry: Registry) -> None:
        self.engine = graph.engine
        self._graph = graph
        self._registry = registry
        self._looked = False
        self.changed: Past | None = None

    async def read(self, statement: Any, *parameters: Any, **options: Any) -> list[list[Any]]:
        self._looked |= "n.claimedStageSince" in statement
        return await self._graph.read(statement, *parameters, **options)

    async def write(self, work: Any, **options: Any) -> None:
        if self._looked and self.changed is None:
            await keep_the_past(self._graph)
            await register(self._registry, "c", nodes=[version(1, claimedStage="SHADOW")])
            self.changed = await past_of(self._graph)
        await self._graph.write(work, **options)


async def test_what_another_service_changed_since_stays(registry: Registry, migrated: Graph) -> None:
    await a_history(registry)
    await back_to_one(migrated)
    overtaken = Overtaken(migrated, registry)
    await keep_the_past(cast("Graph", overtaken))
    assert await past_of(migrated) == overtaken.changed


async def test_a_service_upgrades_the_graph_that_it_is_opened_on(
    registry: Registry, migrated: Graph, engines: Engines, tmp_path: Path
) -> None:
    await a_history(registry)
    kept = await past_of(migrated)
    await back_to_one(migrated)
    named: dict[str, Any] = {"_env_file": None, "limit_seconds": 60, "home": tmp_path}
    if migrated.engine.kind == "arcadedb":
        named["home"] = engines.home
    else:
        place = migrated.endpoint
        named |= {"graph_url": place.url, "graph_database": place.database}
        named |= {"graph_user": place.user, "graph_password": place.password}
    async with open_services(Settings(**named)):
        assert knowable(await past_of(migrated)) == knowable(kept)


async def test_of_each_label_that_has_things_a_line_is_logged(
    registry: Registry, migrated: Graph, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_history(registry)
    await back_to_one(migrated)
    assert await migrate(migrated, steps=STEPS)
    lines = [line for line in capsys.readouterr().out.splitlines() if "upgraded" in line]
    labels = [node.label for node in DESCRIBED if any(f"label={node.label}" in line.split() for line in lines)]
    assert labels == ["Dataset", "DatasetVersion", "Run", "Model", "ModelVersion", "Actor"]
    assert len(lines) == len(labels)
