"""What tests of moved files ask and do often."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from app.artifacts.failures import StoreUnreachable
from app.artifacts.tiers import TieredStore
from tests.artifacts.world import World, digest_of
from tests.retention.asking import key_of

TIER = {"stages": ["DEVELOPMENT"], "action": "TIER"}
DELETE = {"stages": ["DEVELOPMENT"], "graceDays": 0}
HALF_AN_HOUR = 1_800.0
"""Seconds: what a service that was killed was at is another's by then."""

SHARED, OLD, NEW = b"shared", b"only in the old", b"only in the new"
_VERSION = """
query ($key: ModelVersionKey!) { modelVersion(key: $key) {
  filesTieredAt filesTieredUnder filesRemovedAt
  files(verified: true) { edges { node { path artifact { state coldSince provenance { source } } } } }
} }
"""


def tiers_of(world: World) -> TieredStore:
    """The world's store, which is of two."""
    assert isinstance(world.store, TieredStore)
    return world.store


async def due_again(world: World) -> None:
    """The first of the two versions is to be moved again."""
    await world.graph.execute("MATCH (v:ModelVersion {version: '1'}) SET v.filesMoving = 1")


async def two_versions(world: World) -> None:
    """Two versions with a file in common."""
    await world.push({"a.bin": SHARED, "old.bin": OLD, "empty": b""}, key_of("m", 1))
    await world.push({"a.bin": SHARED, "new.bin": NEW}, key_of("m", 2))


async def seen(world: World, version: int) -> Mapping[str, Any]:
    """One of them, with what is said of its files."""
    return (await world.ask(_VERSION, key=key_of("m", version)))["modelVersion"]


async def cold_files(world: World, version: int) -> set[str]:
    """The paths of the files that are said to lie in the colder store."""
    edges = (await seen(world, version))["files"]["edges"]
    return {each["node"]["path"] for each in edges if each["node"]["artifact"]["coldSince"] is not None}


async def lying(world: World) -> tuple[set[bytes], set[bytes]]:
    """What of the three each store has."""
    store = tiers_of(world)
    known = {digest_of(each).removeprefix("sha256:"): each for each in (SHARED, OLD, NEW)}
    hot, cold = [{each.content.sha256 for each in await part.held()} for part in (store.hot, store.cold)]
    return {known[each] for each in hot & known.keys()}, {known[each] for each in cold & known.keys()}


async def marked(world: World) -> list[tuple[str, int]]:
    """The versions whose files are to be moved still, and since when."""
    statement = "MATCH (v:ModelVersion) WHERE v.filesMoving IS NOT NULL RETURN v.version, v.filesMoving"
    return sorted((row[0], row[1]) for row in await world.graph.read(statement))


async def fetched(world: World, data: bytes) -> bytes:
    """The bytes as a client gets them."""
    [download] = await world.downloads(digest_of(data))
    return (await world.http.get(download["url"])).content


async def away(*_: object, **__: object) -> None:
    """As a store that does not answer, whatever it is asked."""
    raise StoreUnreachable("The colder store is away.")


async def source(data: bytes) -> AsyncIterator[bytes]:
    """The bytes as a store takes them."""
    yield data
