"""The stores of artifacts that tests run on: started once, when first asked for."""

import asyncio
from pathlib import Path

import pytest

from app.artifacts.folder import FolderStore, open_folder
from app.artifacts.s3 import S3Store
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

    async def folder(self, home: Path) -> tuple[FolderStore, Listening]:
        """An empty folder, and what answers at its addresses."""
        self._ran.add(FOLDER)
        listening = Listening()
        store = await open_folder(home, f"{listening.address}/artifacts")
        await listening.serve(ArtifactsEndpoint(store, "/artifacts"))
        return store, listening

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
