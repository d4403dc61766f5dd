"""What is protected by itself, and all that it came from: against networkx, and against the walk down from each."""

import random
from itertools import product
from typing import Any, LiteralString, cast

import networkx as nx
import pytest

from app.retention import ancestry
from app.retention import graph as cypher
from app.retention.ancestry import Protected
from app.retention.graph import FLOWS
from graph_schema.identity import uid
from graph_schema.relationships import SCHEMA
from tests.artifacts.world import World

LABELS = ("ModelVersion", "DatasetVersion", "Run")
_NOT_WALKED = (("Run", "VALIDATED_ON", "DatasetVersion"), ("ModelVersion", "BASED_ON_RETRACTED", "ModelVersion"))
Name = tuple[str, int]


def flows() -> list[tuple[str, str, str]]:
    """What may flow from where to where, by the declaration: label, type, label."""
    types = FLOWS.split("|")
    return [(low, each.type, high) for each in SCHEMA.relationships if each.type in types for low, high in each.ends]


class Layers:
    """Random layers of things, each made from some of the next: diamonds everywhere, and here and there a cycle.

    The first layers are long past the last that is protected, so that there are ancestors and others.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.flow = nx.DiGraph()
        self.flow.add_nodes_from(product(LABELS, range(30)))
        self.said: list[tuple[Name, str, Name]] = []
        for _ in range(140):
            self._join(*self.rng.choice(flows()), flows=True)
            self._join(*self.rng.choice(_NOT_WALKED), flows=False)
        self.protected = {("ModelVersion", number) for number in self.rng.sample(range(30), 4)}

    def _join(self, low: str, kind: str, high: str, *, flows: bool) -> None:
        if low == "Artifact":  # nothing comes from one
            return
        start = self.rng.randrange(30)
        near = [(start + step) % 30 for step in (1, 2, 3)]
        self.said.append(((low, start), kind, (high, self.rng.choice(near))))
        if flows:
            self.flow.add_edge((low, start), self.said[-1][2])

    async def write(self, world: World) -> None:
        """Stores it past the registry."""
        for label in LABELS:
            for number in range(30):
                stage = "PRODUCTION" if (label, number) in self.protected else "DEVELOPMENT"
                values: dict[str, Any] = {"uid": uid_of((label, number)), "sortKey": f"{number:02}", "stage": stage}
                text = f"CREATE (n:{label} {{uid: $uid}}) SET n.sortKey = $sortKey, n.stage = $stage"
                await world.graph.execute(cast("LiteralString", text), values)
        for low, kind, high in self.said:
            text = f"MATCH (a:{low[0]} {{uid: $low}}) MATCH (b:{high[0]} {{uid: $high}}) CREATE (a)-[:{kind}]->(b)"
            await world.graph.execute(cast("LiteralString", text), {"low": uid_of(low), "high": uid_of(high)})

    def expected(self) -> set[Name]:
        """What is protected, and its ancestors."""
        found = set(self.protected)
        for each in self.protected:
            found |= nx.descendants(self.flow, each)
        return found


def uid_of(name: Name) -> str:
    return uid(name[0], (name[1],))


@pytest.mark.parametrize("seed", range(3))
async def test_it_is_what_the_walk_down_from_each_finds(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ancestry, "LOOKED_AT", 7)
    monkeypatch.setattr(ancestry, "HOP", 3)
    layers = Layers(seed)
    await layers.write(world)
    asked: list[str] = []

    def listen(text: str, values: Any) -> None:
        if text == cypher._CAME_FROM:
            assert len(values["uids"]) <= 3
            asked.extend(values["uids"])

    stop = world.graph.on_statement(listen)
    found = Protected()
    await found.find(world.graph.read)
    stop()
    expected = {uid_of(name) for name in layers.expected()}
    assert {uid_of(name) for name in layers.flow if uid_of(name) in found} == expected
    assert sorted(asked) == sorted(expected), "each is asked of once, and nothing else is"
    versions = [uid_of(("ModelVersion", number)) for number in range(30)]
    assert await cypher.protected(world.graph.read, versions) == expected & {*versions}
    assert 4 < len(expected & {*versions}) < 30, "so that there is something to tell apart"


def test_what_flows_begins_at_labels_that_are_asked_of() -> None:
    """An artifact is no end of any: a walk up never comes to one."""
    assert {low for low, _, _ in flows()} - {"Artifact"} == {*LABELS}
    assert {high for _, _, high in flows()} <= {*LABELS}
    assert all(label in cypher._CAME_FROM for label in LABELS)
