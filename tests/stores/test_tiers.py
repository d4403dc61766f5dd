"""Two stores as one: what is moved is in one of them at any time, and is read, listed and removed wherever it is."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.artifacts.content import MIB, Content, Span
from app.artifacts.failures import ArtifactDamaged, ArtifactMissing, StoreReadOnly, StoreUnreachable
from app.artifacts.store import ArtifactStore
from app.artifacts.tiers import TieredStore
from tests.stores.asking import content_of, pieces, put_beside, tamper, upload, whole

ABSENT = "0" * 64


async def stored(store: ArtifactStore, data: bytes) -> Content:
    """What the bytes are, which the store has from now on."""
    return (await store.put(content_of(data), pieces(data))).content


async def cool(store: TieredStore, content: Content) -> None:
    """Moves bytes, as a move does it while nobody removes them."""
    await store.copy(content)
    assert await store.release(content)


async def places(store: TieredStore, content: Content) -> tuple[bool, bool]:
    """Whether each of the two has them."""
    return await store.hot.stat(content.sha256) is not None, await store.cold.stat(content.sha256) is not None


@pytest.mark.parametrize("size", (1, 300_001, 17 * MIB + 3))
async def test_what_is_moved_is_read_as_before(tiered: TieredStore, http: httpx.AsyncClient, size: int) -> None:
    data = os.urandom(size)
    sent = await upload(tiered, data, http)
    content = (await tiered.finish(sent)).content
    await tiered.discard(sent)
    assert await places(tiered, content) == (True, False)
    for _ in range(2):
        await cool(tiered, content)
        assert await places(tiered, content) == (False, True)
    held = await tiered.stat(content.sha256)
    assert held is not None
    assert held.content == content
    assert await whole(tiered.read(content.sha256)) == data
    assert await whole(tiered.read(content.sha256, Span(0, 1))) == data[:1]
    answer = await http.get(await tiered.download_url(content, 60), headers={"range": "bytes=0-0"})
    assert (answer.status_code, answer.content) == (206, data[:1])
    assert (await http.get(await tiered.download_url(content, 60))).content == data
    assert await tiered.unfinished() == []
    assert await tiered.delete(content.sha256)
    assert await places(tiered, content) == (False, False)
    assert not await tiered.delete(content.sha256)


async def test_what_comes_again_is_there_twice_until_it_is_moved_again(
    tiered: TieredStore, http: httpx.AsyncClient
) -> None:
    data = os.urandom(5)
    content = await stored(tiered, data)
    await cool(tiered, content)
    assert (await tiered.finish(await upload(tiered, data, http))).content == content
    assert await places(tiered, content) == (True, True)
    assert [each.content for each in await tiered.held()] == [content]
    await cool(tiered, content)
    assert await places(tiered, content) == (False, True)
    assert await whole(tiered.read(content.sha256)) == data


@pytest.mark.parametrize("more", (1, 2 * MIB))
async def test_bytes_that_have_become_more_are_damaged_too(tiered: TieredStore, more: int) -> None:
    data = os.urandom(4_000)
    content = await stored(tiered, data)
    await tamper(tiered.hot, content.sha256, data + bytes(more))
    with pytest.raises(ArtifactDamaged):
        await tiered.copy(content)
    assert await places(tiered, content) == (True, False)


async def test_what_was_copied_and_is_gone_is_not_released(tiered: TieredStore) -> None:
    """As when a purge came between, and the same bytes came again."""
    data = os.urandom(4_000)
    content = await stored(tiered, data)
    await tiered.copy(content)
    await tiered.delete(content.sha256)
    await stored(tiered, data)
    assert not await tiered.release(content)
    assert await whole(tiered.read(content.sha256)) == data
    await stored(tiered.cold, data)
    await tamper(tiered.cold, content.sha256, data[:9])
    assert not await tiered.release(content)
    assert await whole(tiered.read(content.sha256)) == data


async def test_nothing_is_copied_that_is_there(tiered: TieredStore, monkeypatch: pytest.MonkeyPatch) -> None:
    content = await stored(tiered, b"ours")
    await tiered.copy(content)

    async def never(*_: object, **__: object) -> None:
        raise AssertionError("it is there")

    monkeypatch.setattr(tiered.cold, "put", never)
    await cool(tiered, content)
    monkeypatch.setattr(tiered.cold, "read", never)
    await cool(tiered, content)


async def test_another_may_have_moved_them_while_they_were_copied(
    tiered: TieredStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.urandom(4_000)
    content = await stored(tiered, data)
    put = tiered.cold.put

    async def overtaken(content: Content, source: Any, **how: Any) -> object:
        await put(content, pieces(data), **how)
        assert await tiered.release(content)
        return await put(content, source, **how)

    monkeypatch.setattr(tiered.cold, "put", overtaken)
    assert not await tiered.copy(content)
    assert await whole(tiered.read(content.sha256)) == data


@pytest.mark.parametrize("left", ("whole", "damaged", "cut"))
async def test_a_move_that_was_cut_off_is_done_to_its_end(tiered: TieredStore, left: str) -> None:
    data = os.urandom(4_000)
    content = await stored(tiered, data)
    await stored(tiered.cold, data)
    if left != "whole":
        await tamper(tiered.cold, content.sha256, data[:-1] + b"?" if left == "damaged" else data[:9])
    assert await whole(tiered.read(content.sha256)) == data
    await cool(tiered, content)
    assert await places(tiered, content) == (False, True)
    assert await whole(tiered.read(content.sha256)) == data


async def test_damaged_bytes_stay_where_they_are(tiered: TieredStore) -> None:
    data = os.urandom(4_000)
    content = await stored(tiered, data)
    await tamper(tiered.hot, content.sha256, b"?" * len(data))
    with pytest.raises(ArtifactDamaged):
        await tiered.copy(content)
    assert await places(tiered, content) == (True, False)
    assert await tiered.cold.unfinished() == []


async def test_what_the_colder_store_does_not_keep_right_is_not_taken_from_the_other(
    tiered: TieredStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.urandom(4_000)
    content = await stored(tiered, data)
    put = tiered.cold.put

    async def put_badly(content: Content, source: Any, **how: Any) -> object:
        done = await put(content, source, **how)
        await tamper(tiered.cold, content.sha256, b"?" * len(data))
        return done

    monkeypatch.setattr(tiered.cold, "put", put_badly)
    with pytest.raises(StoreUnreachable, match="does not keep what it takes"):  # not damage: that is looked for here
        await cool(tiered, content)
    assert await whole(tiered.read(content.sha256)) == data


async def test_what_neither_has_is_missing(tiered: TieredStore) -> None:
    content = Content(ABSENT, 1)
    for missing in (tiered.copy(content), whole(tiered.read(ABSENT))):
        with pytest.raises(ArtifactMissing):
            await missing
    assert await tiered.stat(ABSENT) is None


async def test_what_is_moved_while_it_is_read_comes_whole(tiered: TieredStore) -> None:
    data = os.urandom(3 * MIB)
    content = await stored(tiered, data)
    reading = tiered.read(content.sha256)
    first = await anext(reading)
    await cool(tiered, content)
    assert first + await whole(reading) == data
    assert await whole(tiered.read(content.sha256)) == data


async def test_what_is_removed_from_one_only_is_not_told_as_a_refusal(
    tiered: TieredStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is refused takes it that nothing was done."""

    async def refuse(*_: object) -> None:
        raise StoreReadOnly("The colder store takes nothing.")

    content = await stored(tiered, b"ours")
    monkeypatch.setattr(tiered.cold, "delete", refuse)
    with pytest.raises(StoreUnreachable, match="from one of two stores only"):
        await tiered.delete(content.sha256)
    with pytest.raises(StoreReadOnly):
        await tiered.delete(content.sha256)


