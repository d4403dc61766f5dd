"""Who guesses the key of something hidden learns nothing from the guess: not whether it is there, nor who named it."""

from dataclasses import replace
from typing import Any

import pytest

from app.access.roles import Role
from app.access.service import LOCAL
from app.graph.driver import Graph
from app.registry.service import Registry
from graph_schema.identity import to_id, uid
from tests.engines.registered import SHA, Clock, Item, rows
from tests.engines.test_sight import OURS, THEIRS, Portal, data, model, register

RUN: Item = {"run": {"source": "x", "runId": "1", "name": "n"}}
SAID: list[Item] = [
    RUN,
    {"commit": {"repository": "https://h/p", "sha": "c", "author": "a"}},
    {"artifact": {"digest": SHA, "bytes": 3}},
    {"endpoint": {"environment": "p", "name": "e", "url": "https://e.example"}},
    {"actor": {"issuer": "i", "subject": "s", "displayName": "d"}},
    {"document": {"about": {"modelVersion": model("ours")["modelVersion"]}, "digest": SHA, "kind": "MODEL_CARD"}},
    {"evaluation": {**model("ours"), "name": "v", "evaluatedAt": 1}},
    {"deployment": {"endpoint": {"environment": "p", "name": "e"}, **model("ours"), "startedAt": 1}},
]
"""One of each thing whose key holds no namespace of who hides it."""


@pytest.fixture
def registry(migrated: Graph) -> Registry:
    return Registry(migrated, Clock())


async def test_a_dry_run_tells_no_hidden_thing_from_none(registry: Registry, migrated: Graph) -> None:
    def statuses(result: Any) -> list[str]:
        return [item.status for item in result.items]

    tried = {"nodes": [*SAID, RUN], "dryRun": True}
    await register(registry, OURS, nodes=[model("ours")])
    before = statuses(await register(registry, OURS, **tried))
    everybody = replace(LOCAL, subject="both", sight=("ours", "secret"))
    body = {"source": "both-s", "namespace": "secret", "nodes": SAID}
    assert set(statuses(await registry.register(body, everybody))) == {"CREATED"}
    assert statuses(await register(registry, OURS, **tried)) == before
    assert before == [*["CREATED"] * len(SAID), "UNCHANGED"]
    known = statuses(await registry.register({**body, "source": "z", "dryRun": True}, everybody))
    assert set(known) == {"UPDATED"}, "who sees them is told"
    [[namespaces]] = await rows(migrated, "MATCH (n:Run) RETURN n.namespaces")
    assert namespaces == ["secret"]
    assert statuses(await register(registry, OURS, nodes=SAID)) == ["UPDATED"] * len(SAID), "it is on record"


CHANGES = """query Q($subject: NodeRef!) {
  changes(subject: $subject, from: "1970-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z") {
    edges { node { kind source relationship { type } } }
  }
}"""


async def test_who_only_named_a_version_is_not_told(registry: Registry, migrated: Graph) -> None:
    await register(registry, OURS, nodes=[{"datasetVersion": {**data("ours"), "rows": 1}}, model("ours")])
    derived = {"derivedFrom": {"data": data("secret"), "from": data("ours")}}
    based = {"basedOn": {**model("secret"), "base": model("ours")["modelVersion"]}}
    await register(registry, THEIRS, relationships=[derived, based])
    await register(registry, replace(OURS, sight=("ours",)), relationships=[], nodes=[model("ours", framework="f")])
    portal = Portal(migrated)
    for kind, of in (("datasetVersion", data("ours")), ("modelVersion", model("ours")["modelVersion"])):
        family = {kind.removesuffix("Version"): {name: of[name] for name in ("namespace", "name")}}
        for subject in ({kind: of}, family):
            sources: dict[str, set[str]] = {}
            for who in (OURS, replace(LOCAL, subject="all")):
                found = await portal.ask(who, CHANGES, subject=subject)
                assert "errors" not in found
                edges = found["data"]["changes"]["edges"]
                sources[who.subject] = {edge["node"]["source"] for edge in edges}
            assert sources == {"ours": {"ours-s"}, "all": {"ours-s", "secret-s"}}


async def test_whether_a_person_acted_is_told_to_who_may_list_people(registry: Registry, migrated: Graph) -> None:
    await register(registry, OURS, nodes=[{"actor": {"issuer": "i", "subject": "s"}}, model("ours")])
    person, version = to_id("Actor", uid("Actor", ("i", "s"))), to_id("ModelVersion", uid("ModelVersion", KEY))
    query = "query Q($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }"
    shown: dict[Role, Any] = {}
    for role in (Role.VIEWER, Role.ENGINEER):
        caller = replace(OURS, roles=frozenset({role}))
        shown[role] = (await Portal(migrated).ask(caller, query, id=person, ids=[version, person]))["data"]
    assert shown[Role.ENGINEER] == {"node": {"id": person}, "nodes": [{"id": version}, {"id": person}]}
    assert shown[Role.VIEWER] == {"node": None, "nodes": [{"id": version}, None]}


KEY = tuple(model("ours")["modelVersion"][name] for name in ("namespace", "name", "version"))
