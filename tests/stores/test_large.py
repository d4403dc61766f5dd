"""What a store does otherwise with what is large: with small bounds, so that little is large."""

import os
import pickle
import threading

import httpx
import pytest

from app.artifacts import bucket as bucket_module
from app.artifacts import multipart
from app.artifacts.content import MIB, new_upload_id
from app.artifacts.failures import BadFile
from app.artifacts.formats.format import Format, Read
from app.artifacts.formats.recognising import recognise
from app.artifacts.s3 import S3Store
from app.artifacts.store import ArtifactStore
from app.errors import GraphBusy
from tests.stores.asking import S3_SMALLEST_PART, begin, content_of, send, upload, whole


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


async def test_what_arrived_is_told_before_it_has_a_name_without_reading_it_all(
    store: ArtifactStore, http: httpx.AsyncClient
) -> None:
    data, told = pickle.dumps({"weights": bytes(2 * MIB)}), list[Format]()
    asked: list[int] = []

    def look(read: Read) -> None:
        def counted(first: int, count: int) -> bytes:
            asked.append(count)
            return read(first, count)

        assert read(len(data) - 3, 100) == data[-3:]
        assert read(len(data), 100) == b""
        assert threading.current_thread() is not threading.main_thread(), "nobody else is kept waiting"
        told.append(recognise(counted, len(data), "model.safetensors"))

    sent = await upload(store, data, http)
    assert (await store.finish(sent, look=look)).new
    [found] = told
    assert (found.name, found.unsafe) == ("pickle", True)
    assert found.flaw is None, "what bytes are called is no flaw of theirs"
    assert sum(asked) < MIB
    assert not (await store.finish(sent, look=look)).new
    assert len(told) == 2, "what is stored is looked at again by who finishes again"


async def test_what_is_refused_when_it_is_looked_at_is_kept_nowhere(
    store: ArtifactStore, http: httpx.AsyncClient
) -> None:
    def refuse(_: Read) -> None:
        raise BadFile("It is a bomb.")

    for data in (b"x" * 3, os.urandom(300_000)):
        sent = await upload(store, data, http)
        with pytest.raises(BadFile, match="bomb"):
            await store.finish(sent, look=refuse)
        assert await store.stat(sent.content.sha256) is None
        assert await store.unfinished() == []
    assert await store.held() == []


async def test_what_fails_while_it_is_looked_at_can_be_finished_again(
    store: ArtifactStore, http: httpx.AsyncClient
) -> None:
    def fail(_: Read) -> None:
        raise GraphBusy("Others were in the way.")

    sent = await upload(store, b"x", http)
    with pytest.raises(GraphBusy):
        await store.finish(sent, look=fail)
    assert await store.stat(sent.content.sha256) is None
    assert (await store.finish(sent, look=lambda read: None if read(0, 9) == b"x" else fail(read))).new


async def test_a_file_without_bytes_is_looked_at_too(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    seen: list[bytes] = []
    assert (await store.finish(await upload(store, b"", http), look=lambda read: seen.append(read(0, 9)))).new
    assert seen == [b""]
