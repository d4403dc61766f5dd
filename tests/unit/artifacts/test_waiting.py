"""What takes long in a store is in the way of nothing that does not."""

import asyncio
import hashlib
import threading
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.artifacts.bucket import Bucket
from app.artifacts.content import Content, Stored, Upload, new_upload_id
from app.artifacts.folder import FolderStore, open_folder
from app.artifacts.folder_files import FolderFiles
from app.artifacts.place import S3Place
from app.artifacts.s3 import S3Store
from app.artifacts.waiting import THREADS, Threads, Work

CONTENT = Content(hashlib.sha256(b"x").hexdigest(), 1)


class Gate:
    """Holds up whoever comes to it, until it is opened."""

    def __init__(self) -> None:
        self._came: list[None] = []
        self._opened = threading.Event()

    @property
    def waiting(self) -> int:
        """How many have come."""
        return len(self._came)

    def pass_(self, *_: Any) -> None:
        self._came.append(None)
        self._opened.wait(60)

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def gate() -> Generator[Gate]:
    found = Gate()
    yield found
    found.open()


async def _come(gate: Gate, count: int) -> None:
    async with asyncio.timeout(60):
        while gate.waiting < count:  # noqa: ASYNC110 - threads tell no event loop
            await asyncio.sleep(0.01)


async def test_each_kind_of_work_has_threads_of_its_own(gate: Gate) -> None:
    threads = Threads()
    long = [asyncio.create_task(threads.run(gate.pass_, Work.LONG)) for _ in range(THREADS + 4)]
    await _come(gate, THREADS)
    short = [asyncio.create_task(threads.run(gate.pass_, Work.SHORT)) for _ in range(THREADS + 4)]
    await _come(gate, 2 * THREADS)
    async with asyncio.timeout(60):
        assert await threads.run(lambda: "here", Work.CHECK) == "here"
    gate.open()
    await asyncio.gather(*long, *short)
    await threads.close()


async def test_a_bucket_that_reads_large_files_is_checked_and_asked_meanwhile(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Store(S3Place("store.example", "models", "key", "secret"))
    done: dict[str, Any] = {
        "join": lambda *_: None,
        "look": lambda *_: SimpleNamespace(size=1, etag="e", last_modified=None),
        "digest": lambda *_: gate.pass_() or CONTENT.sha256,
        "name": lambda *_, **__: Stored(CONTENT, new=True),
        "try_writing": lambda *_: None,
        "try_reading": lambda *_: None,
    }
    for name, what in done.items():
        monkeypatch.setattr(Bucket, name, what)
    upload = Upload.of(new_upload_id(), 0, CONTENT, "token")
    finishing = [asyncio.create_task(store.finish(upload)) for _ in range(THREADS + 4)]
    await _come(gate, THREADS)
    async with asyncio.timeout(60):
        await store.check()
        assert await store.stat(CONTENT.sha256) is not None
    gate.open()
    assert {each.content for each in await asyncio.gather(*finishing)} == {CONTENT}
    await store.close()


async def test_a_folder_that_joins_large_files_is_checked_and_asked_meanwhile(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: FolderStore = await open_folder(tmp_path, "")
    monkeypatch.setattr(FolderFiles, "finish", lambda *_, **__: gate.pass_())
    upload = await store.begin(new_upload_id(), 0, CONTENT)
    finishing = [asyncio.create_task(store.finish(upload)) for _ in range(THREADS + 4)]
    await _come(gate, THREADS)
    async with asyncio.timeout(60):
        await store.check()
        assert await store.stat(CONTENT.sha256) is None
    gate.open()
    await asyncio.gather(*finishing)
    await store.close()
