"""Bytes into a store and out of it again: as they are, or not at all."""

import asyncio
import os
from dataclasses import replace

import httpx
import pytest

from app.artifacts.content import MIB, Content, Part, Span, Unfinished, content_key, new_upload_id
from app.artifacts.failures import ArtifactMissing, UploadIncomplete, UploadMismatch
from app.artifacts.store import ArtifactStore
from tests.stores.asking import (
    S3_SMALLEST_PART,
    begin,
    bytes_beside,
    content_of,
    pieces,
    put_beside,
    send,
    tamper,
    upload,
    whole,
)

ABSENT = "0" * 64


@pytest.mark.parametrize("size", (0, 1, 65_536, 300_001))
async def test_what_a_client_sends_comes_out_as_it_was(
    store: ArtifactStore, http: httpx.AsyncClient, size: int
) -> None:
    data = os.urandom(size)
    sent = await upload(store, data, http)
    assert await store.stat(sent.content.sha256) is None  # not before the service itself has hashed it
    stored = await store.finish(sent)
    assert (stored.content, stored.new) == (content_of(data), True)
    held = await store.stat(sent.content.sha256)
    assert held is not None
    assert held.content == content_of(data)
    assert await whole(store.read(sent.content.sha256)) == data
    await store.discard(sent)
    assert await store.unfinished() == []
    assert await whole(store.read(sent.content.sha256)) == data


@pytest.mark.parametrize("size", (0, 5, 17 * MIB + 3))
async def test_what_the_service_has_comes_out_as_it_was(store: ArtifactStore, size: int) -> None:
    data = os.urandom(size)
    assert (await store.put(content_of(data), pieces(data, 999_999))).new
    assert not (await store.put(content_of(data), pieces(data, 999_999))).new
    assert [each.content for each in await store.held()] == [content_of(data)]
    assert await store.unfinished() == []
    assert await whole(store.read(content_of(data).sha256)) == data


@pytest.mark.parametrize(
    "announced", (0, 5, 40, 17 * MIB + 3), ids=("nothing", "too little", "too much", "too much, in pieces")
)
async def test_what_is_not_as_announced_is_kept_nowhere(store: ArtifactStore, announced: int) -> None:
    data = os.urandom(20)
    for content in (Content(content_of(data).sha256, announced), Content(ABSENT, 20)):
        with pytest.raises(UploadMismatch):
            await store.put(content, pieces(data, 3))
    assert await store.held() == []
    assert await store.unfinished() == []


async def test_more_than_announced_is_refused_whatever_its_beginning(store: ArtifactStore) -> None:
    data = os.urandom(17 * MIB)
    with pytest.raises(UploadMismatch):
        await store.put(content_of(data), pieces(data + b"!", MIB))
    assert await store.unfinished() == []


async def test_a_source_that_breaks_leaves_nothing(store: ArtifactStore) -> None:
    data = os.urandom(40 * MIB)

    async def breaking():  # noqa: ANN202 - a source
        yield data[: 20 * MIB]
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await store.put(content_of(data), breaking())
    assert await store.held() == []
    assert await store.unfinished() == []


@pytest.mark.parametrize(
    ("first", "count"), ((0, 1), (0, 300_000), (7, 100), (299_990, 100), (299_999, 1), (300_000, 5), (900_000, 1))
)
async def test_a_span_gives_those_bytes_that_there_are(store: ArtifactStore, first: int, count: int) -> None:
    data = os.urandom(300_000)
    await store.put(content_of(data), pieces(data))
    assert await whole(store.read(content_of(data).sha256, Span(first, count))) == data[first : first + count]


async def test_a_reader_that_leaves_early_holds_nothing_up(store: ArtifactStore) -> None:
    data = os.urandom(3 * MIB)
    await store.put(content_of(data), pieces(data))
    for _ in range(40):  # more than there are threads or connections
        async for chunk in store.read(content_of(data).sha256):
            assert data.startswith(chunk)
            break
    assert await whole(store.read(content_of(data).sha256)) == data


