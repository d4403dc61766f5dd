"""Who keeps its files and why, and what a plan frees: against the same worked out in memory, by networkx."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import networkx as nx
import pytest

from app.access.service import LOCAL
from app.retention import ancestry, deciding, freeing, planning
from graph_schema.identity import uid
from tests.artifacts.world import World, caller
from tests.retention.asking import DAY, PLANNER, digest_of, give, hold, items_of, key_of, plan

RULES = (
    {"stages": ["RETIRED"], "graceDays": 1},
    {"neverPromoted": True, "olderThanDays": 100, "riskTiers": [3, 4]},
    {"idleForDays": 200},
)
Name = tuple[str, str]
_RUN = {"source": "s"}
_DATA = {"namespace": "d", "name": "d"}
_WAYS = (
    ("version", "run", "version"),
    ("version", "run", "data", "run", "version"),
    ("version", "run", "data", "data", "run", "version"),
)


@dataclass
class Made:
    """A version, as the test has made it.

    Attributes:
        age: in days, when it was registered.
        stages: in their order, each with its age in days; the last counts.
        files: by path, the content's name and size.
        evaluated: in days ago; None for never.
    """

    age: int
    stages: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    files: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    evaluated: int | None = None
    deployed: bool = False
    held: bool = False


class Inventory:
    """A random inventory, and what a plan must say of it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.tiers: dict[str, int | None] = {f"m{number}": self.rng.choice((None, 1, 3, 4)) for number in range(4)}
        self.held_model = self.rng.choice((None, *self.tiers))
        self.versions: dict[Name, Made] = {}
        for model in self.tiers:
            for number in range(self.rng.randrange(1, 6)):
                self.versions[model, str(number)] = self._version()
        self.flow = nx.DiGraph()
        self.flow.add_nodes_from(self.versions)
        names = list(self.versions)
        for _ in range(len(names) // 2):
            child, base = self.rng.sample(names, 2)
            self.flow.add_edge(child, base)
        for _ in range(
            len(names) // 3
        ):  # each its own way through runs and data, of which some meet, and some go round
            ends = [self.rng.choice(self._things(kind)) for kind in self.rng.choice(_WAYS)]
            self.flow.add_edges_from((low, high) for low, high in pairwise(ends) if low != high)

    def _things(self, kind: str) -> list[Name]:
        return list(self.versions) if kind == "version" else [(kind, str(number)) for number in range(4)]

    def _version(self) -> Made:
        rng = self.rng
        made = Made(rng.choice((1, 50, 150, 300, 301, 302, 303)))
        for stage in rng.choice(((), ("STAGING",), ("RETIRED",), ("PRODUCTION", "RETIRED"), ("PRODUCTION",))):
            made.stages.append((stage, made.age if stage == "PRODUCTION" else min(made.age, rng.choice((10, 250)))))
        for path in range(rng.randrange(4)):
            content = rng.randrange(12)
            made.files[f"f{path}"] = (f"c{content}", 1 << content)
        made.evaluated = rng.choice((None, None, 20, 260))
        made.deployed, made.held = rng.random() < 0.15, rng.random() < 0.1
        return made

    async def register(self, world: World, now: int) -> None:
        """Makes all of it known; ages count back from that time, in microseconds."""
        for name, made in self.versions.items():
            if made.files:
                await give(
                    world, key_of(*name), made.files
                )  # in 1970, by the registry's clock: they make nothing young
        world.clock.seconds = now / 1_000_000
        models = [{"model": {"namespace": "n", "name": name, "riskTier": tier}} for name, tier in self.tiers.items()]
        links = [_link(low, high) for low, high in self.flow.edges]
        links += [
            {"used": {"run": _RUN | {"runId": "0"}, "data": _DATA | {"version": str(n)}, "role": "TEST"}}
            for n in (1, 2)
        ]
        await self._send(world, "s", [*models, *self._examined(now), *self._deployed()], links)
        for source in range(2):
            await self._send(world, f"s{source}", [self._described(name, source, now) for name in self.versions])
        for name, made in self.versions.items():
            if made.held:
                await hold(world, "case", modelVersion=key_of(*name))
        if self.held_model:
            await hold(world, "case", model={"namespace": "n", "name": self.held_model})

    def _described(self, name: Name, source: int, now: int) -> dict[str, Any]:
        made = self.versions[name]
        item: dict[str, Any] = {**key_of(*name), "registeredAt": _ago(now, made.age)}
        if source < len(made.stages):
            stage, age = made.stages[source]
            item |= {"claimedStage": stage, "claimedStageSince": _ago(now, age) + source}
        return {"modelVersion": item}

    def _examined(self, now: int) -> list[dict[str, Any]]:
        return [
            {"evaluation": {"modelVersion": key_of(*name), "name": "e", "evaluatedAt": _ago(now, made.evaluated)}}
            for name, made in self.versions.items()
            if made.evaluated is not None
        ]

    def _deployed(self) -> list[dict[str, Any]]:
        return [
            {
                "deployment": {
                    "endpoint": {"environment": "p", "name": name[0]}, "modelVersion": key_of(*name), "startedAt": 1,
                    "endedAt": 2,
                }
            }
            for name, made in self.versions.items()
            if made.deployed
        ]  # fmt: skip

    async def _send(self, world: World, source: str, nodes: list[Any], links: list[Any] | None = None) -> None:
        body = {"source": source, "nodes": nodes, "relationships": links or []}
        result = await world.registry.register(body, LOCAL)
        assert [item.error for item in result.items if item.error] == []

    def reason(self, name: Name, keep: int) -> str:
        """Why a version keeps its files, written from the guide; empty where it does not."""
        made = self.versions[name]
        if (own := self._own(name)) != "":
            return own
        if self.rule(name) is None:
            return "NO_RULE"
        if any(self._own(other) for other in nx.ancestors(self.flow, name) & self.versions.keys()):
            return "ANCESTOR"
        of_model = [each for each in self.versions if each[0] == name[0] and self.versions[each].files]
        newer = [each for each in of_model if (self.versions[each].age, _uid(each)) < (made.age, _uid(name))]
        return "NEWEST" if len(newer) < keep else ""

    def _own(self, name: Name) -> str:
        made = self.versions[name]
        if made.held or self.held_model == name[0]:
            return "HOLD"
        if any(stage == "PRODUCTION" for stage, _ in made.stages):
            return "PRODUCTION"
        return "SERVED" if made.deployed else ""

    def rule(self, name: Name) -> int | None:
        """The rule that a version falls under; None for none."""
        made = self.versions[name]
        stages = [stage for stage, _ in made.stages]
        if stages and stages[-1] == "RETIRED":
            return 0
        if made.age >= 100 and self.tiers[name[0]] in {3, 4} and not {"STAGING", "PRODUCTION"} & {*stages}:
            return 1
        active = [made.age, *(age for _, age in made.stages)] + ([made.evaluated] if made.evaluated is not None else [])
        return 2 if min(active) >= 200 else None

    def contents(self, names: Iterable[Name]) -> dict[str, int]:
        """What these versions hold, each content once, with its size."""
        return dict(file for name in names for file in self.versions[name].files.values())

    def freed(self, going: set[Name]) -> int:
        """How many bytes only these versions have."""
        kept = self.contents(self.versions.keys() - going)
        return sum(size for content, size in self.contents(going).items() if content not in kept)


def _link(low: Name, high: Name) -> dict[str, Any]:
    """What is registered for the first having come from the second."""
    of = {"run": _RUN | {"runId": low[1]}, "data": _DATA | {"version": low[1]}}.get(low[0])
    to = {"run": _RUN | {"runId": high[1]}, "data": _DATA | {"version": high[1]}}.get(high[0])
    match low[0], high[0]:
        case "run", "data":
            return {"used": {"run": of, "data": to, "role": "TRAINING" if low[1] > "1" else "INPUT"}}
        case "run", _:
            return {"used": {"run": of, "modelVersion": key_of(*high), "role": "INPUT"}}
        case "data", "run":
            return {"produced": {"run": to, "data": of}}
        case "data", _:
            return {"derivedFrom": {"data": of, "from": to}}
        case _, "run":
            return {"produced": {"run": to, "modelVersion": key_of(*low)}}
        case _:
            return {"basedOn": {"modelVersion": key_of(*low), "base": key_of(*high)}}


def _uid(name: Name) -> str:
    return uid("ModelVersion", key_of(*name).values())


def _ago(now: int, days: int) -> int:
    return now - days * DAY * 1_000_000


@pytest.mark.parametrize("seed", range(4))
async def test_it_is_as_worked_out_in_memory(world: World, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "PAGE", 3)
    monkeypatch.setattr(ancestry, "LOOKED_AT", 3)
    monkeypatch.setattr(ancestry, "HOP", 2)
    monkeypatch.setattr(freeing, "_FILES", 4)
    monkeypatch.setattr(freeing, "_ASKED", 2)
    monkeypatch.setattr(planning, "_ITEMS", 2)
    inventory, now = Inventory(seed), world.retention.now()
    await inventory.register(world, now - 1)
    for keep in (0, 1, 2):
        made = await plan(world, *RULES, keepNewest=keep)
        reasons = {name: inventory.reason(name, keep) for name, each in inventory.versions.items() if each.files}
        going = {name for name, reason in reasons.items() if not reason}
        assert items_of(made) == sorted("/".join(name) for name in going)
        assert {each["reason"]: each["versions"] for each in made["kept"]} == Counter(filter(None, reasons.values()))
        assert made["bytes"] == sum(sum(inventory.contents([name]).values()) for name in going)
        assert made["freedBytes"] == inventory.freed(going)
        assert {(n["name"], n["version"]): n["rule"] for n in (each["node"] for each in made["items"]["edges"])} == {
            name: inventory.rule(name) for name in going
        }


async def test_who_sees_a_part_plans_for_that_part(world: World) -> None:
    for namespace in ("a", "b"):
        for number in (1, 2):
            await give(world, key_of("m", number, namespace), {"f": (f"{namespace}{number}", 10), "g": ("both", 7)})
    half = caller("planner", "a")
    made = await plan(world, {"stages": ["DEVELOPMENT"]}, by=half, keepNewest=0)
    assert {each["node"]["namespace"] for each in made["items"]["edges"]} == {"a"}
    assert made["freedBytes"] == 20, "what a version elsewhere has, seen or not, is not freed"
    query = "query ($id: ID!) { retentionPlan(id: $id) { id } retentionPlans { totalCount } }"
    for who, seen in ((half, True), (caller("other", "a", "b"), True), (caller("other", "b"), False), (PLANNER, True)):
        found = await world.ask(query, who, id=made["id"])
        assert (found["retentionPlan"] is not None, found["retentionPlans"]["totalCount"]) == (seen, int(seen))
    whole = await plan(world, {"stages": ["DEVELOPMENT"]}, keepNewest=0)
    assert (await world.ask(query, half, id=whole["id"]))["retentionPlan"] is None


@pytest.mark.parametrize("files", (1, 1_000))
async def test_what_is_only_claimed_keeps_bytes_and_frees_none(
    world: World, files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page as at once."""
    monkeypatch.setattr(freeing, "_FILES", files)
    for number, content in enumerate(("alone", "claimed outside", "claimed within", "purged", "purged too")):
        await give(world, key_of("m", number), {"f": (content, 1 << number), "g": ("all have it", 32)})
    await give(world, key_of("outside", 1), {"f": ("elsewhere", 64)})
    claims = [
        ("outside", 1, "claimed outside"),
        ("m", 0, "claimed within"),
        *(("m", n, "purged") for n in (0, 1)),
        ("m", 1, "purged too"),
    ]
    said = [
        {"contains": {"modelVersion": key_of(name, version), "artifact": digest_of(content), "path": "f"}}
        for name, version, content in claims
    ]
    result = await world.registry.register({"source": "s", "relationships": said}, LOCAL)
    assert [each.error for each in result.items] == [None] * len(claims)
    purged = "MATCH (v:ModelVersion {uid: $uid}) SET v.filesRemovedAt = 1, v.filesPurgedAt = 1"
    for version in ("3", "4"):
        await world.graph.execute(purged, {"uid": _uid(("m", version))})
    await hold(world, "case", modelVersion=key_of("outside", 1))
    made = await plan(world, {"stages": ["DEVELOPMENT"]}, keepNewest=0)
    assert items_of(made) == ["m/0", "m/1", "m/2"]
    assert made["freedBytes"] == 1 + 4 + 32