async def test_many_move_the_same_at_once(tiered: TieredStore) -> None:
    data = os.urandom(40_000)
    content = await stored(tiered, data)
    await asyncio.gather(*(cool(tiered, content) for _ in range(8)))
    assert await whole(tiered.read(content.sha256)) == data
    assert await places(tiered, content) == (False, True)


async def test_a_store_that_fails_half_way_loses_nothing(tiered: TieredStore, monkeypatch: pytest.MonkeyPatch) -> None:
    data = os.urandom(3 * MIB)
    content = await stored(tiered, data)
    read = tiered.hot.read

    async def breaking(sha256: str, span: Span | None = None) -> AsyncIterator[bytes]:
        async for chunk in read(sha256, span):
            yield chunk
            raise StoreUnreachable("The store went away.")

    monkeypatch.setattr(tiered.hot, "read", breaking)
    with pytest.raises(StoreUnreachable):
        await cool(tiered, content)
    monkeypatch.undo()
    assert await places(tiered, content) == (True, False)
    assert await tiered.unfinished() == []
    await cool(tiered, content)
    assert await whole(tiered.read(content.sha256)) == data


@pytest.mark.parametrize("page", (1, 2, 3, 7, 100))
async def test_both_are_listed_as_one_page_by_page(tiered: TieredStore, page: int) -> None:
    contents = [await stored(tiered, bytes([number])) for number in range(7)]
    for each in contents[::2]:
        await cool(tiered, each)
    await stored(tiered.cold, bytes([1]))  # as of a move that was cut off
    found: list[Content] = []
    while more := await tiered.held(found[-1].sha256 if found else "", page):
        assert len(more) == min(page, 7 - len(found))
        found += [each.content for each in more]
    assert found == sorted(contents)


@pytest.mark.parametrize("page", (1, 2, 5))
@pytest.mark.parametrize("order", ("hhhcc", "ccchh", "hchch", "cchhc"))
async def test_what_was_left_in_either_is_found_and_dropped(tiered: TieredStore, page: int, order: str) -> None:
    for number, which in enumerate(order):
        await {"h": tiered.hot, "c": tiered.cold}[which].begin(f"{number:032x}", 0, content_of(b"some"))
    seen: list[str] = []
    while more := await tiered.unfinished(seen[-1] if seen else "", page):
        seen += [each.key for each in more]
    assert seen == sorted({each.key for store in (tiered.hot, tiered.cold) for each in await store.unfinished()})
    for each in await tiered.unfinished():
        await tiered.drop(each)
    assert await tiered.unfinished() == []


async def test_it_can_be_used_where_both_can(tiered: TieredStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await tiered.check()

    async def failing() -> None:
        raise StoreUnreachable("It is away.")

    for store in (tiered.hot, tiered.cold):
        with monkeypatch.context() as patched:
            patched.setattr(store, "check", failing)
            with pytest.raises(StoreUnreachable):
                await tiered.check()


async def test_what_others_put_there_is_not_listed(tiered: TieredStore) -> None:
    content = await stored(tiered, b"ours")
    await cool(tiered, content)
    await put_beside(tiered.cold, "sha256/00/11/notes.txt", b"theirs")
    assert [each.content for each in await tiered.held()] == [content]
