"""Two teams on one graph: what each may register, take back and ask, and that neither learns of the other."""

import base64
import binascii
import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from app.access.service import LOCAL, Caller
from app.compiler.plans import Plans
from app.errors import ErrorCode
from app.graph.driver import Graph
from app.lineage.service import Lineage
from app.operations.execution import Asked, Operations
from app.operations.limits import DocumentLimits
from app.registry.answering import Registrar
from app.registry.graph import Inventory
from app.registry.request import RegistrationRefused
from app.registry.service import RegisterResult, Registry
from app.registry.upgrading_sources import tell_where_sources_speak
from graph_schema.identity import to_id, uid
from tests.contexts import context_of
from tests.engines.registered import SHA, Clock, Item, codes, rows, statuses
from tests.published import PUBLISHED

OURS, THEIRS = (replace(LOCAL, subject=name, sight=(name,)) for name in ("ours", "secret"))
OF_SECRET = SHA[:-1] + "1"
WHEN = "2026-01-01T00:00:00Z"


def data(team: str, name: str = "d") -> Item:
    return {"namespace": team, "name": f"{team}-{name}", "version": "1"}


def model(team: str, **fields: Any) -> Item:
    return {"modelVersion": {"namespace": team, "name": f"{team}-m", "version": "1", **fields}}


def run(team: str) -> Item:
    return {"run": {"source": team, "runId": f"{team}-r"}}


def made(team: str, base: str = "") -> list[Item]:
    """A model trained on data, by way of a run; perhaps from another team's."""
    links: list[Item] = [
        {"used": {**run(team), "data": data(team)}},
        {"produced": {**run(team), **model(team)}},
        {"builtFrom": {**run(team), "commit": {"repository": f"https://h/{team}", "sha": "c"}}},
        {"contains": {**model(team), "artifact": OF_SECRET if team == "secret" else SHA, "path": f"{team}.bin"}},
    ]
    return [*links, {"basedOn": {**model(team), "base": model(base)["modelVersion"], "how": base}}] if base else links


@pytest.fixture
def registry(migrated: Graph) -> Registry:
    return Registry(migrated, Clock())


async def register(registry: Registry, caller: Caller, **body: Any) -> RegisterResult:
    return await registry.register({"source": f"{caller.subject}-s", "namespace": caller.subject, **body}, caller)


async def fill(registry: Registry) -> None:
    """Both teams' models; ours are made from theirs, which serve beside ours."""
    for caller in (THEIRS, OURS):
        team = caller.subject
        digest = OF_SECRET if team == "secret" else SHA
        deployed = {"endpoint": {"environment": "p", "name": f"{team}-e"}, **model(team), "startedAt": 1}
        nodes: list[Item] = [
            model(team, claimedStage="PRODUCTION", claimedStageSince=2, framework=f"{team}-f", description=team),
            {"deployment": deployed},
            {"evaluation": {**model(team), "name": f"{team}-v", "evaluatedAt": 1, "data": data(team)}},
            {
                "document": {
                    "about": {"modelVersion": model(team)["modelVersion"]},
                    "digest": digest,
                    "kind": "MODEL_CARD",
                }
            },
            {"actor": {"issuer": "i", "subject": f"{team}-a", "displayName": team}},
        ]
        links = made(team, "secret" if team == "ours" else "")
        of = {"namespace": team, "name": f"{team}-m"}
        owner = {"owns": {"actor": {"issuer": "i", "subject": f"{team}-a"}, "model": of}}
        result = await register(registry, caller, nodes=nodes, relationships=[*links, owner], expectedEvery=1, load="l")
        assert {item.status for item in result.items} == {"CREATED"}, codes(result)


class Portal:
    """Asks the whole of the API on one graph."""

    def __init__(self, graph: Graph) -> None:
        plans = Plans()
        self.inventory, self.lineage = Inventory(graph, plans), Lineage(graph, plans)
        self.registrar = Registrar(graph, plans, Registry(graph, Clock()))
        self._operations = Operations(PUBLISHED, DocumentLimits())

    async def ask(self, caller: Caller, document: str, **variables: Any) -> dict[str, Any]:
        return (await self._operations.run(Asked(document, variables), context_of(self, caller))).body


