"""A graph, a store and a client, and what tests of uploads do often."""

import hashlib
import inspect
import time
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import httpx
from graphql import execute

from app.access.service import LOCAL, Caller
from app.artifacts.service import Artifacts
from app.artifacts.store import ArtifactStore
from app.compiler.passthrough import PassThroughExecutor
from app.compiler.plans import Plans
from app.graph.driver import Graph
from app.lineage.service import Lineage
from app.registry.graph import Inventory
from app.registry.service import Registry
from app.retention.keeping import Keeping
from app.retention.service import Retention
from tests.contexts import context_of
from tests.engines.registered import Clock
from tests.published import PUBLISHED, document

PATIENCE = 60.0
"""Seconds; no test asserts a time."""

KEY = {"namespace": "n", "name": "m", "version": "1"}
SAFETENSORS = (2).to_bytes(8, "little") + b"{}"
"""A file of that format without tensors."""

FILES = {"model.safetensors": SAFETENSORS, "config.json": b"{}", "weights/old.pkl": b"\x80\x04N.", "empty.txt": b""}

_BEGIN = """
mutation ($input: BeginUploadInput!) {
  beginUpload(input: $input) {
    ... on Upload { id state manifestDigest fileCount bytes verifiedBytes expiresAt }
    ... on RequestError { code message path }
  }
}
"""
_MISSING = """
query ($id: ID!, $first: Int! = 25, $after: Int) {
  upload(id: $id) { state missing(first: $first, after: $after) {
    number path digest bytes partBytes parts { number bytes url }
  } }
}
"""
_COMPLETE = """
mutation ($id: ID!) {
  completeUpload(input: {id: $id}) {
    ... on Upload { id state manifestDigest verifiedBytes bytes }
    ... on RequestError { code message path }
  }
}
"""
_DOWNLOAD = """
mutation ($artifacts: [Digest!]!, $seconds: Int! = 900) {
  downloadUrl(input: {artifacts: $artifacts, seconds: $seconds}) {
    ... on DownloadUrlResult { downloads { digest bytes url expiresAt error { code message } } }
    ... on RequestError { code message path }
  }
}
"""
_FILES = """
query ($key: ModelVersionKey!, $verified: Boolean, $first: Int, $after: String) {
  modelVersion(key: $key) {
    manifestDigest
    files(verified: $verified, first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      edges { node {
        path kind source method
        artifact { digest bytes format unsafe flaw verifiedAt provenance { source method } }
      } }
    }
  }
}
"""


def digest_of(data: bytes) -> str:
    """The digest of bytes, as the API has it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def announced(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """These files as `beginUpload` takes them."""
    return [{"path": path, "digest": digest_of(data), "bytes": len(data)} for path, data in files.items()]


def caller(subject: str, *sight: str) -> Caller:
    """Somebody who may do everything in these namespaces."""
    return Caller("people", subject, sight=sight)


class World:
    """What hands over and fetches between an empty graph and an empty store."""

    def __init__(self, graph: Graph, store: ArtifactStore, http: httpx.AsyncClient) -> None:
        self.graph = graph
        self.store = store
        self.http = http
        self.clock = Clock()
        self.registry = Registry(graph, self.clock)
        self.ahead = 0.0
        self.artifacts = self.service()
        self.retention = Retention(graph, store, clock=self.later)
        self.keeping = Keeping(graph, clock=self.later)
        self._inventory, self._lineage = Inventory(graph, Plans()), Lineage(graph, Plans())

    def later(self) -> float:
        """The time, seconds since 1970 UTC, by a clock that can be put ahead."""
        return time.time() + self.ahead

    def registry_now(self) -> int:
        """The registry's time, in microseconds since 1970 UTC."""
        return int(self.clock() * 1_000_000)

    def service(self, **others: Any) -> Artifacts:
        """Another service on the same graph and store."""
        return Artifacts(self.graph, self.store, **{"most_bytes": 2**40, "clock": self.later, **others})

    async def ask(
        self, query: str, caller: Caller = LOCAL, *, through: Artifacts | None = None, **variables: Any
    ) -> dict[str, Any]:
        """The data of an answer without errors."""
        services = SimpleNamespace(
            inventory=self._inventory,
            lineage=self._lineage,
            artifacts=through or self.artifacts,
            retention=self.retention,
            keeping=self.keeping,
        )
        made: Any = execute(
            PUBLISHED, document(query), context_value=context_of(services, caller), variable_values=variables,
            executor_class=PassThroughExecutor,
        )  # fmt: skip
        result = await made if inspect.isawaitable(made) else made
        if result.errors:
            raise result.errors[0].original_error or result.errors[0]
        return result.data

    async def begin(
        self, files: Mapping[str, bytes] = FILES, key: Mapping[str, str] = KEY, by: Caller = LOCAL, **others: Any
    ) -> dict[str, Any]:
        """What `beginUpload` answers for these files."""
        return await self.begin_with(announced(files), key, by, **others)

    async def begin_with(
        self, files: list[dict[str, Any]], key: Mapping[str, str] = KEY, by: Caller = LOCAL, **others: Any
    ) -> dict[str, Any]:
        """The same for files as they are announced."""
        asked = {"modelVersion": dict(key), "files": files}
        return (await self.ask(_BEGIN, by, input=asked, **others))["beginUpload"]

    async def missing(self, upload: str, by: Caller = LOCAL, **page: Any) -> list[dict[str, Any]]:
        """What is missing of an upload."""
        return (await self.ask(_MISSING, by, id=upload, **page))["upload"]["missing"]

    async def send(
        self, upload: str, files: Mapping[str, bytes] = FILES, by: Caller = LOCAL, only: Iterable[str] | None = None
    ) -> list[str]:
        """Sends what is missing, or only some of it; the paths of what was sent."""
        sent: list[str] = []
        for file in await self.missing(upload, by):
            if only is None or file["path"] in only:
                for part in file["parts"]:
                    await self.put(file, part, files[file["path"]])
                sent.append(file["path"])
        return sent

    async def put(self, file: Mapping[str, Any], part: Mapping[str, Any], data: bytes) -> None:
        """Sends one part of a file."""
        at = (part["number"] - 1) * int(file["partBytes"])
        answer = await self.http.put(part["url"], content=data[at : at + int(part["bytes"])])
        assert answer.status_code == 200, answer.text

    async def complete(self, upload: str, by: Caller = LOCAL, **others: Any) -> dict[str, Any]:
        """What `completeUpload` answers."""
        return (await self.ask(_COMPLETE, by, id=upload, **others))["completeUpload"]

    async def push(
        self, files: Mapping[str, bytes] = FILES, key: Mapping[str, str] = KEY, by: Caller = LOCAL
    ) -> dict[str, Any]:
        """All of it, as a client does it."""
        upload = await self.begin(files, key, by)
        await self.send(upload["id"], files, by)
        done = await self.complete(upload["id"], by)
        assert done.get("state") == "COMPLETE", done
        return done

    async def files(self, key: Mapping[str, str] = KEY, by: Caller = LOCAL, **page: Any) -> Any:
        """The version with its files, as the API shows them; None where there is none."""
        return (await self.ask(_FILES, by, key=dict(key), **page))["modelVersion"]

    async def downloads(self, *digests: str, by: Caller = LOCAL, **others: Any) -> Any:
        """What `downloadUrl` answers for these digests."""
        answer = (await self.ask(_DOWNLOAD, by, artifacts=list(digests), **others))["downloadUrl"]
        return answer.get("downloads", answer)
