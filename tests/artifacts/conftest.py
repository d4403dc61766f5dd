"""A test that asks for `world` runs on each engine with artifacts in a folder, and on the embedded one with MinIO."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app.artifacts.store import ArtifactStore
from tests.artifacts.world import PATIENCE, World
from tests.servers.engines import EMBEDDED, ENGINES, Engines
from tests.servers.stores import FOLDER, STORES, Stores

PAIRS = [(engine, FOLDER) for engine in ENGINES] + [(EMBEDDED, store) for store in STORES if store != FOLDER]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "pair" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--engine") or ENGINES
        pairs = [pair for pair in PAIRS if pair[0] in chosen]
        metafunc.parametrize("pair", pairs, ids=["-".join(pair) for pair in pairs])


@pytest.fixture
async def world(pair: tuple[str, str], engines: Engines, stores: Stores, home: Path) -> AsyncGenerator[World]:
    """An empty graph and an empty store, what hands over and fetches between them, and a client."""
    engine, kept = pair
    async with stores.opened(kept, home) as store, _world(engine, engines, store) as made:
        yield made


@pytest.fixture
async def tiered(pair: tuple[str, str], engines: Engines, stores: Stores, home: Path) -> AsyncGenerator[World]:
    """The same, where the store has a colder one."""
    engine, kept = pair
    async with stores.tiered(kept, home) as store, _world(engine, engines, store) as made:
        yield made


@asynccontextmanager
async def _world(engine: str, engines: Engines, store: ArtifactStore) -> AsyncGenerator[World]:
    graph = await engines.graph(engine)
    await graph.wipe()
    await engines.declare(engine)
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        made = World(graph, store, http)
        yield made
        await made.artifacts.close()