def told(body: Any) -> str:
    """An answer with all that is coded in it: cursors and ids hold sort values and uids."""
    text = json.dumps(body)
    found = [text]
    for each in re.findall(r'"([A-Za-z0-9_-]{16,}={0,2})"', text):
        with suppress(binascii.Error):
            found.append(base64.urlsafe_b64decode(each + "=" * (-len(each) % 4)).decode("utf-8", "replace"))
    return "".join(found)


STALE = "completeness { complete staleSources { name store namespaces } }"
LISTED = f"totalCount pageInfo {{ startCursor endCursor }} {STALE}"
SERVED = (
    '{ servedAt(endpoint: { endpoint: { environment: "p", name: "secret-e" } }, at: "2026-01-01T00:00:00Z") '
    "{ totalCount } }"
)
SECRETS = (
    *(
        f"{{ {name}(first: 100) {{ {LISTED} namespaces: facet(by: NAMESPACE) {{ values {{ value count }} }} "
        f"sources: facet(by: SOURCE) {{ values {{ value }} }} edges {{ cursor node {{ {shown} }} }} }} }}"
        for name, shown in {
            "datasets": "name versions { totalCount }",
            "datasetVersions": "name consumingRuns { totalCount } evaluations { edges { cursor node { name } } }",
            "runs": "runId namespaces trainingData { edges { node { name } } } outputs { edges { node { id } } }",
            "commits": "repository runs { edges { node { runId } } }",
            "models": "name owners { edges { node { displayName } } }",
            "modelVersions": "name bases { totalCount edges { node { name } } } upstream { edges { node { id } } }"
            " derived { totalCount } deployments { edges { node { id } } } history { edges { node { source word } } }",
            "artifacts": "digest modelVersions { edges { node { name } } }",
            "evaluations": "name data { name } modelVersion { name }",
            "documents": "namespaces about { edges { node { id } } }",
            "endpoints": "name deployments { totalCount edges { cursor node { modelVersion { name } } } }",
            "deployments": "modelVersion { name } endpoint { name }",
            "actors": "displayName owns { totalCount }",
        }.items()
    ),
    '{ modelVersions(where: { search: "secret" }) { totalCount edges { node { name } } } }',
    '{ runs(where: { namespaces: { has: "secret" } }) { totalCount } }',
    '{ models(where: { name: { startsWith: "secr" } }) { totalCount } }',
    '{ modelVersions(where: { bases: { some: { framework: { contains: "secret" } } } }) { totalCount } }',
    '{ endpoints(where: { deployments: { some: {} }, name: { contains: "secret" } }) { totalCount } }',
    '{ modelVersion(key: { namespace: "secret", name: "secret-m", version: "1" }) { name } }',
    '{ run(key: { source: "secret", runId: "secret-r" }) { runId } }',
    '{ endpoint(key: { environment: "p", name: "secret-e" }) { name } }',
    "{ gaps { edges { node { name } gaps } } inventory { models { totalCount edges { node { name } } } } }",
    SERVED,
)  # fmt: skip
MINE = '{ modelVersion: { namespace: "ours", name: "ours-m", version: "1" } }'
WALKS = f"""{{
  lineage(start: [{MINE}], direction: UPSTREAM) {{
    nodes {{ hops node {{ __typename id ... on ModelVersion {{ name }} ... on Run {{ runId }} }} }}
    relationships {{ from {{ id __typename }} to {{ id }} relationship {{ id type source how path assertedBy }} }}
    completeness {{ complete hiddenCount frontier {{ id }} staleSources {{ name }} }}
  }}
  changes(subject: {MINE}, from: "1969-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z") {{
    edges {{ cursor node {{ kind source otherId other {{ id }} relationship {{ id how }} }} }}
  }}
}}"""


