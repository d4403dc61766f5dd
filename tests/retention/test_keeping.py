"""Legal holds: placed, listed, lifted, and seen by those who see what they are on."""

from typing import Any

import pytest

from app.access.service import LOCAL
from tests.artifacts.world import World, caller
from tests.engines.registered import version
from tests.retention.asking import APPROVER, give, hold, items_of, key_of, plan

MODEL = {"namespace": "n", "name": "m"}
_LIST = """query ($lifted: Boolean! = false, $first: Int, $after: String) {
  legalHolds(lifted: $lifted, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { reference reason liftedAt } }
  } }"""


async def listed(world: World, by: Any = LOCAL, **page: Any) -> tuple[int, list[str]]:
    found = (await world.ask(_LIST, by, **page))["legalHolds"]
    return found["totalCount"], [each["node"]["reference"] for each in found["edges"]]


async def test_a_hold_lasts_until_it_is_lifted(world: World) -> None:
    for number in range(2):
        await give(world, key_of("m", number), {"f": (f"c{number}", 10)})
    placed = await hold(world, " case 1 ", modelVersion=key_of("m", 0))
    assert (placed["reference"], placed["liftedAt"]) == ("case 1", None)
    assert await hold(world, "case 1", by=LOCAL, modelVersion=key_of("m", 0)) == placed, "sent again it stays as it is"
    await hold(world, "case 2", model=MODEL)
    everything = {"stages": ["DEVELOPMENT"]}
    for reference, on, going in (
        ("case 1", {"modelVersion": key_of("m", 0)}, []),
        ("case 2", {"model": MODEL}, ["m/0", "m/1"]),
    ):
        lifted = await hold(world, reference, LOCAL, lift=True, **on)
        assert lifted["liftedAt"] is not None
        assert lifted["placedBy"] != lifted["liftedBy"]
        assert await hold(world, reference, APPROVER, lift=True, **on) == lifted
        assert items_of(await plan(world, everything, keepNewest=0)) == going
    assert await listed(world) == (0, [])
    assert await listed(world, lifted=True) == (2, ["case 2", "case 1"])
    again = await hold(world, "case 1", modelVersion=key_of("m", 0))
    assert (again["id"], again["liftedAt"]) == (placed["id"], None)
    assert items_of(await plan(world, everything, keepNewest=0)) == ["m/1"]


async def test_several_on_one_thing_each_hold(world: World) -> None:
    await give(world, key_of("m", 0), {"f": ("c", 10)})
    for reference in ("a", "b"):
        await hold(world, reference, modelVersion=key_of("m", 0))
    await hold(world, "a", lift=True, modelVersion=key_of("m", 0))
    assert items_of(await plan(world, {"stages": ["DEVELOPMENT"]}, keepNewest=0)) == []


async def test_they_are_paged_and_only_those_are_seen_of_what_is_seen(world: World) -> None:
    for namespace in ("a", "b"):
        await give(world, key_of("m", 1, namespace), {"f": ("c", 1)})
        for number in range(3):
            world.ahead += 1
            await hold(world, f"{namespace}{number}", modelVersion=key_of("m", 1, namespace))
    seen, after = list[str](), None
    while True:
        found = (await world.ask(_LIST, APPROVER, first=2, after=after))["legalHolds"]
        seen += [each["node"]["reference"] for each in found["edges"]]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]
    assert seen == ["b2", "b1", "b0", "a2", "a1", "a0"]
    half = caller("somebody", "a")
    assert await listed(world, half) == (3, ["a2", "a1", "a0"])
    strange = await hold(world, "x", by=half, modelVersion=key_of("m", 1, "b"))
    assert strange == await hold(world, "x", by=half, modelVersion=key_of("m", 9, "b")), "as what does not exist"
    assert strange["code"] == "NOT_FOUND"
    assert (await hold(world, "b1", by=half, lift=True, modelVersion=key_of("m", 1, "b")))["code"] == "NOT_FOUND"
    assert (await listed(world))[0] == 6


@pytest.mark.parametrize("reference", ("", "  ", "x" * 201, "a\x00b"))
async def test_a_hold_has_a_reference(world: World, reference: str) -> None:
    await give(world, key_of("m", 1), {"f": ("c", 1)})
    refused = await hold(world, reference, modelVersion=key_of("m", 1))
    assert (refused["code"], refused["path"]) == ("BAD_VALUE", "input.reference")
    assert await listed(world) == (0, [])


async def test_what_is_registered_again_stays_held(world: World) -> None:
    await give(world, key_of("m", 1), {"f": ("c", 1)})
    await hold(world, "case", modelVersion=key_of("m", 1))
    await world.registry.register({"source": "s", "nodes": [version(1, description="another")]}, LOCAL)
    assert items_of(await plan(world, {"stages": ["DEVELOPMENT"]}, keepNewest=0)) == []
