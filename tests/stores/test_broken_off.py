"""Processes that are killed half-way, and files larger than what is in memory of them."""

import asyncio
import hashlib
import json
import sys
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import asdict

import httpx
import pytest

from app.artifacts.content import MIB, Content, content_key
from app.artifacts.folder import FolderStore
from app.artifacts.s3 import S3Store
from app.artifacts.store import ArtifactStore
from tests.stores.asking import S3_SMALLEST_PART, begin, send, whole

LARGE = bytes(17 * MIB)
CONTENT = Content(hashlib.sha256(LARGE).hexdigest(), len(LARGE))


def _place(store: ArtifactStore) -> dict[str, object]:
    if isinstance(store, FolderStore):
        return {"kind": "folder", "root": str(store.path_of(CONTENT.sha256).parents[3])}
    assert isinstance(store, S3Store)
    return {"kind": "minio", "place": asdict(store._place)}


async def _killed(store: ArtifactStore, **told: object) -> None:
    """Has another process do it, which does not survive."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.stores.dying", stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate(json.dumps(_place(store) | told).encode())
    assert process.returncode == -9, said.decode()


@pytest.mark.parametrize("moment", ("read", "named"))
async def test_a_service_that_is_killed_while_it_finishes_leaves_no_half_object(
    store: ArtifactStore, http: httpx.AsyncClient, moment: str
) -> None:
    begun = await begin(store, CONTENT, part_bytes=S3_SMALLEST_PART)
    await send(store, begun, LARGE, http)
    await _killed(store, moment=moment, content=asdict(CONTENT), upload=asdict(begun))
    assert await store.stat(CONTENT.sha256) is None
    assert await store.held() == []
    arrived = await store.arrived(begun)
    assert [part.bytes for part in arrived] == [begun.bytes_of(part.number) for part in arrived]
    assert len(arrived) == begun.parts  # nothing is to be sent again
    assert (await store.finish(begun)).new  # and another one can go on
    assert await whole(store.read(CONTENT.sha256)) == LARGE
    await store.discard(begun)
    for item in await store.unfinished():  # what the dead one left is found, and is not in the way
        await store.drop(item)
    assert await store.unfinished() == []
    assert len(await store.held()) == 1


async def test_a_service_that_is_killed_while_it_puts_leaves_no_half_object(store: ArtifactStore) -> None:
    await _killed(store, moment="put", content=asdict(CONTENT))
    assert await store.stat(CONTENT.sha256) is None
    [left] = await store.unfinished()
    assert left.key == content_key(CONTENT.sha256) or left.key.startswith("arriving/")
    await store.drop(left)
    assert await store.unfinished() == []


async def test_memory_does_not_grow_with_the_file(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    size, piece = 160 * MIB, bytes(MIB)
    hashed = hashlib.sha256()
    for _ in range(size // MIB):
        hashed.update(piece)
    content = Content(hashed.hexdigest(), size)

    async def source(count: int = size) -> AsyncIterator[bytes]:
        for _ in range(count // MIB):
            yield piece

    begun = await store.begin("0" * 32, 0, content)
    for part in range(1, begun.parts + 1):
        length = {"content-length": str(begun.bytes_of(part))}
        url = await store.upload_url(begun, part, 60)
        assert (await http.put(url, content=source(begun.bytes_of(part)), headers=length)).status_code == 200
    tracemalloc.start()
    try:
        await store.finish(begun)
        finished = tracemalloc.get_traced_memory()[1]
        await store.delete(content.sha256)
        await store.put(content, source())
        count = 0
        async for chunk in store.read(content.sha256):
            count += len(chunk)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == size
    assert finished < 8 * MIB
    assert peak < 72 * MIB  # of what is put, a piece of 16 MiB is gathered, cut and sent
