"""What is left of uploads that broke off is removed when its time is over, and nothing else."""

from app.artifacts.sweeping import Swept, sweep
from app.artifacts.uploads import LIFE
from tests.artifacts.world import FILES, KEY, SAFETENSORS, World, digest_of
from tests.stores.asking import begin, content_of

OTHER = {**KEY, "version": "2"}


async def test_an_upload_is_kept_while_its_time_lasts(world: World) -> None:
    upload = await world.begin()
    await world.send(upload["id"], only=["config.json"])
    now = world.artifacts.now()
    assert await sweep(world.graph, world.store, now) == Swept(0, 0)
    assert await sweep(world.graph, world.store, now + LIFE - 60_000_000) == Swept(0, 0)
    assert len(await world.missing(upload["id"])) == 2


async def test_it_is_removed_with_all_that_arrived_when_that_is_over(world: World) -> None:
    await world.push(key=OTHER, files={"a.bin": b"kept"})
    upload = await world.begin()
    await world.send(upload["id"], only=["config.json"])
    swept = await sweep(world.graph, world.store, world.artifacts.now() + 2 * LIFE)
    assert (swept.uploads, swept.leftovers > 0) == (2, True)
    assert list(await world.store.unfinished()) == []
    assert (await world.complete(upload["id"]))["code"] == "NOT_FOUND"
    [[left]] = await world.graph.read("MATCH (n:Upload|UploadFile) RETURN count(n)")
    assert left == 0
    [download] = await world.downloads(digest_of(b"kept"))
    assert (await world.http.get(download["url"])).content == b"kept", "what is recorded stays"
    assert (await world.push())["state"] == "COMPLETE", "and what was swept can be handed over anew"


async def test_what_no_upload_knows_is_removed_only_when_it_is_old(world: World) -> None:
    stranger = await begin(world.store, content_of(b"x" * 100))
    await world.http.put(await world.store.upload_url(stranger, 1, 60), content=b"x" * 100)
    now = world.artifacts.now()
    assert await sweep(world.graph, world.store, now) == Swept(0, 0)
    assert (await sweep(world.graph, world.store, now + 2 * LIFE)).leftovers == 1
    assert list(await world.store.unfinished()) == []


async def test_bytes_with_a_name_are_not_swept(world: World) -> None:
    await world.push(FILES)
    await sweep(world.graph, world.store, world.artifacts.now() + 10 * LIFE)
    held = [each.content.sha256 for each in await world.store.held()]
    assert len(held) == len(FILES)
    assert digest_of(SAFETENSORS).removeprefix("sha256:") in held
