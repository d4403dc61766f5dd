"""What tests of stores do often."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import httpx

from app.artifacts.content import Content, Upload, content_key, new_upload_id
from app.artifacts.folder import FolderStore
from app.artifacts.store import ArtifactStore

PATIENCE = 60.0
"""Seconds; no test asserts a time."""

S3_SMALLEST_PART = 5 * 1024 * 1024
"""Of all parts but the last (S3, Multipart upload limits)."""


def content_of(data: bytes) -> Content:
    """What the bytes are."""
    return Content(hashlib.sha256(data).hexdigest(), len(data))


async def pieces(data: bytes, size: int = 70_001) -> AsyncIterator[bytes]:
    """The bytes as a source gives them."""
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def whole(chunks: AsyncIterable[bytes]) -> bytes:
    """All of them."""
    return b"".join([chunk async for chunk in chunks])


async def begin(store: ArtifactStore, content: Content, *, part_bytes: int | None = None) -> Upload:
    """An upload of one file, in parts of that size: what a store keeps of it does not depend on their size."""
    upload = await store.begin(new_upload_id(), 0, content)
    return replace(upload, part_bytes=part_bytes) if part_bytes else upload


async def send(store: ArtifactStore, upload: Upload, data: bytes, http: httpx.AsyncClient, *parts: int) -> None:
    """Sends those parts (none: all) as a client does."""
    for part in parts or range(1, upload.parts + 1):
        at = (part - 1) * upload.part_bytes
        answer = await http.put(await store.upload_url(upload, part, 60), content=data[at : at + upload.bytes_of(part)])
        assert answer.status_code == 200, answer.text


async def upload(store: ArtifactStore, data: bytes, http: httpx.AsyncClient) -> Upload:
    """An upload all of whose bytes have arrived."""
    begun = await begin(store, content_of(data))
    await send(store, begun, data, http)
    return begun


async def tamper(store: ArtifactStore, sha256: str, data: bytes) -> None:
    """Puts other bytes in the place of stored ones, past the store, as nobody should be able to."""
    if isinstance(store, FolderStore):
        path = store.path_of(sha256)
        path.chmod(0o600)
        path.write_bytes(data)
        return
    inner: Any = store
    client, bucket = inner._bucket._client, inner._place.bucket
    await asyncio.to_thread(client.put_object, bucket, content_key(sha256), BytesIO(data), len(data))


async def put_beside(store: ArtifactStore, key: str, data: bytes) -> None:
    """Puts bytes into the store past it, under a key that is none of its own."""
    if isinstance(store, FolderStore):
        path = store.path_of("0" * 64).parents[3] / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return
    inner: Any = store
    client, bucket = inner._bucket._client, inner._place.bucket
    await asyncio.to_thread(client.put_object, bucket, key, BytesIO(data), len(data))


async def bytes_beside(store: ArtifactStore, key: str) -> int:
    """How many bytes are in the store under a key, past it; an error where there is nothing."""
    if isinstance(store, FolderStore):
        return (store.path_of("0" * 64).parents[3] / key).stat().st_size
    inner: Any = store
    found = await asyncio.to_thread(inner._bucket._client.stat_object, inner._place.bucket, key)
    return found.size
