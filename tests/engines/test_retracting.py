"""Taking back: what a source said holds no more, stays on record, and takes nothing of others with it."""

import asyncio
import json
from typing import Any

import pytest

from app.access.service import LOCAL, Caller
from app.compiler.plans import Plans
from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.lineage.service import Lineage, WalkLimits
from app.operations.execution import Asked, Operations
from app.operations.limits import DocumentLimits
from app.registry.answering import Registrar
from app.registry.batch import ItemResult
from app.registry.request import RegistrationRefused
from app.registry.service import Registry
from graph_schema.identity import relationship_uid, to_id, uid
from tests.contexts import context_of
from tests.engines.registered import SHA, Clock, Item, data_key, made, one, register, rows, run, statuses, used, version
from tests.published import PUBLISHED

KEY = {"namespace": "n", "name": "m", "version": "1"}
RUN = uid("Run", ("r", "1"))
DATA = uid("DatasetVersion", ("n", "d", "1"))


@pytest.fixture
async def registry(graph: Graph) -> Registry:
    await migrate(graph)
    return Registry(graph, Clock())


async def retract(registry: Registry, source: str = "s", **body: Any) -> list[ItemResult]:
    return await registry.retract({"source": source, **body}, LOCAL)


def told(items: list[ItemResult]) -> list[str]:
    """The status of each item, or why it was refused."""
    return [item.error.code.value if item.error else item.status for item in items]


def step(source: str = "s", type_: str = "TRAINED_ON") -> Item:
    """The assertion that run 1 trained on data 1, as a step shows it."""
    assertion = to_id(type_, relationship_uid(type_, RUN, DATA, source))
    return {"id": assertion, "from": to_id("DatasetVersion", DATA), "to": to_id("Run", RUN)}


async def live(graph: Graph, label: str) -> list[str]:
    found = await rows(graph, f"MATCH (n:{label}) WHERE n.retractedAt IS NULL RETURN n.sortKey AS key ORDER BY key")
    return [key.split("\x01")[-1] for (key,) in found]


@pytest.mark.parametrize("form", ("relationships", "assertions"))
async def test_a_relationship_is_taken_back_and_stays_on_record(registry: Registry, graph: Graph, form: str) -> None:
    await register(registry, nodes=[run(1)], relationships=[used(1, 1, confidence=0.5), used(1, 2)])
    item = {"relationships": used(1, 1), "assertions": step()}[form]
    asked: dict[str, Any] = {form: [item]}
    assert told(await registry.retract({"source": "s", form: [item, item]}, LOCAL)) == ["RETRACTED", "UNCHANGED"]
    assert await rows(graph, "MATCH ()-[r:TRAINED_ON]->(d) RETURN d.version") == [["2"]]
    [[kept]] = await rows(graph, "MATCH (:Run)-[r:TRAINED_ON_RETRACTED]->(d {version: '1'}) RETURN properties(r)")
    assert (kept["confidence"], kept["retractedBy"]) == (0.5, LOCAL.uid)
    assert kept["retractedAt"] > kept["recordedAt"]
    assert await live(graph, "DatasetVersion") == ["2"], "only the relationship named the other"
    assert told(await retract(registry, **asked)) == ["UNCHANGED"]
    assert await rows(graph, "MATCH ()-[r:TRAINED_ON_RETRACTED]->() RETURN count(r)") == [[1]]
    assert statuses(await register(registry, relationships=[used(1, 1)])) == ["CREATED"]
    assert told(await retract(registry, **asked)) == ["RETRACTED"]


async def test_the_only_word_about_a_thing_goes_with_the_thing(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[version(1, description="x"), run(1)])
    assert told(await retract(registry, nodes=[{"modelVersion": KEY}, {"modelVersion": KEY}])) == [
        "RETRACTED",
        "UNCHANGED",
    ]
    assert await live(graph, "ModelVersion") == await live(graph, "Model") == []
    assert await live(graph, "Run") == ["1"]
    gone = await one(graph, "ModelVersion", version="1")
    assert (gone["description"], gone["retractedBy"]) == ("x", LOCAL.uid)
    assert told(await retract(registry, nodes=[{"id": to_id("ModelVersion", gone["uid"])}])) == ["UNCHANGED"]
    assert statuses(await register(registry, nodes=[version(1)])) == ["CREATED"]


