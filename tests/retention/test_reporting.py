"""What storage costs, by model, team and stage: against the same added up in memory."""

import random
from collections import defaultdict
from typing import Any

import pytest

from app.access.service import LOCAL
from app.errors import ErrorCode, PedigreeError
from app.retention.purging import purge
from app.retention.reporting import GIB, MONTH
from tests.artifacts.world import World, caller, digest_of
from tests.retention.asking import DAY, done, give, key_of
from tests.stores.asking import tamper

_ASK = """query ($by: StorageGrouping! = MODEL, $price: Float, $overhead: Float! = 1, $first: Int! = 25) {
  storageReport(pricePerGibMonth: $price, overhead: $overhead) {
    artifacts bytes savedBytes monthlyGrowthBytes monthlyCost
    groups(by: $by, first: $first) { name artifacts bytes ownBytes sharedBytes savedBytes monthlyCost }
    forecast { at bytes monthlyCost }
  } }"""


async def report(world: World, who: Any = LOCAL, **given: Any) -> dict[str, Any]:
    return (await world.ask(_ASK, who, **given))["storageReport"]


Key = tuple[str, str]


class Holdings:
    """Random versions with files, and what a report must say of them."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.owners = {f"m{number}": rng.choice(("red", "blue", None)) for number in range(4)}
        keys = [(model, str(number)) for model in self.owners for number in range(rng.randrange(1, 4))]
        self.holds = {
            key: {f"c{content}": 1 << content for content in rng.sample(range(10), rng.randrange(1, 4))} for key in keys
        }
        self.stages = {key: rng.choice(("STAGING", "DEVELOPMENT", "PRODUCTION")) for key in keys}

    async def register(self, world: World) -> None:
        for key, contents in self.holds.items():
            await give(world, key_of(*key), {f"f{at}": each for at, each in enumerate(contents.items())})
        nodes: list[Any] = [
            {"model": {"namespace": "n", "name": name, "owner": owner}} for name, owner in self.owners.items()
        ]
        nodes += [{"modelVersion": {**key_of(*key), "claimedStage": stage}} for key, stage in self.stages.items()]
        await world.registry.register({"source": "s", "nodes": nodes}, LOCAL)

    def name_of(self, by: str, key: Key) -> str:
        return {"MODEL": f"n/{key[0]}", "TEAM": self.owners[key[0]] or "", "STAGE": self.stages[key]}[by]

    def stored(self) -> dict[str, int]:
        return {content: size for contents in self.holds.values() for content, size in contents.items()}

    def whole(self) -> int:
        return sum(sum(each.values()) for each in self.holds.values())

    def groups(self, by: str, cost: float) -> list[dict[str, Any]]:
        of: dict[str, dict[str, int]] = defaultdict(dict)
        whole: dict[str, int] = defaultdict(int)
        for key, contents in self.holds.items():
            of[self.name_of(by, key)] |= contents
            whole[self.name_of(by, key)] += sum(contents.values())
        found: list[dict[str, Any]] = []
        for name, contents in of.items():
            others = {each for other, theirs in of.items() if other != name for each in theirs}
            size, own = sum(contents.values()), sum(n for each, n in contents.items() if each not in others)
            found.append(
                {
                    "name": name, "artifacts": len(contents), "bytes": size, "ownBytes": own, "sharedBytes": size - own,
                    "savedBytes": whole[name] - size, "monthlyCost": pytest.approx(size * cost),
                }
            )  # fmt: skip
        return sorted(found, key=lambda each: (-each["bytes"], each["name"]))


@pytest.mark.parametrize("seed", (1, 2))
async def test_it_is_as_added_up_in_memory(world: World, seed: int) -> None:
    holdings = Holdings(seed)
    await holdings.register(world)
    stored, total = holdings.stored(), sum(holdings.stored().values())
    for by in ("MODEL", "TEAM", "STAGE"):
        found = await report(world, by=by, price=3, overhead=2)
        assert found["groups"] == holdings.groups(by, 2 * 3 / GIB)
        assert (found["artifacts"], found["bytes"]) == (len(stored), total)
        assert found["savedBytes"] == holdings.whole() - total
        assert found["monthlyCost"] == pytest.approx(total * 2 * 3 / GIB)
    assert len((await report(world, first=1))["groups"]) == 1


async def test_it_grows_on_as_it_did(world: World) -> None:
    await world.push({"a.bin": b"x" * 1_000}, key_of("m", 1))
    world.ahead = 4 * MONTH / 1_000_000
    await world.push({"a.bin": b"y" * 600}, key_of("m", 2))
    found = await report(world)
    assert (found["bytes"], found["monthlyGrowthBytes"], found["monthlyCost"]) == (1_600, 400, None)
    assert [each["bytes"] for each in found["forecast"]] == [1_600 + 400 * month for month in range(1, 13)]
    assert [each["monthlyCost"] for each in found["forecast"]] == [None] * 12
    world.ahead = 13 * MONTH / 1_000_000
    assert (await report(world))["monthlyGrowthBytes"] == 50, "what is older than a year is no growth any more"


async def test_what_was_mended_is_no_growth(world: World) -> None:
    files = {"a.bin": b"x" * 1_200}
    await world.push(files, key_of("m", 1))
    world.ahead = 4 * MONTH / 1_000_000
    await tamper(world.store, digest_of(files["a.bin"]).removeprefix("sha256:"), b"?" * 1_200)
    await world.ask('mutation { verifyArtifacts(input: {notSince: "2100-01-01T00:00:00Z"}) { __typename } }')
    assert (await world.push(files, key_of("m", 1)))["state"] == "COMPLETE"
    assert (await report(world))["monthlyGrowthBytes"] == 300


async def test_what_was_purged_costs_nothing_any_more(world: World) -> None:
    await world.push({"a.bin": b"old", "b.bin": b"shared"}, key_of("m", 1))
    await world.push({"a.bin": b"new", "b.bin": b"shared"}, key_of("m", 2))
    await done(world, {"stages": ["DEVELOPMENT"]})
    assert ((await report(world))["bytes"], (await report(world))["savedBytes"]) == (12, 6)
    world.ahead = 31 * DAY
    await purge(world.graph, world.store, world.retention.now)
    assert ((await report(world))["bytes"], (await report(world))["savedBytes"]) == (9, 0)


async def test_each_sees_its_own(world: World) -> None:
    for namespace in ("a", "b"):
        await give(world, key_of("m", 1, namespace), {"f": (f"c{namespace}", 10), "g": ("both", 5)})
    found = await report(world, caller("x", "a"))
    assert (found["bytes"], found["savedBytes"], found["artifacts"]) == (15, 0, 2)
    assert [each["name"] for each in found["groups"]] == ["a/m"]
    assert (await report(world, caller("x")))["bytes"] == 0
    assert (await report(world))["bytes"] == 25


@pytest.mark.parametrize("given", ({"first": 0}, {"first": 101}, {"overhead": 0.5}, {"price": -1}, {"overhead": 1e9}))
async def test_what_makes_no_sense_is_refused(world: World, given: dict[str, Any]) -> None:
    with pytest.raises(PedigreeError) as refused:
        await report(world, **given)
    assert refused.value.code in {ErrorCode.BAD_PAGE, ErrorCode.BAD_VALUE}
