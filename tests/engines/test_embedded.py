"""The embedded engine: one process for each home, that comes and goes by itself and loses nothing."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from app.errors import EngineFailed, HomeUnusable
from app.graph.driver import Graph
from app.graph.embedded.folder import Address, Folder
from app.graph.embedded.home import open_embedded
from app.graph.embedded.locks import Lock, is_held
from app.graph.embedded.options import EngineOptions
from app.graph.transaction import Transaction
from tests.servers.engines import PATIENT

QUICK = EngineOptions(linger_seconds=0)
ROOT = Path(__file__).parents[2]


def _folder(home: Path) -> Folder:
    return Folder(home / "graph")


def _engine(home: Path) -> int:
    address = _folder(home).address()
    assert address is not None
    return address.pid


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - another process is watched
            await asyncio.sleep(0.05)


async def _gone(home: Path) -> None:
    """Waits until no engine runs in this home."""
    await _until(lambda: not is_held(_folder(home).engine_lock))


async def _store(graph: Graph, uid: str) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.run("MERGE (n:Number {uid: $uid}) SET n.half = 2", {"uid": uid})

    await graph.write(work, repeatable=True)


async def _stored(graph: Graph) -> set[str]:
    return {row[0] for row in await graph.read("MATCH (n:Number) WHERE n.half = 2 RETURN n.uid")}


@asynccontextmanager
async def _opened(home: Path) -> AsyncGenerator[Graph]:
    graph = await open_embedded(home, options=QUICK, limits=PATIENT)
    try:
        yield graph
    finally:
        await graph.close()


@asynccontextmanager
async def _user(home: Path, name: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Another process that uses the same home, and has begun to store."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.engines.embedded_user", home, name, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        assert await _line(process) == "ready"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def test_what_is_stored_is_there_the_next_time(home: Path) -> None:
    async with _opened(home) as graph:
        await _store(graph, "one")
    await _gone(home)
    assert not _folder(home).address_file.exists()
    async with _opened(home) as graph:
        assert await _stored(graph) == {"one"}


async def test_a_second_user_finds_the_engine_running(home: Path) -> None:
    async with _opened(home) as one:
        async with _opened(home) as other:
            assert other.endpoint == one.endpoint
            await _store(other, "other")
        assert await _stored(one) == {"other"}


async def test_users_who_start_at_once_share_one_engine(home: Path) -> None:
    graphs = await asyncio.gather(*(open_embedded(home, options=QUICK, limits=PATIENT) for _ in range(4)))
    try:
        assert len({graph.endpoint.url for graph in graphs}) == 1
    finally:
        for graph in graphs:
            await graph.close()


async def test_the_engine_stays_a_while_for_the_next_user(home: Path) -> None:
    options = EngineOptions(linger_seconds=20)
    graph = await open_embedded(home, options=options, limits=PATIENT)
    pid = _engine(home)
    await graph.close()
    graph = await open_embedded(home, options=options, limits=PATIENT)
    assert _engine(home) == pid
    os.kill(pid, signal.SIGTERM)  # or it would stay for that long
    await graph.close()
    await _gone(home)


async def test_only_its_owner_and_this_machine_reach_it(home: Path) -> None:
    async with _opened(home) as graph:
        process = psutil.Process(_engine(home))
        listening = {each.laddr.ip for each in process.net_connections() if each.status == psutil.CONN_LISTEN}
        assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
        assert graph.endpoint.password not in " ".join(process.cmdline())
        assert stat.S_IMODE(_folder(home).address_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(_folder(home).root.stat().st_mode) == 0o700


async def test_the_password_is_another_after_each_start(home: Path) -> None:
    passwords: set[str] = set()
    for _ in range(2):
        async with _opened(home) as graph:
            passwords.add(graph.endpoint.password)
        await _gone(home)
    assert len(passwords) == 2


class TestKills:
    """Whoever is killed, nothing that was stored is lost and nobody has to tidy up."""

    @pytest.mark.parametrize("how", (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV))
    async def test_a_killed_engine_is_replaced_by_the_next_statement(self, home: Path, how: signal.Signals) -> None:
        async with _opened(home) as graph:
            await _store(graph, "before")
            killed = _engine(home)
            os.kill(killed, how)
            if how is signal.SIGTERM:  # it stops in good order, and may answer meanwhile
                await _until(lambda: not psutil.pid_exists(killed))
            assert await _stored(graph) == {"before"}
            await _store(graph, "after")
            assert _engine(home) != killed
            assert await _stored(graph) == {"before", "after"}

    async def test_a_killed_engine_is_replaced_by_the_next_write(self, home: Path) -> None:
        async with _opened(home) as graph:
            os.kill(_engine(home), signal.SIGKILL)
            await _store(graph, "after")
            assert await _stored(graph) == {"after"}

    async def test_statements_under_way_when_the_engine_is_killed_are_answered(self, home: Path) -> None:
        async with _opened(home) as graph:
            pause = "UNWIND range(1, 2000000) AS n WITH n WHERE n % 7 = 0 RETURN count(n)"
            reads = [asyncio.create_task(graph.read(pause, seconds=60)) for _ in range(4)]
            await asyncio.sleep(0.3)
            os.kill(_engine(home), signal.SIGKILL)
            assert await asyncio.gather(*reads) == [[[285714]]] * 4

    async def test_a_killed_user_leaves_no_engine(self, home: Path) -> None:
        async with _user(home, "killed") as user:
            assert is_held(_folder(home).engine_lock)
            user.kill()
            await user.wait()
            await _gone(home)

    async def test_a_user_killed_while_the_engine_starts_leaves_none(self, home: Path) -> None:
        user = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.engines.embedded_user", home, "early", stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        await _until(lambda: _folder(home).engine_lock.exists() and is_held(_folder(home).engine_lock))
        user.kill()
        await user.communicate()
        await _gone(home)
        async with _opened(home) as graph:
            assert await _stored(graph) == set()

    async def test_an_engine_killed_while_it_starts_is_started_again(self, home: Path) -> None:
        opening = asyncio.create_task(open_embedded(home, options=QUICK, limits=PATIENT))
        lock = _folder(home).engine_lock
        await _until(lambda: lock.exists() and is_held(lock))
        starting = [child for child in psutil.Process().children() if str(_folder(home).root) in child.cmdline()]
        for child in starting:
            child.kill()
        graph = await opening
        assert len(starting) == 1
        assert await graph.read("RETURN 1") == [[1]]
        await graph.close()

    async def test_two_users_survive_the_kills_of_their_engine_and_lose_nothing(self, home: Path) -> None:
        stored: set[str] = set()
        async with _user(home, "one") as one, _user(home, "two") as two:
            for _ in range(3):
                for user in (one, two):
                    stored |= {await _line(user) for _ in range(20)}
                os.kill(_engine(home), signal.SIGKILL)
            for user in (one, two):
                stored |= {await _line(user) for _ in range(20)}
            one.kill()
            two.kill()
            for user in (one, two):
                stored |= set((await user.communicate())[0].decode().split())
        async with _opened(home) as graph:
            assert stored <= await _stored(graph)
            halves = await graph.read("MATCH (n:Number) RETURN n.half, count(n), count(DISTINCT n.uid) ORDER BY n.half")
            assert [half for half, *_ in halves] == [2]
            assert halves[0][1] == halves[0][2]


class TestRefusals:
    """Errors that name the place and the remedy."""

    async def test_a_home_that_is_a_file(self, home: Path) -> None:
        home.write_text("not a folder")  # noqa: ASYNC240 - nothing else happens meanwhile
        with pytest.raises(HomeUnusable, match="PEDIGREE_HOME") as caught:
            await open_embedded(home)
        assert str(home) in caught.value.message

    @pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
    async def test_a_home_that_may_not_be_written(self, home: Path) -> None:
        home.mkdir(mode=0o500)  # noqa: ASYNC240 - as above
        with pytest.raises(HomeUnusable, match="PEDIGREE_HOME"):
            await open_embedded(home)

    async def test_a_folder_that_cannot_be_used(self, home: Path) -> None:
        _folder(home).host_log.mkdir(parents=True)
        with pytest.raises(HomeUnusable, match="PEDIGREE_HOME"):
            await open_embedded(home)

    async def test_an_engine_that_is_never_ready(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.graph.embedded.home.READY_SECONDS", 0.2)
        monkeypatch.setattr("app.graph.embedded.home._GRACE", 0)
        with pytest.raises(EngineFailed, match=r"not ready within 0\.2 seconds"):
            await open_embedded(home)
        await _gone(home)

    async def test_an_engine_that_does_not_end(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.graph.embedded.home._STOPPING_SECONDS", 0.2)
        _folder(home).make()
        with Lock(_folder(home).users_lock) as ending:
            assert ending.take()
            with pytest.raises(EngineFailed, match="does not end"):
                await open_embedded(home)

    async def test_the_address_of_a_dead_engine_is_not_used(self, home: Path) -> None:
        _folder(home).make()
        _folder(home).publish(Address(bolt=1, http=1, password="old", pid=1))
        with Lock(_folder(home).engine_lock) as another:
            assert another.take()  # a host that has not come to remove its predecessor's address
            opening = asyncio.create_task(open_embedded(home, options=QUICK, limits=PATIENT))
            await asyncio.sleep(0.2)
        graph = await opening
        assert graph.endpoint.password != "old"
        await graph.close()

    async def test_an_engine_that_does_not_start(self, home: Path) -> None:
        with pytest.raises(EngineFailed, match="last words") as caught:
            await open_embedded(home, options=EngineOptions(heap="nonsense"))
        assert "heap" in caught.value.message
        await _gone(home)
        async with _opened(home) as graph:
            assert await graph.read("RETURN 1") == [[1]]

    async def test_settings_for_other_java_programs_do_not_matter(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1k")
        async with _opened(home) as graph:
            assert await graph.read("RETURN 1") == [[1]]
