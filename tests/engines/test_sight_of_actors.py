"""An actor is seen where they acted: neither where they merely may act, nor by the rest of what they see."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.access.service import LOCAL, Caller
from app.graph.driver import Graph
from app.registry.service import Registry
from graph_schema.identity import to_id
from tests.engines.registered import Clock, Item, one, rows
from tests.engines.test_sight import Portal

BOTH = replace(LOCAL, subject="both", sight=("churn", "fraud"))
ALL = replace(LOCAL, subject="all")
ACTORS = """query Q($id: ID!) {
  actors { totalCount edges { node { subject namespaces } } } node(id: $id) { ... on Actor { subject } }
}"""


@pytest.fixture
def registry(migrated: Graph) -> Registry:
    return Registry(migrated, Clock())


def run(team: str) -> Item:
    return {"run": {"source": team, "runId": f"{team}-r"}}


async def register(registry: Registry, caller: Caller, namespace: str, **body: Any) -> None:
    asked = {"source": f"{caller.subject}-{namespace}", "namespace": namespace, "nodes": [run(namespace)], **body}
    assert {item.status for item in (await registry.register(asked, caller)).items} <= {"CREATED", "UPDATED"}


async def shown(graph: Graph, actor: Caller, *sight: str) -> list[str] | None:
    """The namespaces of an actor as who sees these is shown them; None where they find it in no way."""
    by = replace(LOCAL, subject="asks", sight=sight)
    found = (await Portal(graph).ask(by, ACTORS, id=to_id("Actor", actor.uid)))["data"]
    listed = [edge["node"] for edge in found["actors"]["edges"]]
    assert found["actors"]["totalCount"] == len(listed)
    mine = [each["namespaces"] for each in listed if each["subject"] == actor.subject]
    assert (found["node"] is not None) == bool(mine)
    return mine[0] if mine else None


async def namespaces_of(graph: Graph, actor: Caller) -> list[str]:
    return (await one(graph, "Actor", uid=actor.uid))["namespaces"]


async def test_who_acts_in_one_namespace_is_not_shown_to_another(registry: Registry, migrated: Graph) -> None:
    await register(registry, BOTH, "fraud")
    assert await shown(migrated, BOTH, "churn") is None
    assert await shown(migrated, BOTH, "fraud") == ["fraud"]


async def test_who_sees_all_is_shown_where_they_registered(registry: Registry, migrated: Graph) -> None:
    await register(registry, ALL, "fraud")
    assert await shown(migrated, ALL, "fraud") == ["fraud"]
    assert await shown(migrated, ALL, "default") is None


async def test_who_acts_in_another_namespace_is_shown_there_too(registry: Registry, migrated: Graph) -> None:
    await register(registry, BOTH, "fraud")
    await register(registry, BOTH, "churn", dryRun=True)
    assert await shown(migrated, BOTH, "churn") is None, "a dry run leaves no trace"
    await register(registry, BOTH, "churn")
    assert await shown(migrated, BOTH, "churn") == ["churn"]
    assert await shown(migrated, BOTH, "fraud", "churn") == ["fraud", "churn"]


async def test_what_a_batch_names_elsewhere_is_not_where_its_caller_acts(registry: Registry, migrated: Graph) -> None:
    """As a run that it names is in the namespace of the registration, and in none of its data."""
    used = {"used": {**run("churn"), "data": {"namespace": "fraud", "name": "d", "version": "1"}}}
    await register(registry, BOTH, "churn", relationships=[used])
    assert await namespaces_of(migrated, BOTH) == ["churn"]


async def test_who_acts_where_they_acted_before_writes_nothing_to_their_node(
    registry: Registry, migrated: Graph
) -> None:
    await register(registry, BOTH, "fraud")
    await migrated.execute("MATCH (a:Actor) SET a.lock = 'untouched'")
    await register(registry, BOTH, "fraud", nodes=[run("other")])
    items = await registry.retract({"source": "both-fraud", "nodes": [run("other")]}, BOTH)
    assert [item.status for item in items] == ["RETRACTED"]
    assert (await one(migrated, "Actor", uid=BOTH.uid))["lock"] == "untouched"


@pytest.mark.parametrize("known", (False, True), ids=("new", "known"))
async def test_two_registrations_at_once_lose_neither_namespace(
    registry: Registry, migrated: Graph, known: bool
) -> None:
    names = ["churn", "fraud", "more", "other"]
    if known:
        await register(registry, ALL, "before")
    await asyncio.gather(*(register(registry, ALL, name) for name in names))
    assert sorted(await namespaces_of(migrated, ALL)) == sorted([*names, *(["before"] if known else [])])
    assert await rows(migrated, "MATCH (a:Actor) RETURN count(a)") == [[1]]


async def test_who_takes_something_back_is_shown_where_it_is(registry: Registry, migrated: Graph) -> None:
    data = {"namespace": "churn", "name": "d", "version": "1"}
    await register(registry, LOCAL, "fraud", source="s", nodes=[run("fraud"), {"datasetVersion": {**data, "rows": 1}}])
    used: list[Item] = [{"used": {**run("more"), "data": {**data, "namespace": "base"}}}]
    await register(registry, LOCAL, "more", source="s", relationships=used)
    never = {"datasetVersion": {**data, "namespace": "never"}}
    for namespace, taken in (
        ("churn", {"nodes": [{"datasetVersion": data}, never]}),
        ("fraud", {"nodes": [run("fraud")]}),
        ("more", {"relationships": used}),
    ):
        await registry.retract({"source": "s", "dryRun": True, **taken}, ALL)
        assert await shown(migrated, ALL, namespace) is None
        items = await registry.retract({"source": "s", **taken}, ALL)
        assert items[0].status == "RETRACTED"
        assert await shown(migrated, ALL, namespace) == [namespace]
    assert await namespaces_of(migrated, ALL) == ["churn", "fraud", "more"]


async def test_what_is_taken_back_tells_of_no_namespace_out_of_sight(registry: Registry, migrated: Graph) -> None:
    for namespace in ("churn", "secret"):
        await register(registry, LOCAL, namespace, nodes=[run("shared")])
    await register(registry, BOTH, "churn", source="mine", nodes=[{"run": {**run("shared")["run"], "name": "n"}}])
    items = await registry.retract({"source": "mine", "nodes": [run("shared")]}, BOTH)
    assert [item.status for item in items] == ["RETRACTED"]
    assert await namespaces_of(migrated, BOTH) == ["churn"]


async def test_who_takes_nothing_back_is_shown_nowhere(registry: Registry, migrated: Graph) -> None:
    await register(registry, LOCAL, "fraud", source="s")
    await registry.retract({"source": "s", "nodes": [run("never")]}, ALL)
    assert await namespaces_of(migrated, ALL) == []
    assert await shown(migrated, ALL, "default", "fraud") is None


async def test_who_was_recorded_before_keeps_what_they_have(registry: Registry, migrated: Graph) -> None:
    await register(registry, BOTH, "fraud")
    await migrated.execute("MATCH (a:Actor {uid: $uid}) SET a.namespaces = ['default']", {"uid": BOTH.uid})
    await register(registry, BOTH, "churn")
    assert await namespaces_of(migrated, BOTH) == ["default", "churn"]


async def test_who_describes_an_actor_is_not_told_that_it_acted_before(registry: Registry) -> None:
    """As nobody is told that the service has had the bytes of a digest: others' words alone were there before."""
    zoe, zob = (Caller("people", subject, sight=("fraud",)) for subject in ("zoe", "zob"))
    await register(registry, zoe, "fraud")
    for actor in (zoe, zob):
        said = {"actor": {"issuer": "people", "subject": actor.subject, "active": True}}
        asked = {"source": "churn-s", "namespace": "churn", "nodes": [said]}
        [item] = (await registry.register(asked, replace(LOCAL, subject="churn", sight=("churn",)))).items
        assert item.status == "CREATED"