async def test_a_thing_that_is_still_related_stays_undescribed(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(1, name="x")], relationships=[used(1, 1)])
    assert told(await retract(registry, nodes=[{"run": {"source": "r", "runId": "1"}}])) == ["RETRACTED"]
    stored = await one(graph, "Run", runId="1")
    assert (stored["undescribed"], "name" in stored, "retractedAt" in stored) == (True, False, False)
    [[word, by]] = await rows(graph, "MATCH (s:Statement) WHERE s.retractedAt IS NOT NULL RETURN s.word, s.retractedBy")
    assert (json.loads(word), by) == ({"name": "x"}, LOCAL.uid)
    assert told(await retract(registry, relationships=[used(1, 1)])) == ["RETRACTED"]
    assert await live(graph, "Run") == await live(graph, "Dataset") == []


async def test_all_at_once_leaves_nothing(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(1), version(1)], relationships=[used(1, 1), made(1, 1)])
    items = await retract(
        registry,
        nodes=[{"run": {"source": "r", "runId": "1"}}, {"modelVersion": KEY}],
        relationships=[used(1, 1), made(1, 1)],
    )
    assert told(items) == ["RETRACTED"] * 4
    assert [item.path for item in items] == ["nodes[0]", "nodes[1]", "relationships[0]", "relationships[1]"]
    for label in ("Run", "ModelVersion", "Model", "DatasetVersion", "Dataset"):
        assert await live(graph, label) == []
    assert await rows(graph, "MATCH ()-[r:TRAINED_ON|GENERATED_BY|VERSION_OF]->() RETURN count(r)") == [[0]]


async def test_what_another_source_said_is_not_touched(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(1, name="x")], relationships=[used(1, 1)])
    await register(registry, "other", nodes=[run(1, name="y", status="ok")], relationships=[used(1, 1)])
    refs = [{"run": {"source": "r", "runId": "1"}}]
    items = await retract(registry, nodes=refs, relationships=[used(1, 1)], assertions=[step("other")])
    assert told(items) == ["RETRACTED", "RETRACTED", "OTHER_SOURCE"]
    stored = await one(graph, "Run", runId="1")
    assert (stored["name"], stored["source"], stored["statements"]) == ("y", "other", 1)
    assert await rows(graph, "MATCH ()-[r:TRAINED_ON]->() RETURN r.source") == [["other"]]
    assert told(await retract(registry, nodes=refs, relationships=[used(1, 1)])) == ["UNCHANGED"] * 2
    assert told(await retract(registry, "other", nodes=refs, relationships=[used(1, 1)])) == ["RETRACTED"] * 2
    assert await live(graph, "Run") == await live(graph, "DatasetVersion") == []


async def test_what_describing_a_thing_states_goes_with_the_word(registry: Registry, graph: Graph) -> None:
    deployment: Item = {"endpoint": {"environment": "e", "name": "x"}, "modelVersion": KEY, "startedAt": 5}
    evaluation = {"modelVersion": KEY, "name": "e", "evaluatedAt": 1, "data": data_key(1)}
    document = {"digest": SHA, "kind": "MODEL_CARD", "about": {"modelVersion": KEY}}
    nodes = [version(1), {"deployment": deployment}, {"evaluation": evaluation}, {"document": document}]
    items = (await register(registry, nodes=nodes)).items
    refs = [{"id": to_id(item.label, item.uid)} for item in items[1:]]
    assert told(await retract(registry, nodes=refs)) == ["RETRACTED"] * 3
    for label in ("Deployment", "Endpoint", "Evaluation", "Document", "DatasetVersion"):
        assert await live(graph, label) == []
    assert await live(graph, "ModelVersion") == ["1"]
    left = "MATCH ()-[r:SERVES|HOSTS|EVALUATES|EVALUATED_ON|DESCRIBES]->() RETURN count(r)"
    assert await rows(graph, left) == [[0]]


