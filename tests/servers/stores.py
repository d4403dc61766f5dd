"""The stores of artifacts that tests run on: started once, when first asked for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from app.artifacts.opening import PATH, folders_of, open_store
from app.artifacts.s3 import S3Store
from app.artifacts.store import ArtifactStore
from app.artifacts.tiers import TieredStore
from app.http.artifacts import ArtifactsEndpoint
from tests.servers.asgi import Listening
from tests.servers.java import Missing
from tests.servers.minio import NAME, VERSION, MinioServer

FOLDER = "folder"
STORES = (FOLDER, NAME)


class Stores:
    """Stores by name, and what became of each."""

    def __init__(self, *, required: bool) -> None:
        self._required = required
        self._server: MinioServer | None = None
        self._missing = ""
        self._ran: set[str] = set()

    async def minio(self) -> MinioServer:
        """The server; skips the test, or fails it where servers are required, if it cannot be had."""
        if self._server is None and not self._missing:
            try:
                self._server = await asyncio.to_thread(MinioServer)
            except Missing as reason:
                self._missing = str(reason)
        if self._server is None:
            if self._required:
                pytest.fail(
                    f"{NAME} is required (PEDIGREE_REQUIRE_SERVERS=1) and cannot be had: {self._missing}", pytrace=False
                )
            pytest.skip(f"{NAME} cannot be had: {self._missing}")
        self._ran.add(NAME)
        return self._server

    async def bucket(self) -> S3Store:
        """An empty bucket."""
        server = await self.minio()
        return S3Store(await asyncio.to_thread(server.bucket))

    @asynccontextmanager
    async def opened(self, kind: str, home: Path) -> AsyncGenerator[ArtifactStore]:
        """An empty store of that kind whose signed addresses answer, which is closed at the end."""
        async with AsyncExitStack() as opened:
            store = await self.bucket() if kind != FOLDER else await self._folder(home, None, opened)
            opened.push_async_callback(store.close)
            yield store

    @asynccontextmanager
    async def tiered(self, kind: str, home: Path) -> AsyncGenerator[TieredStore]:
        """The same with a colder one of the same kind."""
        async with AsyncExitStack() as opened:
            if kind == FOLDER:
                cold = home / "cold"
                cold.mkdir(parents=True)
                store = await self._folder(home, cold, opened)
            else:
                server = await self.minio()
                place, colder = [await asyncio.to_thread(server.bucket) for _ in range(2)]
                store = await open_store(place, "", colder)
            assert isinstance(store, TieredStore)
            opened.push_async_callback(store.close)
            yield store

    async def _folder(self, home: Path, cold: Path | None, opened: AsyncExitStack) -> ArtifactStore:
        self._ran.add(FOLDER)
        listening = Listening()
        opened.push_async_callback(listening.close)
        store = await open_store(home, listening.address, cold)
        await listening.serve(ArtifactsEndpoint(folders_of(store), PATH))
        return store

    async def close(self) -> None:
        """Lets go of the server."""
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)
            self._server = None

    @property
    def record(self) -> tuple[list[str], str]:
        """What became of the stores, for another process to learn."""
        return sorted(self._ran), self._missing

    def learn(self, record: tuple[list[str], str]) -> None:
        """Adds what became of them in another process."""
        ran, missing = record
        self._ran |= set(ran)
        self._missing = self._missing or missing

    def told(self) -> list[str]:
        """On which stores tests ran, and on which they did not, a line each."""
        lines: list[str] = []
        for name in STORES:
            release = f": {VERSION}" if name == NAME else ""
            if name in self._ran:
                lines.append(f"ran on {name}{release}")
            elif name == NAME and self._missing:
                lines.append(f"DID NOT RUN on {name}: {self._missing}")
            else:
                lines.append(f"did not run on {name}: no test of this run needed it")
        return lines
