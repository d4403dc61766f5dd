"""The inventory as of a time, as known at another: a machine registers and takes back, and asks about the past.

Each answer about what was known is held against what was answered then, and against a log of it all that is replayed in
plain words: the model of `tests.reference.registrations`, kept as it was after each call.
"""

import asyncio
import copy
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.compiler.scalars import publish_time
from app.graph.driver import Graph
from tests.engines.test_writing_model import SOURCES, Example, calls, retractions
from tests.plain.asking import Asking
from tests.reference.registrations import Call, Key, Model, TakingBack

QUERY = """
query Inventory($name: String!, $asOf: DateTime, $knownAt: DateTime) {
  models(where: {namespace: {eq: $name}}, asOf: $asOf, knownAt: $knownAt) {
    edges { node { id name undescribed versions { totalCount edges { node { version stage } } } } }
  }
  datasets(where: {namespace: {eq: $name}}, asOf: $asOf, knownAt: $knownAt) {
    edges { node { id name versions { edges { node { version } } } } }
  }
  modelVersions(where: {namespace: {eq: $name}}, asOf: $asOf, knownAt: $knownAt, first: 10) {
    totalCount
    facet(by: STAGE) { values { value count } }
    edges {
      node {
        ...Told
        version description claimedStage claimedStageSince manifestDigest stage undescribed
        provenance { source }
        model { name }
        runs { totalCount edges { node { runId name } } }
      }
    }
  }
  described: modelVersions(
    where: {namespace: {eq: $name}, not: {description: {isNull: true}}}, orderBy: RECORDED_AT_DESC,
    asOf: $asOf, knownAt: $knownAt
  ) { totalCount edges { node { version } } }
  production: modelVersions(
    where: {namespace: {eq: $name}, stage: {eq: PRODUCTION}}, asOf: $asOf, knownAt: $knownAt
  ) { totalCount }
  runs(where: {source: {eq: $name}}, asOf: $asOf, knownAt: $knownAt) {
    edges {
      node {
        ...Told
        runId name status startedAt undescribed
        provenance { source }
        trainingData { edges { node { version } } }
        outputs { edges { node { id } } }
      }
    }
  }
  datasetVersions(where: {namespace: {eq: $name}}, asOf: $asOf, knownAt: $knownAt) {
    edges {
      node {
        ...Told
        version description rows undescribed
        provenance { source }
        trainedRuns { edges { node { runId } } }
        derivedFrom { edges { node { version } } }
      }
    }
  }
}
fragment Told on Node {
  id
  ... on ModelVersion { ...Version }
  ... on Run { history { totalCount edges { node { source word supersededAt retractedAt } } } }
  ... on DatasetVersion { contradictions { property values { value source counts } } }
}
fragment Version on ModelVersion {
  history(first: 20) { totalCount edges { node { source word recordedAt supersededAt retractedAt } } }
  contradictions { property values { value source counts } }
}
"""
SHOWN = {
    "ModelVersion": ("description", "claimedStage", "claimedStageSince", "manifestDigest"),
    "Run": ("name", "status", "startedAt"),
    "DatasetVersion": ("description", "rows"),
}
LISTED = {"ModelVersion": "modelVersions", "Run": "runs", "DatasetVersion": "datasetVersions"}
MANY = {
    ("Run", "trainingData"): ("TRAINED_ON", True),
    ("ModelVersion", "runs"): ("GENERATED_BY", True),
    ("DatasetVersion", "trainedRuns"): ("TRAINED_ON", False),
    ("DatasetVersion", "derivedFrom"): ("DERIVED_FROM", True),
}
LOOSE = settings(
    max_examples=6,
    stateful_step_count=12,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass
class Kept:
    """What there was after one call.

    Attributes:
        at: when it was recorded.
        model: what must have been there.
        answered: what was answered then.
    """

    at: int
    model: Model
    answered: dict[str, Any]


class Past(RuleBasedStateMachine):
    """Registers, takes back, and asks about what was."""

    graph: Graph
    asking: Asking
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.example = Example(self.graph)
        self.example.registry._clock = lambda: float(1_000_000 + self.model.now)
        self.model = Model()
        self.kept: list[Kept] = []

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @initialize()
    def begin(self) -> None:
        for source in SOURCES:  # who never spoke has nothing to take back
            self._call(Call(source, "", {}, {}))

    @rule(call=calls())
    def register(self, call: Call) -> None:
        self._call(call)

    @rule(asked=retractions())
    def take_back(self, asked: TakingBack) -> None:
        expected = self.model.take_back(asked)
        assert self.do(self.example.take_back(asked)) == expected
        self._keep()

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def ask_about_what_was_known(self, data: st.DataObject) -> None:
        kept = data.draw(st.sampled_from(self.kept))
        assert self._answer(known_at=kept.at + data.draw(st.sampled_from((0, 500_000)))) == kept.answered

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def ask_about_another_time(self, data: st.DataObject) -> None:
        kept = data.draw(st.sampled_from(self.kept))
        as_of = data.draw(st.sampled_from((0, 1, 5, 2_000_000_000_000, *(each.at for each in self.kept))))
        now = kept is self.kept[-1] and data.draw(st.booleans())
        self._check(self._answer(as_of=as_of, known_at=None if now else kept.at), kept, as_of)

    def teardown(self) -> None:
        """Asks about every time again, when all of it is past."""
        for kept in self.kept:
            assert self._answer(known_at=kept.at) == kept.answered
            for as_of in (kept.at - 1, kept.at):
                self._check(self._answer(as_of=as_of, known_at=kept.at), kept, as_of)
        for as_of in (0, 1, 9, 10, 2_000_000_000_000, *(each.at for each in self.kept)):
            self._check(self._answer(as_of=as_of), self.kept[-1], as_of)

    @invariant()
    def the_present_is_right(self) -> None:
        if self.kept:
            self._check(self.kept[-1].answered, self.kept[-1], None)

    # ------------------------------------------------------------------------------------------------ the log

    def _call(self, call: Call) -> None:
        expected = self.model.call(call)
        assert self.do(self.example.call(call)) == expected
        self._keep()

    def _keep(self) -> None:
        now = self.model.moment(self.model.now)
        answered = self._answer()
        self.kept.append(Kept(now, copy.deepcopy(self.model), answered))

    def _answer(self, as_of: int | None = None, known_at: int | None = None) -> dict[str, Any]:
        times = {"asOf": as_of, "knownAt": known_at}
        given = {name: None if at is None else publish_time(at) for name, at in times.items()}
        result = self.do(self.asking.ask(QUERY, {"name": self.example.name, **given}))
        assert result.errors is None
        assert len(self.asking.statements) == QUERY.count("asOf: $asOf")
        return result.data

    # ------------------------------------------------------------------------------------------------ what is right

    def _check(self, answer: dict[str, Any], kept: Kept, as_of: int | None) -> None:
        nodes = {
            key: shown
            for key, shown in kept.model.nodes().items()
            if as_of is None or shown.get("startedAt") is None or shown["startedAt"] <= as_of
        }
        links = {(type_, low, high) for type_, low, high, _ in kept.model.links if {low, high} <= nodes.keys()}
        for key in [key for key in nodes if key[0] == "ModelVersion"]:
            nodes[key] = {**nodes[key], "stage": kept.model.stage(key, kept.at if as_of is None else as_of)}
        for label, listed in LISTED.items():
            found = {_number(label, edge["node"]): edge["node"] for edge in answer[listed]["edges"]}
            assert found.keys() == {number for kind, number in nodes if kind == label}
            for number, node in found.items():
                self._check_node(node, nodes[label, number], (label, number), links)
        production = sum(shown.get("stage") == "PRODUCTION" for shown in nodes.values())
        assert answer["production"]["totalCount"] == production
        counted = {each["value"]: each["count"] for each in answer["modelVersions"]["facet"]["values"]}
        assert counted.get("PRODUCTION", 0) == production
        versions = [key for key in nodes if key[0] == "ModelVersion"]
        assert answer["modelVersions"]["totalCount"] == len(versions)
        described = {key[1] for key in versions if "description" in nodes[key]}
        assert {edge["node"]["version"] for edge in answer["described"]["edges"]} == described
        for listed, label in (("models", "Model"), ("datasets", "Dataset")):
            assert len(answer[listed]["edges"]) == ((label, "") in nodes)
            for edge in answer[listed]["edges"]:
                inside = {each["node"]["version"] for each in edge["node"]["versions"]["edges"]}
                assert inside == {low[1] for type_, low, high in links if type_ == "VERSION_OF" and high[0] == label}

    def _check_node(
        self, node: dict[str, Any], shown: dict[str, Any], key: Key, links: set[tuple[str, Key, Key]]
    ) -> None:
        label = key[0]
        assert node["undescribed"] == shown["undescribed"]
        source = node["provenance"]["source"]
        assert shown["undescribed"] or source.removeprefix(self.example.name) == shown["source"]
        for name in SHOWN[label]:
            expected = shown.get(name)
            assert node[name] == (publish_time(expected) if expected and name.endswith(("At", "Since")) else expected)
        if label == "ModelVersion":
            assert node["stage"] == shown["stage"]
        for (of, field), (type_, out) in MANY.items():
            if of == label:
                ends = {(low, high) if out else (high, low) for kind, low, high in links if kind == type_}
                inside = {_number("Run", each["node"]) for each in node[field]["edges"]}
                assert inside == {far[1] for near, far in ends if near == key}


def _number(label: str, node: dict[str, Any]) -> str:
    return node["runId"] if "runId" in node else node["version"]


@pytest.mark.timeout(1800)
async def test_the_past_is_answered_as_it_was(migrated: Graph) -> None:
    loop = asyncio.get_running_loop()
    asking = Asking(migrated)

    machine = type("Past", (Past,), {"graph": migrated, "asking": asking, "loop": loop})
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=LOOSE)
