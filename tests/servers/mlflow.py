"""The full MLflow, in an environment of its own outside the checkout, and its tracking server on loopback.

Pedigree's environment cannot hold it: its graphene needs an older graphql-core.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.servers.environments import python_of
from tests.servers.ports import free_port

ROOT = Path(__file__).parents[2]
READY_WITHIN = 180.0
"""Seconds that a server may take until it answers."""

QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}
"""Nothing that MLflow does here is told to anyone."""

SERVING = {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""A store in a folder is served too, and nothing is started beside the server."""

# The server has workers of its own, and a test may be killed: a watcher in their process group ends all of them as soon
# as nobody holds its standard input any more.
TOGETHER = 'exec 3<&0 0</dev/null; { read -r _ <&3; kill -9 -$$; } & exec 3<&-; "$@"'


def python() -> Path:
    """The Python of an environment with MLflow.

    Raises:
        Missing: the packages cannot be had.
    """
    return python_of("mlflow-server")


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables with which MLflow runs: ours, without what would lead it to another store."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "PYTHON", "COV_"))}
    return kept | QUIET | dict(more or {})


def run_script(script: Path, *arguments: str, folder: Path, more: Mapping[str, str] | None = None) -> str:
    """What a script printed that the environment's Python ran in that folder.

    Raises:
        Missing: the environment cannot be had.
        RuntimeError: the script failed; with the end of what it said.
    """
    command = [str(python()), str(script), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(more), capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode != 0:
        raise RuntimeError(f"{script.name} failed: {done.stderr[-3000:]}")
    return done.stdout


class MlflowServer:
    """A tracking server on loopback over a store that exists.

    Args:
        store: the store's address, as `--backend-store-uri` takes it.
        workers: how many processes answer.
        port: which port; 0 takes a free one.
        handing_out: the folder of the artifacts that runs send to it and that it hands out (`mlflow-artifacts:`);
            without it runs write theirs themselves.
        workspaces: whether it keeps workspaces apart.

    Raises:
        Missing: MLflow cannot be had.
        RuntimeError: the server does not start.
    """

    def __init__(
        self,
        store: str,
        *,
        workers: int = 1,
        port: int = 0,
        handing_out: Path | None = None,
        workspaces: bool = False,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = Path(tempfile.mkdtemp(prefix="pedigree-mlflow-"))
        command = [str(python()), "-m", "mlflow", "server", "--backend-store-uri", store, "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", str(workers)]
        command += ["--enable-workspaces"] * workspaces
        if handing_out:
            command += ["--artifacts-destination", str(handing_out)]
        else:
            command += ["--default-artifact-root", str(self._folder / "artifacts")]
        with (self._folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["sh", "-c", TOGETHER, "sh", *command],
                cwd=self._folder,
                env=environment(SERVING),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def _wait(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health", timeout=2).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        log = (self._folder / "server.log").read_text("utf-8", "replace")
        raise RuntimeError(f"MLflow's server does not answer at {self.url}: {log[-2000:]}")

    def close(self) -> None:
        """End it, its workers too, and remove what it kept."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
