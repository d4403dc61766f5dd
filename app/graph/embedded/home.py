"""A user's side of the embedded engine: start it where nobody has, attach to it where somebody has."""

import asyncio
import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path
from time import monotonic

import app
from app.errors import EngineFailed, HomeUnusable
from app.graph.driver import Graph
from app.graph.embedded.folder import DATABASE, USER, Folder
from app.graph.embedded.locks import Lock, is_held
from app.graph.embedded.options import READY_SECONDS, EngineOptions
from app.graph.endpoint import Endpoint
from app.graph.retrying import Limits

_STARTS = 3
_STOPPING_SECONDS = 70.0
_GRACE = 5.0
_POLL = 0.02
ROOM = 16 * 1024 * 1024
"""The bytes that an engine needs on its disk to start."""

_JAVA_ENVIRONMENT = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH")
_HOST = "app.graph.embedded.host"


async def open_embedded(home: Path, *, options: EngineOptions | None = None, limits: Limits | None = None) -> Graph:
    """The graph that is kept in `home`, in the folder `graph`. Its `close` lets go of the engine.

    Raises:
        HomeUnusable: the folder cannot be made, read or written, or its disk is full.
        EngineFailed: the engine does not start.
    """
    chosen = options or EngineOptions()
    if limits is not None and limits.read > chosen.statement_seconds:
        chosen = replace(chosen, statement_seconds=limits.read)
    return await Graph.open(EmbeddedPlace(Folder(home / "graph"), chosen), limits=limits)


class EmbeddedPlace:
    """Where an embedded engine listens: brought to life by the first who asks, and again when it was killed."""

    def __init__(self, folder: Folder, options: EngineOptions) -> None:
        self._folder = folder
        self._options = options
        self._using: Lock | None = None

    async def find(self) -> Endpoint:
        """Where the engine answers now.

        Raises:
            HomeUnusable: the folder cannot be made, read or written, or its disk is full.
            EngineFailed: the engine does not start.
        """
        try:
            if self._using is None:
                self._using = await self._become_user()
            return await self._find()
        except OSError as error:
            raise _unusable(self._folder, error) from error

    async def leave(self) -> None:
        """This process uses the engine no more. The host finds out by itself."""
        if self._using is not None:
            self._using.close()
            self._using = None

    async def _become_user(self) -> Lock:
        """Shares the users' lock. The host holds it alone only while it looks, or while it stops."""
        self._folder.make()
        lock = Lock(self._folder.users_lock)
        try:
            async with asyncio.timeout(_STOPPING_SECONDS):
                while not lock.share():  # noqa: ASYNC110 - the kernel tells nobody that a lock is free
                    await asyncio.sleep(_POLL)
        except TimeoutError as error:
            lock.close()
            raise EngineFailed(
                f"The engine of {self._folder.root} is stopping, and does not end.", remedy="Try again in a minute."
            ) from error
        except BaseException:
            lock.close()
            raise
        return lock

    async def _find(self) -> Endpoint:
        starts, reason = 0, "it is never ready"
        until = monotonic() + (READY_SECONDS + _GRACE) * _STARTS
        while starts < _STARTS and monotonic() < until:
            if is_held(self._folder.engine_lock):
                if endpoint := await self._endpoint():
                    return endpoint
                await asyncio.sleep(_POLL)  # somebody is starting it, or it is just going
                continue
            report = await _start_host(self._folder, self._options)
            if report.get("outcome") not in {"ready", "other"}:
                starts += 1
                reason = report.get("error", "it ended without a word")
                _refuse_full_disk(self._folder)
        raise EngineFailed(
            f"The embedded graph engine of {self._folder.root} does not start: {reason}.",
            remedy=f"Its last words:\n{self._folder.last_words()}",
        )

    async def _endpoint(self) -> Endpoint | None:
        address = self._folder.address()
        if address is None or not await _listens(address.bolt):
            return None
        return Endpoint(
            url=f"bolt://127.0.0.1:{address.bolt}",
            user=USER,
            password=address.password,
            database=DATABASE,
            http=f"http://127.0.0.1:{address.http}",
            folder=str(self._folder.root),
        )


async def _listens(port: int) -> bool:
    """Whether anybody listens there: an address may be a dead engine's, seen before its successor could remove it."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _start_host(folder: Folder, options: EngineOptions) -> dict[str, str]:
    """Starts a host and returns what it reports. One that is not ready in time is killed."""
    reading, writing = os.pipe()
    try:
        host = _spawn(folder, options, writing)
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    # Its end is waited for, whenever that comes, so that it leaves no entry in the table of processes.
    threading.Thread(target=host.wait, name="embedded-engine", daemon=True).start()
    try:
        async with asyncio.timeout(READY_SECONDS + _GRACE):
            line = await _first_line(reading)
    except TimeoutError:
        host.kill()
        return {"outcome": "failed", "error": f"it was not ready within {READY_SECONDS:g} seconds"}
    return json.loads(line) if line else {}


def _spawn(folder: Folder, options: EngineOptions, report: int) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _JAVA_ENVIRONMENT}
    source = str(Path(app.__file__ or "").parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (source, environment.get("PYTHONPATH"))))
    with folder.host_log.open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
            [sys.executable, "-P", "-m", _HOST, str(folder.root), json.dumps(asdict(options)), str(report)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder.root,
            env=environment,
            pass_fds=(report,),
            start_new_session=True,  # Ctrl-C on the user's terminal is not meant for others' engine
        )


async def _first_line(descriptor: int) -> bytes:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
    )
    try:
        return await reader.readline()
    finally:
        transport.close()


def _refuse_full_disk(folder: Folder) -> None:
    """An engine without room to start in says so in many ways; the disk says it in one."""
    if shutil.disk_usage(folder.root).free < ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _unusable(folder: Folder, error: OSError) -> HomeUnusable:
    place = f"The folder of the embedded graph, {folder.root},"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return HomeUnusable(
            f"{place} is on a disk that is full.", remedy="Make room, or set PEDIGREE_HOME to another disk."
        )
    if error.errno in {errno.ENOLCK, errno.EOPNOTSUPP}:
        return HomeUnusable(f"{place} is on a file system without locks.", remedy="Set PEDIGREE_HOME to a local disk.")
    return HomeUnusable(
        f"{place} cannot be used: {error.strerror or error}.",
        remedy="Make it a folder that this user may write, or set PEDIGREE_HOME to one.",
    )
