"""A test that asks for `store` runs once on each kind, on an empty one."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest

from app.artifacts.place import S3Place
from app.artifacts.s3 import S3Store
from app.artifacts.store import ArtifactStore
from app.artifacts.tiers import TieredStore
from tests.servers.minio import MinioServer
from tests.servers.stores import STORES, Stores
from tests.stores.asking import PATIENCE


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, stores: Stores, home: Path) -> AsyncGenerator[ArtifactStore]:
    """An empty store whose signed addresses answer."""
    async with stores.opened(request.param, home) as opened:
        yield opened


@pytest.fixture(params=STORES)
async def tiered(request: pytest.FixtureRequest, stores: Stores, home: Path) -> AsyncGenerator[TieredStore]:
    """The same with a colder one."""
    async with stores.tiered(request.param, home) as opened:
        yield opened


@pytest.fixture
async def minio(stores: Stores) -> MinioServer:
    """The server of this session."""
    return await stores.minio()


@pytest.fixture
def place(minio: MinioServer) -> S3Place:
    """An empty bucket."""
    return minio.bucket()


@pytest.fixture
async def bucket(place: S3Place) -> AsyncGenerator[S3Store]:
    """A store in that bucket."""
    found = S3Store(place)
    yield found
    await found.close()


@pytest.fixture
def client() -> Generator[httpx.Client]:
    """A client as any other."""
    with httpx.Client(timeout=PATIENCE, trust_env=False) as found:
        yield found


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    """A client as any other, that waits beside others."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as found:
        yield found
