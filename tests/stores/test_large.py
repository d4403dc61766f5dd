"""What a store does otherwise with what is large: with small bounds, so that little is large."""

import os
import pickle

import httpx
import pytest

from app.artifacts import bucket as bucket_module
from app.artifacts import multipart
from app.artifacts.content import MIB, new_upload_id
from app.artifacts.failures import ArtifactMissing
from app.artifacts.formats.recognising import recognise_held
from app.artifacts.s3 import S3Store
from app.artifacts.store import ArtifactStore
from tests.stores.asking import S3_SMALLEST_PART, begin, content_of, pieces, send, whole


async def test_a_large_object_is_named_by_copies_of_its_pieces(
    bucket: S3Store, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_module, "_COPY_BYTES", 5 * MIB)
    data = os.urandom(12 * MIB + 1)
    begun = await begin(bucket, content_of(data), part_bytes=S3_SMALLEST_PART)
    await send(bucket, begun, data, http)
    assert (await bucket.finish(begun)).new
    assert await whole(bucket.read(begun.content.sha256)) == data


async def test_many_parts_are_listed_page_by_page(
    bucket: S3Store, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "_PAGE", 2)
    data = os.urandom(7)
    begun = await begin(bucket, content_of(data), part_bytes=1)
    await send(bucket, begun, data, http)
    assert [part.number for part in await bucket.arrived(begun)] == [1, 2, 3, 4, 5, 6, 7]


async def test_many_uploads_are_listed_page_by_page(bucket: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "_PAGE", 2)
    begun = [await bucket.begin(new_upload_id(), 0, content_of(b"x")) for _ in range(5)]
    assert [item.key for item in await bucket.unfinished(limit=100)] == sorted(each.key for each in begun)


async def test_what_is_held_is_told_without_reading_it_all(store: ArtifactStore) -> None:
    data = pickle.dumps({"weights": bytes(2 * MIB)})
    await store.put(content_of(data), pieces(data))
    found = await recognise_held(store, content_of(data).sha256, len(data), "model.safetensors")
    assert (found.name, found.unsafe) == ("pickle", True)
    assert "is called .safetensors" in (found.flaw or "")
    with pytest.raises(ArtifactMissing):
        await recognise_held(store, "0" * 64, 5)
