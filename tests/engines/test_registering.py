"""`registerLineage` as a client sends it: what was selected of the results, and nothing else."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.compiler.plans import Plans
from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.operations.execution import Asked, Operations
from app.operations.limits import DocumentLimits
from app.registry.answering import Registrar
from app.registry.service import Registry
from graph_schema.identity import to_id, uid
from tests.contexts import context_of
from tests.engines.registered import Clock, made, run, used, version
from tests.published import PUBLISHED

RESULT = """
mutation ($input: RegisterLineageInput!) {
  registerLineage(input: $input) {
    __typename
    ... on RegisterLineageResult { created updated unchanged rejected retracted items { ...each } }
    ... on RequestError { code message path }
  }
}
fragment each on ItemResult { path status node { __typename id } error { code path } }
"""
NODES = """
mutation ($input: RegisterLineageInput!) {
  registerLineage(input: $input) {
    ... on RegisterLineageResult {
      items { node { ... on ModelVersion { version stage model { name } } ... on Run { runId } } also: node { id } }
    }
  }
}
"""


class Client:
    """Sends documents."""

    def __init__(self, graph: Graph) -> None:
        self._operations = Operations(PUBLISHED, DocumentLimits(2_000, 12, 30))
        registrar = Registrar(graph, Plans(), Registry(graph, Clock()))
        self._context = context_of(SimpleNamespace(registrar=registrar))

    async def send(self, document: str, **body: Any) -> dict[str, Any]:
        outcome = await self._operations.run(Asked(document, {"input": {"source": "s", **body}}), self._context)
        return outcome.body

    async def registered(self, document: str = RESULT, **body: Any) -> dict[str, Any]:
        answer = await self.send(document, **body)
        assert "errors" not in answer
        return answer["data"]["registerLineage"]


@pytest.fixture
async def client(graph: Graph) -> Client:
    await migrate(graph)
    return Client(graph)


async def test_each_item_has_its_result(client: Client) -> None:
    answer = await client.registered(
        nodes=[version(1, claimedStage="PRODUCTION", registeredAt="2026-01-01T00:00:00+01:00"), run("")],
        relationships=[made(1, 1)],
    )
    node = {"__typename": "ModelVersion", "id": to_id("ModelVersion", uid("ModelVersion", ("n", "m", "1")))}
    assert answer == {
        "__typename": "RegisterLineageResult",
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
        "retracted": 0,
        "items": [
            {"path": "nodes[0]", "status": "CREATED", "node": node, "error": None},
            {
                "path": "nodes[1]",
                "status": "REJECTED",
                "node": None,
                "error": {"code": "BAD_KEY", "path": "nodes[1].run.runId"},
            },
            {"path": "relationships[0]", "status": "CREATED", "node": None, "error": None},
        ],
    }


async def test_a_request_is_refused_with_its_code_and_path(client: Client) -> None:
    answer = await client.registered(nodes=[run(number) for number in range(501)])
    assert (answer["__typename"], answer["code"], answer["path"]) == ("RequestError", "TOO_MANY_ITEMS", "input.nodes")
    assert "500" in answer["message"]


async def test_more_of_the_nodes_costs_one_statement_more(client: Client, graph: Graph) -> None:
    batch: dict[str, Any] = {"nodes": [version(1), run(7), run("")], "relationships": [used(1, 1)]}
    await client.registered(**batch)
    counts: list[int] = []
    for document in (RESULT, NODES):
        sent: list[str] = []
        stop = graph.on_statement(lambda text, _, sent=sent: sent.append(text))
        answer = await client.registered(document, **batch)
        stop()
        counts.append(len(sent))
    assert counts[1] == counts[0] + 1
    assert [item["node"] for item in answer["items"]] == [
        {"version": "1", "stage": "DEVELOPMENT", "model": {"name": "m"}},
        {"runId": "7"},
        None,
        None,
    ]
    assert answer["items"][1]["also"] == {"id": to_id("Run", uid("Run", ("r", "7")))}


async def test_what_a_dry_run_would_make_has_an_id_and_nothing_more(client: Client) -> None:
    answer = await client.registered(NODES, dryRun=True, nodes=[run(1)])
    assert answer["items"] == [{"node": None, "also": {"id": to_id("Run", uid("Run", ("r", "1")))}}]


@pytest.mark.parametrize(
    ("item", "place"),
    (
        ({"run": {"source": "r", "runId": "1", "startedAt": "2026-01-01T00:00:00"}}, ".nodes[1].run.startedAt"),
        ({"run": {"source": "r", "runId": "1"}, "model": {"namespace": "n", "name": "m"}}, ".nodes[1]:"),
        ({"datasetVersion": {"namespace": "n", "name": "d", "version": "1", "rows": 2**63}}, "datasetVersion.rows"),
    ),
)
async def test_what_does_not_fit_the_schema_fails_the_request_with_its_place(
    client: Client, graph: Graph, item: dict[str, Any], place: str
) -> None:
    answer = await client.send(RESULT, nodes=[run(1), item])
    assert place in answer["errors"][0]["message"]
    assert "data" not in answer
    assert await graph.read("MATCH (n:Run) RETURN n") == []
