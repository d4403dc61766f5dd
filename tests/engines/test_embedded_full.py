"""The embedded engine on a disk that runs full: a clear error, nothing lost, and all well when there is room again."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import GraphFull, HomeUnusable
from app.graph.driver import Graph
from app.graph.embedded.folder import Folder
from app.graph.embedded.home import open_embedded
from app.graph.embedded.locks import is_held
from app.graph.embedded.options import EngineOptions
from app.graph.engines.schema import UniqueUid
from app.graph.transaction import Transaction
from tests.servers.engines import PATIENT

QUICK = EngineOptions(linger_seconds=0)
ROOM = 3_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], check=False, capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def _fill(disk: Path, room: int) -> Path:
    """Leaves so many bytes free."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        file.write(b"\0" * (shutil.disk_usage(disk).free - room))
    return ballast


async def _store(graph: Graph, batch: int) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.run(
            "UNWIND range(1, 50) AS n MERGE (f:Number {uid: $batch + '-' + toString(n)}) SET f.text = $text",
            {"batch": str(batch), "text": "x" * 2000},
        )

    await graph.write(work, repeatable=True)


async def _fill_up(graph: Graph) -> int:
    """Stores batches until there is no room; how many there was room for."""
    for batch in range(1000):
        try:
            await _store(graph, batch)
        except GraphFull:
            return batch
    raise AssertionError("the disk never ran full")


async def _counts(graph: Graph) -> list[int]:
    return (await graph.read("MATCH (n:Number) RETURN count(n), count(DISTINCT n.uid)"))[0]


async def test_a_disk_that_runs_full_loses_nothing(small_disk: Path) -> None:
    graph = await open_embedded(small_disk, options=QUICK, limits=PATIENT)
    await graph.ensure_schema([UniqueUid("Number")])
    ballast = _fill(small_disk, ROOM)
    stored = await _fill_up(graph)
    assert await _counts(graph) == [stored * 50] * 2
    ballast.unlink()
    await _store(graph, stored)
    assert await _counts(graph) == [(stored + 1) * 50] * 2
    await graph.close()
    await _gone(small_disk)


async def test_an_engine_killed_on_a_full_disk_loses_nothing(small_disk: Path) -> None:
    graph = await open_embedded(small_disk, options=QUICK, limits=PATIENT)
    await graph.ensure_schema([UniqueUid("Number")])
    ballast = _fill(small_disk, ROOM)
    stored = await _fill_up(graph)
    address = Folder(small_disk / "graph").address()
    assert address is not None
    os.kill(address.pid, signal.SIGKILL)
    ballast.unlink()
    assert await _counts(graph) == [stored * 50] * 2
    await _store(graph, stored)
    assert await _counts(graph) == [(stored + 1) * 50] * 2
    await graph.close()
    await _gone(small_disk)


async def test_a_home_on_a_full_disk_is_refused(small_disk: Path) -> None:
    _fill(small_disk, 0)
    with pytest.raises(HomeUnusable, match=r"full.*PEDIGREE_HOME"):
        await open_embedded(small_disk)


async def _gone(home: Path) -> None:
    async with asyncio.timeout(60):
        while is_held(home / "graph" / "engine.lock"):  # noqa: ASYNC110 - another process is watched
            await asyncio.sleep(0.05)