async def test_a_wrong_digest_gets_no_name_and_what_arrived_is_gone(
    store: ArtifactStore, http: httpx.AsyncClient
) -> None:
    data, other = os.urandom(12 * MIB), os.urandom(12 * MIB)
    begun = await begin(store, content_of(data), part_bytes=S3_SMALLEST_PART)
    await send(store, begun, other, http)
    with pytest.raises(UploadMismatch, match=content_of(other).sha256):
        await store.finish(begun)
    assert await store.held() == []
    assert await store.unfinished() == []


async def test_a_missing_or_wrong_part_is_named_and_the_others_are_kept(
    store: ArtifactStore, http: httpx.AsyncClient
) -> None:
    data = os.urandom(12 * MIB)
    begun = await begin(store, content_of(data), part_bytes=S3_SMALLEST_PART)
    assert await store.arrived(begun) == []
    await send(store, begun, data, http, 3, 1)
    with pytest.raises(UploadIncomplete, match=r"1 are missing .*: 2\."):
        await store.finish(begun)
    assert await store.arrived(begun) == [Part(1, S3_SMALLEST_PART), Part(3, 2 * MIB)]
    await send(store, begun, data, http, 1, 2)
    assert (await store.finish(begun)).new
    assert await whole(store.read(begun.content.sha256)) == data