async def test_what_makes_no_sense_is_refused_alone(registry: Registry) -> None:
    await register(registry, nodes=[run(1), version(1)], relationships=[used(1, 1)])
    serves = to_id("SERVES", "0" * 64)
    items = await retract(
        registry,
        nodes=[
            {"run": {"source": "r", "runId": "2"}},
            {"id": "nonsense"},
            {"id": to_id("Source", uid("Source", ("s",)))},
            {"commit": {"repository": "https://host.example:x/y", "sha": "1"}},
            {"run": {"source": "r", "runId": "1"}},
        ],
        relationships=[used(2, 1), {"used": run(1)}],
        assertions=[
            {**step(), "id": "nonsense"},
            {**step(), "id": serves},
            {**step(), "to": to_id("ModelVersion", uid("ModelVersion", ("n", "m", "1")))},
            step("nobody"),
            {**step(), "from": "nonsense"},
        ],
    )
    assert told(items) == [
        *("NOT_FOUND", "BAD_VALUE", "BAD_ENDS", "BAD_KEY", "RETRACTED"),
        *("NOT_FOUND", "BAD_ENDS"),
        *("BAD_VALUE", "BAD_VALUE", "BAD_ENDS", "NOT_FOUND", "BAD_VALUE"),
    ]
    places = {item.path: item.error.path for item in items if item.error}
    assert places["assertions[1]"] == "assertions[1].id"
    assert places["assertions[4]"] == "assertions[4].from"


async def test_an_unknown_source_takes_nothing_back(registry: Registry) -> None:
    await register(registry, nodes=[run(1)])
    with pytest.raises(RegistrationRefused, match="nobody") as refused:
        await retract(registry, "nobody", nodes=[{"run": {"source": "r", "runId": "1"}}])
    assert (refused.value.code, refused.value.path) == (ErrorCode.NOT_FOUND, "input.source")
    with pytest.raises(RegistrationRefused) as refused:
        await retract(registry, nodes=[{"run": {"source": "r", "runId": "1"}}] * 501)
    assert refused.value.code is ErrorCode.TOO_MANY_ITEMS


async def test_dry_and_atomic_change_nothing_where_they_must_not(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(1)], relationships=[used(1, 1)])
    nodes = [{"run": {"source": "r", "runId": number}} for number in ("1", "2")]
    assert told(await retract(registry, dryRun=True, nodes=nodes)) == ["RETRACTED", "NOT_FOUND"]
    assert told(await retract(registry, atomic=True, nodes=nodes)) == ["BATCH_ABORTED", "NOT_FOUND"]
    stored = await one(graph, "Run", runId="1")
    assert not stored["undescribed"]
    assert told(await retract(registry, atomic=True, nodes=nodes[:1])) == ["RETRACTED"]


async def test_a_key_gives_the_same_result_again(registry: Registry) -> None:
    await register(registry, nodes=[run(1), run(3)])
    nodes = [{"run": {"source": "r", "runId": number}} for number in ("1", "2")]
    first = await retract(registry, idempotencyKey="k", nodes=nodes)
    await register(registry, nodes=[run(1)])
    assert await retract(registry, idempotencyKey="k", nodes=nodes) == first
    assert told(first) == ["RETRACTED", "NOT_FOUND"]
    with pytest.raises(RegistrationRefused) as refused:
        await retract(registry, idempotencyKey="k", nodes=nodes[:1])
    assert refused.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
    with pytest.raises(RegistrationRefused):
        await register(registry, idempotencyKey="k")