async def test_nothing_tells_of_what_is_hidden(registry: Registry, migrated: Graph) -> None:
    await fill(registry)
    portal = Portal(migrated)
    for document in SECRETS:
        answer = await portal.ask(OURS, document)
        assert "secret" not in told(answer.get("data")), document
        assert document.count('"secr') or '"ours' in json.dumps(answer["data"]), "what is ours is there"
    answer = (await portal.ask(OURS, WALKS))["data"]
    assert "secret" not in told(answer)
    # Their version, its run, its data, the commit and the artifact.
    hidden = [each["node"]["id"] for each in answer["lineage"]["nodes"] if each["node"]["__typename"] == "HiddenNode"]
    assert len(set(hidden)) == answer["lineage"]["completeness"]["hiddenCount"] == 5
    for label, key in (("ModelVersion", ("secret", "secret-m", "1")), ("Run", ("secret", "secret-r"))):
        found = await portal.ask(OURS, "query Q($id: ID!) { node(id: $id) { id } }", id=to_id(label, uid(label, key)))
        assert found["data"] == {"node": None}
        assert uid(label, key) not in told(answer)


async def test_what_is_hidden_is_refused_as_what_never_was(registry: Registry, migrated: Graph) -> None:
    await fill(registry)
    portal = Portal(migrated)
    theirs = '{ namespace: "secret", name: "secret-?", version: "1" }'
    ever = 'from: "1969-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z"'
    for name, document in (
        ("d", f"{{ impact(of: [{{ datasetVersion: {theirs} }}]) {{ totalCount }} }}"),
        ("e", SERVED.replace("secret-e", "secret-?")),
        ("m", f"{{ compare(versions: [{{ modelVersion: {theirs} }}, {MINE}]) {{ versions {{ name }} }} }}"),
        ("r", f'{{ changes(subject: {{ run: {{ source: "secret", runId: "secret-?" }} }}, {ever}) {{ __typename }} }}'),
    ):
        there = await portal.ask(OURS, document.replace("?", name))
        never = await portal.ask(OURS, document.replace("?", "x"))
        assert there["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert there["errors"] == never["errors"]


async def test_a_caller_registers_in_the_namespaces_that_it_sees(registry: Registry, migrated: Graph) -> None:
    await fill(registry)
    with pytest.raises(RegistrationRefused, match="Name one that you see: ours") as refused:
        await register(registry, OURS, namespace="default", nodes=[run("x")])
    assert (refused.value.code, refused.value.path) == (ErrorCode.FORBIDDEN, "input.namespace")
    before = await rows(migrated, "MATCH (n) WHERE n.namespace = 'secret' RETURN n.uid, properties(n) ORDER BY n.uid")
    theirs, their_id = model("secret")["modelVersion"], _id("ModelVersion", "secret", "secret-m", "1")
    result = await register(
        registry,
        OURS,
        nodes=[
            model("secret", description="x"),
            {"dataset": {"namespace": "secret", "name": "new"}},
            {"deployment": {"endpoint": {"environment": "p", "name": "e"}, **model("secret"), "startedAt": 1}},
            {"document": {"about": {"modelVersion": theirs}, "digest": SHA, "kind": "MODEL_CARD"}},
            {"document": {"about": {"id": their_id}, "digest": SHA, "kind": "MODEL_CARD"}},
            model("ours", description="new"),
        ],
        relationships=[
            {"basedOn": {**model("secret"), "base": model("ours")["modelVersion"]}},
            {"produced": {**run("ours"), **model("secret")}},
            {"owns": {"actor": {"issuer": "i", "subject": "ours-a"}, "model": {"namespace": "secret", "name": "m"}}},
            {"used": {**run("ours"), "data": data("secret", "never described")}},
        ],
    )  # fmt: skip
    assert codes(result) == [*["FORBIDDEN"] * 4, "NOT_FOUND", None, *["FORBIDDEN"] * 3, None]
    assert statuses(result)[5] == "UPDATED"
    assert "secret-s" not in json.dumps([item.error.message for item in result.items if item.error])
    after = await rows(migrated, "MATCH (n) WHERE n.namespace = 'secret' RETURN n.uid, properties(n) ORDER BY n.uid")
    assert [each for each in after if each in before] == before


async def test_a_dry_run_lets_nobody_see_what_they_may_not(registry: Registry, migrated: Graph) -> None:
    """It names a run, which is seen by whoever names it in a registration; but it registers nothing."""
    await fill(registry)
    document = """mutation M($input: RegisterLineageInput!) { registerLineage(input: $input) {
      ... on RegisterLineageResult { items { node { ... on Run { runId namespaces } } } } } }"""
    body = {"source": "ours-s", "namespace": "ours", "dryRun": True, "nodes": [run("secret"), run("ours")]}
    answer = await Portal(migrated).ask(OURS, document, input=body)
    shown = [item["node"] for item in answer["data"]["registerLineage"]["items"]]
    assert shown == [None, {"runId": "ours-r", "namespaces": ["ours"]}]


async def test_no_namespace_is_empty(registry: Registry, migrated: Graph) -> None:
    """What stands for a missing one in a statement opens nothing, wherever it may have come from."""
    await fill(registry)
    key, blank = ("secret", "secret-r"), replace(OURS, sight=("", "ours"))
    found = await Portal(migrated).ask(blank, "query Q($id: ID!) { node(id: $id) { id } }", id=_id("Run", *key))
    assert found["data"] == {"node": None}


async def test_nobody_speaks_for_a_source_that_knows_more_than_they_see(registry: Registry, migrated: Graph) -> None:
    await fill(registry)
    for source in ("secret-s", "both"):
        if source == "both":
            for caller in (THEIRS, OURS):
                team = caller.subject
                await registry.register({"source": "both", "nodes": [run(team)], "namespace": team}, LOCAL)
        with pytest.raises(RegistrationRefused, match="source name of its own") as refused:
            await register(registry, OURS, source=source, complete=True, maxRetractedShare=1.0)
        assert refused.value.code is ErrorCode.FORBIDDEN
        with pytest.raises(RegistrationRefused) as refused:
            await registry.retract({"source": source, "nodes": [{"run": {"source": "x", "runId": "x"}}]}, OURS)
        assert refused.value.code is ErrorCode.NOT_FOUND
    [[left]] = await rows(migrated, "MATCH (n) WHERE n.retractedAt IS NOT NULL RETURN count(n)")
    assert left == 0


async def test_what_another_said_is_no_more_there_to_be_taken_back_than_what_nobody_said(registry: Registry) -> None:
    await fill(registry)
    refs: list[Item] = [
        {"modelVersion": model("secret")["modelVersion"]},
        {"modelVersion": {**model("secret")["modelVersion"], "version": "2"}},
        {"id": _id("Run", "secret", "secret-r")},
        {"run": {"source": "x", "runId": "x"}},
    ]
    items = await registry.retract({"source": "ours-s", "nodes": refs, "relationships": made("secret")[:1]}, OURS)
    assert [item.error and item.error.code.value for item in items] == ["NOT_FOUND"] * 5
    assert "secret-s" not in json.dumps([item.error.message for item in items if item.error])


async def test_an_older_graph_learns_of_what_its_sources_speak(registry: Registry, migrated: Graph) -> None:
    await fill(registry)
    await registry.register({"source": "third", "namespace": "ours", "relationships": made("ours")}, LOCAL)
    known = await rows(migrated, "MATCH (s:Source) RETURN s.name AS name, s.namespaces ORDER BY name")
    await migrated.execute("MATCH (s:Source) SET s.namespaces = null")
    for _ in range(2):
        await tell_where_sources_speak(migrated)
        found = await rows(migrated, "MATCH (s:Source) RETURN s.name AS name, s.namespaces ORDER BY name")
        # What a batch only came from is told as well: one who may not see it no longer speaks for the source.
        assert {name: {*of} - {"secret"} for name, of in found if name != "secret-s"} == {
            name: {*of} - {"secret"} for name, of in known if name != "secret-s"
        }
        assert dict(map(tuple, found))["secret-s"] == ["secret"]


def _id(label: str, *key: str) -> str:
    return to_id(label, uid(label, key))