async def test_equal_bytes_are_stored_once_whoever_sends_them(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    data = os.urandom(2000)
    first, second = [await upload(store, data, http) for _ in range(2)]
    assert (await store.finish(first)).new
    assert not (await store.finish(second)).new
    await store.discard(first)
    await store.discard(second)
    assert len(await store.held()) == 1


async def test_an_upload_is_finished_twice_and_by_two_at_once(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    data = os.urandom(12 * MIB)
    begun = await begin(store, content_of(data), part_bytes=S3_SMALLEST_PART)
    await send(store, begun, data, http)
    same = [store.finish(begun) for _ in range(4)]
    others = [store.finish(await upload(store, data, http)) for _ in range(4)]
    stored = await asyncio.gather(*same, *others)
    assert {each.content for each in stored} == {begun.content}
    assert any(each.new for each in stored)
    assert not (await store.finish(begun)).new
    assert await whole(store.read(begun.content.sha256)) == data
    assert len(await store.held()) == 1


async def test_what_was_discarded_is_gone_and_takes_nothing(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    data = os.urandom(2000)
    begun = await begin(store, content_of(data))
    url = await store.upload_url(begun, 1, 60)
    assert (await http.put(url, content=data)).status_code == 200
    await store.discard(begun)
    await store.discard(begun)
    assert await store.unfinished() == []
    assert (await http.put(url, content=data)).status_code == 404
    with pytest.raises(UploadIncomplete):
        await store.finish(begun)
    assert await store.unfinished() == []


async def test_an_address_that_lives_on_changes_nothing_of_what_was_read(
    store: ArtifactStore, http: httpx.AsyncClient
) -> None:
    data = os.urandom(2000)
    sent = await upload(store, data, http)
    url = await store.upload_url(replace(sent, content=content_of(os.urandom(2000))), 1, 60)
    finished = await store.finish(sent)
    await http.put(url, content=os.urandom(2000))
    assert await whole(store.read(finished.content.sha256)) == data


async def test_a_part_that_is_not_there_has_no_address(store: ArtifactStore) -> None:
    begun = await begin(store, content_of(b"x"))
    for part in (0, 2):
        with pytest.raises(ValueError, match="parts 1 to 1"):
            await store.upload_url(begun, part, 60)


@pytest.mark.parametrize("sha256", ("", "../" * 8 + "etc/passwd", "A" * 64, "0" * 63))
async def test_what_is_no_digest_is_no_place(store: ArtifactStore, sha256: str) -> None:
    for asked in (store.stat(sha256), store.delete(sha256), whole(store.read(sha256))):
        with pytest.raises(ValueError, match="64 hexadecimal"):
            await asked


async def test_bytes_are_deleted_once(store: ArtifactStore) -> None:
    await store.put(content_of(b"x"), pieces(b"x"))
    assert await store.delete(content_of(b"x").sha256)
    assert not await store.delete(content_of(b"x").sha256)
    assert await store.stat(content_of(b"x").sha256) is None
    with pytest.raises(ArtifactMissing, match=content_of(b"x").sha256):
        await whole(store.read(content_of(b"x").sha256))


async def test_what_is_held_is_listed_by_digest_a_page_at_a_time(store: ArtifactStore) -> None:
    contents = sorted(content_of(bytes([number])) for number in range(40))
    await asyncio.gather(
        *(store.put(content, pieces(bytes([n]))) for n in range(40) for content in [content_of(bytes([n]))])
    )
    assert [each.content for each in await store.held()] == contents
    found, after = list[Content](), ""
    while page := await store.held(after, 7):
        assert len(page) <= 7
        found += [each.content for each in page]
        after = page[-1].content.sha256
    assert found == contents


async def test_what_is_unfinished_is_listed_by_key_and_dropped(store: ArtifactStore, http: httpx.AsyncClient) -> None:
    name = new_upload_id()
    uploads = [await store.begin(name, number, content_of(b"x")) for number in range(12)]
    await send(store, uploads[3], b"x", http)
    await send(store, uploads[4], b"x", http)
    await store.finish(uploads[4])  # joined, and not discarded
    keys = sorted(each.key for each in uploads)
    assert [each.key for each in await store.unfinished()] == keys
    found, after = list[str](), ""
    while page := await store.unfinished(after, 5):
        found += [each.key for each in page]
        after = page[-1].key
    assert found == keys
    for each in await store.unfinished():
        await store.drop(each)
    assert await store.unfinished() == []
    assert [each.content for each in await store.held()] == [content_of(b"x")]


async def test_dropping_never_touches_what_has_a_digests_name(store: ArtifactStore) -> None:
    await store.put(content_of(b"x"), pieces(b"x"))
    await begin(store, content_of(b"y"))
    [listed] = await store.unfinished()
    await store.drop(replace(listed, key=content_key(content_of(b"x").sha256), token=""))
    assert await store.stat(content_of(b"x").sha256) is not None


async def test_it_is_ready(store: ArtifactStore) -> None:
    await store.check()
    assert await store.held() == []
    assert await store.unfinished() == []


async def test_what_others_put_there_is_not_held_and_ends_no_page(store: ArtifactStore) -> None:
    data = {content_of(b"%d" % number): b"%d" % number for number in range(12)}
    contents = sorted(data)
    for content in contents:
        await store.put(content, pieces(data[content]))
    first = contents[0].sha256
    for key in (f"sha256/{first[:2]}/{first[2:4]}/notes.txt", f"sha256/00/00/{'f' * 64}", f"sha256/{'0' * 64}"):
        await put_beside(store, key, b"x")
    found, after = [], ""
    while page := await store.held(after, 3):
        found += [each.content for each in page]
        if len(page) < 3:
            break
        after = page[-1].content.sha256
    assert found == contents


async def test_what_others_put_beside_uploads_is_not_ours_to_remove(store: ArtifactStore) -> None:
    others = ("staging/2024/customers.parquet", "staging/a/1", f"staging/{'a' * 32}/1.csv", "pedigree.txt", "probe")
    for key in others:
        await put_beside(store, key, b"theirs")
    keys = sorted([(await begin(store, content_of(b"x"))).key for _ in range(4)])
    found, after = list[str](), ""
    while page := await store.unfinished(after, 2):
        found += [each.key for each in page]
        after = page[-1].key
    assert found == keys
    for key in others:
        await store.drop(Unfinished(key, 0))
    await store.check()
    assert [await bytes_beside(store, key) for key in others] == [6] * len(others)


@pytest.mark.parametrize("size", (5, 17 * MIB))
async def test_right_bytes_take_the_place_of_wrong_ones(
    store: ArtifactStore, http: httpx.AsyncClient, size: int
) -> None:
    data = os.urandom(size)
    content = content_of(data)
    sent = await upload(store, data, http)
    await store.put(content, pieces(data))
    for again in (store.finish(sent), store.put(content, pieces(data))):
        await tamper(store, content.sha256, bytes(size))  # of the same size, as a disk that rots leaves them
        assert not (await again).new
        assert await whole(store.read(content.sha256)) == data