async def test_one_statement_for_each_label_and_each_type(registry: Registry, graph: Graph) -> None:
    numbers = range(50)
    await register(
        registry,
        nodes=[run(number) for number in numbers],
        relationships=[used(number, number % 5) for number in numbers],
    )
    sent: list[str] = []
    stop = graph.on_statement(lambda text, _: sent.append(text))
    items = await retract(
        registry,
        nodes=[{"run": {"source": "r", "runId": str(number)}} for number in numbers],
        relationships=[used(number, number % 5) for number in numbers],
    )
    stop()
    assert told(items) == ["RETRACTED"] * 100
    # who speaks; locks of two labels; one type; what nothing touches: versions, VERSION_OF, datasets, runs;
    # the runs looked at and written; the key
    assert len(sent) == 1 + 2 + 1 + 4 + 2 + 1
    assert await live(graph, "Run") == await live(graph, "Dataset") == []


async def test_what_many_take_back_at_once_is_taken_back_once(registry: Registry, graph: Graph) -> None:
    await register(registry, nodes=[run(number) for number in range(5)], relationships=[used(n, 1) for n in range(5)])
    nodes = [{"run": {"source": "r", "runId": str(number)}} for number in range(5)]
    links = [used(number, 1) for number in range(5)]
    asked = (retract(registry, nodes=nodes, relationships=links) for _ in range(8))
    results = await asyncio.gather(*asked)
    assert [column.count("RETRACTED") for column in zip(*map(told, results), strict=True)] == [1] * 10
    assert await rows(graph, "MATCH ()-[r:TRAINED_ON_RETRACTED]->() RETURN count(r)") == [[5]]


LINEAGE = """
query ($start: [NodeRef!]!) {
  lineage(start: $start, direction: DOWNSTREAM) {
    relationships { from { id } to { id } relationship { id type source } }
  }
}
"""
RETRACT = """
mutation ($input: RetractInput!) {
  retract(input: $input) {
    __typename
    ... on RetractResult { retracted unchanged rejected items { path status error { code path } } }
    ... on RequestError { code path }
  }
}
"""


class Portal:
    """What a portal does: shows what was walked, and sends back what its user takes back."""

    def __init__(self, graph: Graph, registry: Registry, caller: Caller = LOCAL) -> None:
        plans = Plans()
        self.registrar = Registrar(graph, plans, registry)
        self.lineage = Lineage(graph, plans, WalkLimits(100, 10_000))
        self._context = context_of(self, caller)
        self._operations = Operations(PUBLISHED, DocumentLimits())

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = (await self._operations.run(Asked(document, variables), self._context)).body
        assert "errors" not in answer
        return answer["data"]


async def test_what_a_portal_shows_it_can_take_back(registry: Registry, graph: Graph) -> None:
    portal = Portal(graph, registry)
    start = [{"datasetVersion": data_key(1)}]
    await register(registry, nodes=[version(1)], relationships=[used(1, 1), made(1, 1)])
    await register(registry, "other", relationships=[used(1, 1)])
    shown = (await portal.ask(LINEAGE, start=start))["lineage"]["relationships"]
    refs = [{"id": each["relationship"].pop("id"), **_ends(each)} for each in shown]
    assert len(refs) == 3
    answer = (await portal.ask(RETRACT, input={"source": "s", "assertions": refs}))["retract"]
    counts = [answer[name] for name in ("__typename", "retracted", "unchanged", "rejected")]
    assert counts == ["RetractResult", 2, 0, 1]
    for place, (item, each) in enumerate(zip(answer["items"], shown, strict=True)):
        path = f"assertions[{place}]"
        refused = each["relationship"]["source"] == "other"
        error = {"code": "OTHER_SOURCE", "path": path} if refused else None
        assert item == {"path": path, "status": "REJECTED" if refused else "RETRACTED", "error": error}
    left = (await portal.ask(LINEAGE, start=start))["lineage"]["relationships"]
    assert [each["relationship"]["source"] for each in left] == ["other"]
    answer = (await portal.ask(RETRACT, input={"source": "nobody"}))["retract"]
    assert answer == {"__typename": "RequestError", "code": "NOT_FOUND", "path": "input.source"}


def _ends(each: dict[str, Any]) -> dict[str, str]:
    return {name: each[name]["id"] for name in ("from", "to")}
