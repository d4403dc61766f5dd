"""A real MinIO server, built from its Go module, without a container."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from filelock import FileLock
from minio import Minio

from app.artifacts.place import S3Place
from tests.servers.java import Missing
from tests.servers.mlflow import TOGETHER
from tests.servers.neo4j import cache_folder
from tests.servers.ports import free_port

MODULE = "github.com/minio/minio"
VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
"""Its last."""

NAME = "minio"
START_SECONDS = 60
STOP_SECONDS = 60
BUCKET = "artifacts"
REGION = "us-east-1"


def program() -> Path:
    """The server; built once, whoever asks at the same time.

    Raises:
        Missing: Go is not installed, or does not get or build it.
    """
    folder = cache_folder() / f"minio-{VERSION}"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            arriving = Path(f"{folder}.arriving")
            shutil.rmtree(arriving, ignore_errors=True)
            arriving.mkdir()
            _build(arriving)
            arriving.rename(folder)
    return folder / "minio"


def _build(target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise Missing("Go (go) is not installed, so the server cannot be built")
    command = [go, "install", f"{MODULE}@{VERSION}"]
    environment = os.environ | {"GOBIN": str(target), "CGO_ENABLED": "0"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=1100)
    except subprocess.TimeoutExpired as error:
        raise Missing("Go did not build it in time") from error
    if done.returncode != 0:
        raise Missing(f"Go did not build it: {' '.join(done.stderr.split())[-300:]}")


class MinioServer:
    """A running server with keys of its own and an empty folder, both gone when it ends.

    Raises:
        Missing: it cannot be had on this machine.
        RuntimeError: it does not start.
    """

    def __init__(self) -> None:
        self._program = program()
        self._home = Path(tempfile.mkdtemp(prefix="pedigree-minio-"))
        self._port = free_port()
        self.endpoint = f"127.0.0.1:{self._port}"
        self.access_key, self.secret_key = secrets.token_hex(8), secrets.token_urlsafe(24)
        self.start()

    @property
    def data(self) -> Path:
        """Where it keeps its data, one folder a bucket."""
        return self._home / "data"

    def start(self) -> None:
        """Starts it, again after `kill`, with the same keys on the same port."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MINIO_")}
        with (self._home / "server.log").open("ab") as log:
            # A watcher in its process group ends it as soon as nobody holds its standard input any more.
            self._process = subprocess.Popen(
                ["sh", "-c", TOGETHER, "sh", self._program, "server", "--address", self.endpoint, self.data],
                env=kept
                | {
                    "MINIO_ROOT_USER": self.access_key,
                    "MINIO_ROOT_PASSWORD": self.secret_key,
                    "MINIO_BROWSER": "off",
                    "MINIO_UPDATE": "off",
                    "MINIO_CALLHOME_ENABLE": "off",
                },
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if httpx.get(f"http://{self.endpoint}/minio/health/cluster", timeout=2, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        said = (self._home / "server.log").read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"MinIO does not start: {said}")

    def client(self) -> Minio:
        """Speaks to it as its root."""
        return Minio(self.endpoint, self.access_key, self.secret_key, secure=False, region=REGION)

    def bucket(self) -> S3Place:
        """A new, empty bucket."""
        name = f"{BUCKET}-{secrets.token_hex(6)}"
        self.client().make_bucket(name)
        return self.place(name)

    def place(self, bucket: str) -> S3Place:
        """A bucket by name, which need not be there, as its root sees it."""
        return S3Place(self.endpoint, bucket, self.access_key, self.secret_key, REGION, secure=False)

    def version(self) -> str:
        """What it says that it is."""
        said = subprocess.run([self._program, "--version"], capture_output=True, text=True, check=True).stdout
        return said.split()[2]

    def kill(self) -> None:
        """Ends it as a power cut would. Its data stay."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Ends it; its folder goes with it."""
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
