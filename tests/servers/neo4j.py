"""A real Neo4j server, from Maven Central: its own kernel, planner and Bolt server, without a container."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock
from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from tests.servers.java import Missing, java
from tests.servers.ports import free_port

HERE = Path(__file__).parent
START_SECONDS = 120
STOP_SECONDS = 30
USER = "neo4j"
_QUICK_SETTINGS = ("dbms.cypher.min_replan_interval=60s",)
"""Each test empties the graph, and by the usual rule every statement would be planned anew after it."""


@dataclass(frozen=True)
class Release:
    """A release of Neo4j, and the Java that it needs."""

    version: str
    oldest_java: int


RELEASES = {
    "neo4j-5.26": Release("5.26.26", 17),
    "neo4j-calendar": Release("2026.09.0", 21),
}


@dataclass(frozen=True)
class Login:
    """How to reach a server."""

    url: str
    user: str
    password: str
    database: str = "neo4j"

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def cache_folder() -> Path:
    """Where what was fetched is kept, outside the checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "pedigree-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch(version: str) -> Path:
    """The folder with the server's jars; fetched once, whoever asks at the same time.

    Raises:
        Missing: Maven is not installed, or does not get them.
    """
    target = cache_folder() / f"neo4j-{version}"
    with FileLock(f"{target}.lock"):
        if not target.exists():
            arriving = Path(f"{target}.arriving")
            shutil.rmtree(arriving, ignore_errors=True)
            _copy_dependencies(version, arriving)
            arriving.rename(target)
    return target


def _copy_dependencies(version: str, target: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing("Maven (mvn) is not installed, so the server cannot be fetched")
    command = [maven, "--batch-mode", "--quiet", f"--file={HERE / 'pom.xml'}", f"-Dneo4j.version={version}"]
    command += ["dependency:copy-dependencies", f"-DoutputDirectory={target}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode != 0:
        raise Missing(f"Maven did not get it: {' '.join((done.stdout + done.stderr).split())[:300]}")


class Neo4jServer:
    """A running server with a password of its own and an empty folder, both gone when it ends.

    It ends with the process that made it, however that ends.

    Args:
        name: the release.
        heap: what it may take, as Java has it.
        measured: whether it plans anew as a user's would, and not as suits tests.

    Raises:
        Missing: it cannot be had on this machine.
        RuntimeError: it does not start.
    """

    def __init__(self, name: str, *, heap: str = "1g", measured: bool = False) -> None:
        release = RELEASES[name]
        program = java(release.oldest_java).program
        jars = fetch(release.version)
        self._home = Path(tempfile.mkdtemp(prefix=f"pedigree-{name}-"))
        port = free_port()
        with (self._home / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    f"-Xmx{heap}",
                    "-XX:+ExitOnOutOfMemoryError",
                    "--add-opens=java.base/java.nio=ALL-UNNAMED",
                    "-cp",
                    f"{jars}/*",
                    HERE / "Neo4jServer.java",
                    self._home,
                    str(port),
                    *(() if measured else _QUICK_SETTINGS),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.login = Login(f"bolt://127.0.0.1:{port}", USER, secrets.token_urlsafe(16))
        try:
            self._take_over()
        except BaseException:
            self.stop()
            raise

    def _take_over(self) -> None:
        """Waits until the first login is taken, and changes its password."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                with (
                    GraphDatabase.driver(self.login.url, auth=(USER, USER), telemetry_disabled=True) as driver,
                    driver.session(database="system") as system,
                ):
                    system.run("ALTER CURRENT USER SET PASSWORD FROM $old TO $new", old=USER, new=self.login.password)
            except (DriverError, Neo4jError, OSError) as error:
                if self._process.poll() is not None or time.monotonic() > until:
                    said = (self._home / "server.log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"Neo4j does not start: {error}\n{said}") from error
                time.sleep(0.2)
            else:
                return

    def stop(self) -> None:
        """Ends it; its folder goes with it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def kill(self) -> None:
        """Ends it as a power cut would. Its folder stays."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
