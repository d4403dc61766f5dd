"""Random registrations of two sources, held against a plain model of what they mean.

The model is in `tests.reference.registrations`.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.service import LOCAL
from app.graph.driver import Graph
from app.graph.migrations import migrate
from app.registry.service import Registry
from graph_schema.identity import uid
from tests.engines.registered import Clock, register, rows
from tests.reference.registrations import Call, Key, Model, TakingBack

SOURCES, SCOPES, LOADS = ("a", "b"), ("", "x"), ("one", "two")
EXAMPLES: Iterator[int] = itertools.count()
TEXT = st.sampled_from(["x", "y", None])
WORDS = {
    "ModelVersion": st.fixed_dictionaries(
        {},
        optional={
            "description": TEXT,
            "claimedStage": st.sampled_from(["PRODUCTION", "STAGING", None]),
            "claimedStageSince": st.sampled_from([10, 2_000_000_000_000, None]),
            "manifestDigest": st.sampled_from(["sha256:" + "0" * 64, "sha256:" + "1" * 64]),
        },
    ),
    "Run": st.fixed_dictionaries(
        {}, optional={"name": TEXT, "status": TEXT, "startedAt": st.sampled_from([1, 2, None])}
    ),
    "DatasetVersion": st.fixed_dictionaries({}, optional={"description": TEXT, "rows": st.sampled_from([1, 2, None])}),
}
FIELDS = {"ModelVersion": "modelVersion", "Run": "run", "DatasetVersion": "datasetVersion"}
KEYS = st.tuples(st.sampled_from(sorted(FIELDS)), st.sampled_from(["0", "1"]))
SAID = st.fixed_dictionaries({"confidence": st.sampled_from([1.0, 0.5])})
LINKS = st.one_of(
    st.tuples(st.just("TRAINED_ON"), st.just("Run"), st.just("DatasetVersion")),
    st.tuples(st.just("GENERATED_BY"), st.just("ModelVersion"), st.just("Run")),
    st.tuples(st.just("DERIVED_FROM"), st.just("DatasetVersion"), st.just("DatasetVersion")),
)
HOW = st.fixed_dictionaries({}, optional={"how": TEXT})


@st.composite
def calls(draw: st.DrawFn) -> Call:
    nodes = {key: draw(WORDS[key[0]]) for key in draw(st.lists(KEYS, max_size=3, unique=True))}
    links: dict[tuple[str, Key, Key], dict[str, Any]] = {}
    for type_, start, target in draw(st.lists(LINKS, max_size=3)):
        ends = (start, draw(st.sampled_from("01"))), (target, draw(st.sampled_from("01")))
        if ends[0] != ends[1]:
            said = draw(SAID) | (draw(HOW) if type_ == "DERIVED_FROM" else {})
            links[type_, *ends] = said
    load = draw(st.sampled_from([None, *LOADS]))
    complete = draw(st.booleans()) if load else False
    return Call(draw(st.sampled_from(SOURCES)), draw(st.sampled_from(SCOPES)), nodes, links, load, complete)


@st.composite
def retractions(draw: st.DrawFn) -> TakingBack:
    nodes = draw(st.lists(KEYS, max_size=3, unique=True))
    links: list[tuple[str, Key, Key]] = []
    for type_, start, target in draw(st.lists(LINKS, max_size=3)):
        ends = (type_, (start, draw(st.sampled_from("01"))), (target, draw(st.sampled_from("01"))))
        if ends[1] != ends[2] and ends not in links:
            links.append(ends)
    return TakingBack(draw(st.sampled_from(SOURCES)), nodes, links)


class Example:
    """One example, in names of its own, so that nothing needs to be wiped between two."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.name = f"example{next(EXAMPLES)}"
        self.registry = Registry(graph, Moments())
        self.calls = 0
        self.known = {
            uid(label, (self.name, "t", number) if label != "Run" else (self.name, number)): (label, number)
            for label, number in itertools.product(FIELDS, "01")
        } | {uid(label, (self.name, "t")): (label, "") for label in ("Model", "Dataset")}

    def key(self, key: Key) -> dict[str, str]:
        if key[0] == "Run":
            return {"source": self.name, "runId": key[1]}
        return {"namespace": self.name, "name": "t", "version": key[1]}

    def link(self, ends: tuple[str, Key, Key], said: dict[str, Any]) -> dict[str, Any]:
        type_, start, target = ends
        match type_:
            case "TRAINED_ON":
                return {"used": {"run": self.key(start), "data": self.key(target), **said}}
            case "GENERATED_BY":
                return {"produced": {"run": self.key(target), "modelVersion": self.key(start), **said}}
            case _:
                return {"derivedFrom": {"data": self.key(start), "from": self.key(target), **said}}

    async def call(self, call: Call) -> tuple[list[str], int]:
        self.calls += 1
        result = await register(
            self.registry,
            f"{self.name}{call.source}",
            scope=call.scope,
            load=call.load,
            complete=call.complete,
            maxRetractedShare=1.0,
            expectedEvery=self.calls,  # the very batch that ended a load, sent again, would not begin a new one
            nodes=[{FIELDS[key[0]]: {**self.key(key), **said}} for key, said in call.nodes.items()],
            relationships=[self.link(ends, said) for ends, said in call.links.items()],
        )
        return [item.status for item in result.items], result.retracted

    async def take_back(self, asked: TakingBack) -> list[str]:
        self.calls += 1
        items = await self.registry.retract(
            {
                "source": f"{self.name}{asked.source}",
                "nodes": [{FIELDS[key[0]]: self.key(key)} for key in asked.nodes],
                "relationships": [self.link(ends, {}) for ends in asked.links],
            },
            LOCAL,
        )
        return [item.status for item in items]

    async def nodes(self) -> dict[Key, dict[str, Any]]:
        names = ["description", "claimedStage", "claimedStageSince", "manifestDigest", "name", "status", "startedAt"]
        read = ", ".join(f"n.{name}" for name in (*names, "rows", "stage", "undescribed", "source"))
        found: dict[Key, dict[str, Any]] = {}
        for label in (*FIELDS, "Model", "Dataset"):
            statement = (
                f"UNWIND $uids AS uid MATCH (n:{label} {{uid: uid}}) WHERE n.retractedAt IS NULL RETURN n.uid, {read}"
            )
            for node, *values in await rows(self.graph, statement, uids=list(self.known)):
                assert self.known[node] not in found, "a twin"
                shown = dict(zip((*names, "rows", "stage", "undescribed", "source"), values, strict=True))
                if label != "Run":
                    del shown["name"]  # it is part of the key
                if shown["undescribed"]:
                    del shown["source"]
                else:
                    shown["source"] = shown["source"].removeprefix(self.name)
                found[self.known[node]] = {name: value for name, value in shown.items() if value is not None}
        return found

    async def links(self) -> dict[tuple[str, Key, Key, str], dict[str, Any]]:
        found: dict[tuple[str, Key, Key, str], dict[str, Any]] = {}
        for type_ in ("VERSION_OF", "TRAINED_ON", "GENERATED_BY", "DERIVED_FROM"):
            statement = (
                f"MATCH (a)-[r:{type_}]->(b) WHERE r.source STARTS WITH $name "
                "RETURN a.uid, b.uid, r.source, r.confidence, r.how, r.retractedAt"
            )
            for start, target, source, confidence, how, retracted in await rows(self.graph, statement, name=self.name):
                assert retracted is None
                if start not in self.known:
                    continue  # another example whose name begins alike
                place = (type_, self.known[start], self.known[target], source.removeprefix(self.name))
                assert place not in found, "a twin"
                said = {"confidence": confidence} | ({"how": how} if how is not None else {})
                found[place] = said if type_ != "VERSION_OF" else {}
        return found


class Moments(Clock):
    """A clock that moves once a registration: it is read once more for the cleaning."""

    def __init__(self) -> None:
        super().__init__()
        self._reads = 0

    def __call__(self) -> float:
        self._reads += 1
        return 1_000_000.0 + (self._reads + 1) // 2


@pytest.fixture
async def migrated(graph: Graph) -> Graph:
    await migrate(graph)
    return graph


@given(st.lists(st.one_of(calls(), calls(), retractions()), min_size=1, max_size=10))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_the_graph_holds_what_was_said(migrated: Graph, said: list[Call | TakingBack]) -> None:
    example, model = Example(migrated), Model()
    for source in SOURCES:  # who never spoke has nothing to take back
        await example.call(Call(source, "", {}, {}))
        model.call(Call(source, "", {}, {}))
    for call in said:
        if isinstance(call, TakingBack):
            assert await example.take_back(call) == model.take_back(call)
        else:
            assert await example.call(call) == model.call(call)
        assert await example.nodes() == model.nodes()
        assert await example.links() == {
            place: {name: value for name, (value, _) in word.said.items()} for place, word in model.links.items()
        }
