"""Files through signed addresses against the same by the `minio` client alone, and the service's memory meanwhile."""

import asyncio
import hashlib
import os
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from httpx import AsyncClient
from minio import Minio

from app.artifacts.content import Content, content_key
from app.artifacts.manifest import File, Manifest
from app.transfer.addresses import open_client, put
from app.transfer.fetching import fetch_files
from app.transfer.placing import Target
from app.transfer.ports import Offer
from app.transfer.trying import How, in_parallel
from tests.bench.client import Client
from tests.bench.memory import held, watched
from tests.bench.processes import client_of, running
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import PEDIGREE, Subject, data_of, environment_of
from tests.bench.timing import Effort, Spread, interleave
from tests.servers.minio import MinioServer
from tests.servers.ports import free_port

MIB = 1024**2
SIZE = 64 * MIB
"""Of one file: a small model."""

LARGE = 1024 * MIB
"""Of the file while which is verified memory is watched."""

THROUGHPUT = Goal(0.9, "≥", " ×")
GROWTH = Goal(64, "≤", " MB")
PARALLEL = 4
_CHUNK = MIB
_BUCKET = "bench"

_BEGIN = """mutation($input: BeginUploadInput!) { beginUpload(input: $input) {
  ... on Upload { id } ... on RequestError { message } } }"""
_MISSING = """query($id: ID!) { upload(id: $id) { missing(first: 100) { partBytes parts { number bytes url } } } }"""
_COMPLETE = """mutation($id: ID!) { completeUpload(input: {id: $id}) {
  ... on Upload { state } ... on RequestError { message } } }"""
_ADDRESS = """mutation($digest: Digest!) { downloadUrl(input: {artifacts: [$digest]}) {
  ... on DownloadUrlResult { downloads { url error { message } } } } }"""


def measure(fresh: Callable[[], Subject], effort: Effort, size: int = SIZE, large: int = LARGE) -> Iterator[Finding]:
    """A row for the way in, one for the way out, and one for the memory of the service while it verifies."""
    subject = fresh()
    minio = MinioServer()
    try:
        with _serving(subject, minio) as side:
            yield _way_in(side, effort, size)
            yield _way_out(side, effort, size)
            yield _memory(side, large)
    finally:
        minio.stop()


@dataclass
class _Sides:
    """Both sides of one bucket.

    Attributes:
        engine: on what it is measured.
        client: asks the service.
        pid: of the service.
        minio: the other side.
        runner: in which our bytes are sent.
        http: of the same.
        folder: for files.
    """

    engine: str
    client: Client
    pid: int
    minio: Minio
    runner: asyncio.Runner
    http: AsyncClient
    folder: Path

    def ask(self, query: str, **variables: Any) -> Any:
        """What the one field of a document answers."""
        body = orjson.dumps({"query": query, "variables": variables})
        data = data_of(self.client.send(self.client.request("/graphql", body)))
        return next(iter(data.values()))

    def begin(self, digest: str, size: int) -> str:
        """The id of a new upload of one file."""
        version = {"namespace": "bench", "name": "model", "version": digest}
        asked = {"modelVersion": version, "files": [{"path": "model.bin", "digest": digest, "bytes": size}]}
        return self.ask(_BEGIN, input=asked)["id"]

    def send(self, upload: str, data: Path) -> None:
        """Sends all parts that are missing."""
        [file] = self.ask(_MISSING, id=upload)["missing"]
        self.runner.run(self._send(file, data))

    async def _send(self, file: dict[str, Any], data: Path) -> None:
        async def one(part: dict[str, Any]) -> None:
            first, count = (part["number"] - 1) * file["partBytes"], part["bytes"]
            await put(self.http, part["url"], _span(data, first, count), count, "the part")

        await in_parallel(one, file["parts"], PARALLEL)

    def complete(self, upload: str) -> None:
        """Has it verified, however long that takes."""
        while (answer := self.ask(_COMPLETE, id=upload)).get("state") != "COMPLETE":
            assert answer.get("state") == "VERIFYING", answer

    def fetch(self, digest: str, size: int, target: Path) -> None:
        """Fetches bytes as `pedigree pull` does: hashed as they come, and on the disk before they have a name."""
        content = Content(digest.removeprefix("sha256:"), size)
        manifest = Manifest.of([File.of(target.name, content)])
        how = How(self.http, PARALLEL, _Unwatched())
        pulled = self.runner.run(fetch_files(manifest, Target(target.parent), self, how, force=True))
        assert [file.content for file in pulled.fetched] == [content], pulled.failures

    async def offers(self, digests: Sequence[str]) -> Mapping[str, Offer]:
        """Where a pull asks for addresses."""
        return {each: Offer(self.ask(_ADDRESS, digest=f"sha256:{each}")["downloads"][0]["url"]) for each in digests}


class _Unwatched:
    """Nobody watches the transfer."""

    def begin(self, what: str, total: int) -> None:
        """A stage begins."""

    def advance(self, count: int) -> None:
        """So many bytes more are done."""


async def _span(data: Path, first: int, count: int) -> AsyncGenerator[bytes]:
    with data.open("rb") as file:
        file.seek(first)
        while count:
            chunk = file.read(min(_CHUNK, count))
            count -= len(chunk)
            yield chunk


def _way_in(side: _Sides, effort: Effort, size: int) -> Finding:
    """The service is asked for the addresses within the time; that it reads the bytes again afterwards is not."""
    data = side.folder / "in.bin"
    data.write_bytes(secrets.token_bytes(size))

    def ours() -> None:
        _mark(data)
        side.send(side.begin(_digest(data), size), data)

    def theirs() -> None:
        _mark(data)
        side.minio.fput_object(_BUCKET, f"theirs/{_digest(data)}", str(data))

    pair = interleave(ours, theirs, effort)
    return Finding(
        side.engine,
        f"upload through signed addresses ÷ the minio client: one file of {size // MIB} MiB",
        THROUGHPUT,
        pair.faster(),
        {
            "signed addresses": Side.rate(pair.ours, size // MIB, "MiB"),
            "minio": Side.rate(pair.theirs, size // MIB, "MiB"),
        },
        "both hash the file first; begun and sent, not yet verified",
    )


def _way_out(side: _Sides, effort: Effort, size: int) -> Finding:
    data, target = side.folder / "in.bin", side.folder / "out.bin"
    _mark(data)
    digest = _digest(data)
    upload = side.begin(digest, size)
    side.send(upload, data)
    side.complete(upload)
    key = content_key(digest.removeprefix("sha256:"))

    def theirs() -> None:
        target.unlink(missing_ok=True)
        side.minio.fget_object(_BUCKET, key, str(target))
        with target.open("rb") as file:
            os.fsync(file.fileno())
        assert _digest(target) == digest

    def ours() -> None:
        target.unlink(missing_ok=True)
        side.fetch(digest, size, target)

    pair = interleave(ours, theirs, effort)
    return Finding(
        side.engine,
        f"download through signed addresses ÷ the minio client: one file of {size // MIB} MiB",
        THROUGHPUT,
        pair.faster(),
        {
            "signed addresses": Side.rate(pair.ours, size // MIB, "MiB"),
            "minio": Side.rate(pair.theirs, size // MIB, "MiB"),
        },
        "both hash what came, and have it on the disk",
    )


def _memory(side: _Sides, large: int) -> Finding:
    """The most that the service holds beyond what it held before, from the first address to the record."""
    data = side.folder / "large.bin"
    with data.open("wb") as file:
        file.write(secrets.token_bytes(32))
        file.truncate(large)
    before = held(side.pid)
    started = time.monotonic()
    with watched(side.pid) as watch:
        upload = side.begin(_digest(data), large)
        side.send(upload, data)
        side.complete(upload)
    grown = max(watch.most - before, 0) / 1e6
    return Finding(
        side.engine,
        f"growth of the service's memory while {large // MIB:,} MiB are handed over and verified",
        GROWTH,
        Spread.of([grown]),
        {"service": Side.of(grown, "MB"), "before": Side.of(before / 1e6, "MB")},
        f"hashed, sent, verified and recorded in {time.monotonic() - started:.0f} s",
    )


def _mark(data: Path) -> None:
    """Makes other bytes of the file: what is there already is not sent."""
    with data.open("r+b") as file:
        file.write(secrets.token_bytes(32))


def _digest(data: Path) -> str:
    with data.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


@contextmanager
def _serving(subject: Subject, minio: MinioServer) -> Iterator[_Sides]:
    """A second service on the subject's graph, which keeps artifacts in a bucket."""
    minio.client().make_bucket(_BUCKET)
    settings = subject.settings.model_copy(update={"port": free_port()})
    environment = environment_of(settings) | {
        "PEDIGREE_ARTIFACTS_URL": f"s3://{_BUCKET}",
        "PEDIGREE_ARTIFACTS_ENDPOINT": f"http://{minio.endpoint}",
        "PEDIGREE_ARTIFACTS_ACCESS_KEY": minio.access_key,
        "PEDIGREE_ARTIFACTS_SECRET_KEY": minio.secret_key,
    }
    log = settings.home / "artifacts.log"
    with running([PEDIGREE, "serve"], settings.home, environment, log) as process, asyncio.Runner() as runner:
        client = client_of(process, settings.port, "/readyz", log)
        http = open_client(PARALLEL)
        try:
            yield _Sides(subject.engine, client, process.pid, minio.client(), runner, http, settings.home)
        finally:
            runner.run(http.aclose())
            client.close()
