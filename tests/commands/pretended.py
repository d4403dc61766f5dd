"""A Pedigree and its store of artifacts, as far as pushes and pulls need them, on loopback; they fail when told to."""

import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import uvicorn
from graphql import GraphQLError, GraphQLSchema, graphql_sync

from app.artifacts.content import Content
from app.artifacts.manifest import File, Kind, Manifest
from tests.commands.contents import KEY, manifest_of, sha256
from tests.commands.pretended_store import PretendedStore, body_of, reply


class Pretended(PretendedStore):
    """An ASGI application that plays both.

    Attributes:
        part_bytes: of parts.
        page: how many files `missing` gives at once.
        on_begin: called when an upload is begun.
        completions: what `completeUpload` answers before it looks: a state, or a code to refuse with.
        listed: what a pull is told of the version's files.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.part_bytes, self.page = 1000, 25
        self.files: list[dict[str, Any]] = []
        self.state = "ARRIVING"
        self.expire_after_page = False
        self.asked: Counter[str] = Counter()
        self.on_begin: Callable[[], None] = lambda: None
        self.completions: list[str] = []
        self.refuses_begin: dict[str, str] | None = None
        self.listed: list[dict[str, Any]] = []
        self.claimed: list[str] = []
        self.manifest_digest: str | None = None
        self.no_address: dict[str, str] = {}
        self.staged: list[str] = ["12"]
        self.served: list[str] = ["12"]
        self._schema = schema

    def holds(self, files: Mapping[str, bytes], **kinds: Kind) -> None:
        """The version has these files, and the service has verified them."""
        manifest = manifest_of(files)
        self.held |= {sha256(data): data for data in files.values()}
        self.manifest_digest = manifest.digest
        self.listed = [
            {
                "path": file.path,
                "kind": file.kind.value,
                "artifact": {"digest": f"sha256:{file.content.sha256}", "bytes": file.content.bytes},
            }
            for file in manifest.files
        ]

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        query, variables = asked["query"], asked["variables"]
        found = re.search(r"(?:query|mutation) (\w+)", query)
        self.asked[found[1] if found else ""] += 1
        root = {
            "beginUpload": self._begin,
            "completeUpload": self._complete,
            "upload": lambda _info, **_words: self._upload(),
            "downloadUrl": self._downloads,
            "modelVersion": lambda _info, **_words: self._version(),
            "model": lambda _info, **_words: {"versions": self._versions(self.staged)},
            "servedAt": self._served,
            "node": lambda _info, **_words: {"__typename": "ModelVersion", **KEY},
        }
        outcome = graphql_sync(self._schema, query, root, variable_values=variables)
        body: dict[str, Any] = {"data": outcome.data}
        if outcome.errors:
            body["errors"] = [_error(each) for each in outcome.errors]
        return body

    def _begin(self, _info: Any, **words: Any) -> dict[str, Any]:
        if self.refuses_begin:
            return {"__typename": "RequestError", "path": None, **self.refuses_begin}
        files = [dict(each) for each in words["input"]["files"]]
        if files != self.files:
            self.files, self.arrived, self.state = files, {}, "ARRIVING"
        self.on_begin()
        return self._upload()

    def _upload(self) -> dict[str, Any]:
        manifest = Manifest.of(
            File(each["path"], Content(each["digest"].removeprefix("sha256:"), each["bytes"]), Kind(each["kind"]))
            for each in self.files
        )
        complete = self.state == "COMPLETE"
        return {
            "__typename": "Upload",
            "id": "up",
            "state": self.state,
            "manifestDigest": manifest.digest,
            "verifiedBytes": manifest.bytes if complete else 0,
            "missing": self._missing,
        }

    def _missing(self, _info: Any, after: int | None = None, **_words: Any) -> list[dict[str, Any]]:
        self.generation += 1
        found: list[dict[str, Any]] = []
        seen: set[str] = set(self.held)
        for number, file in enumerate(self.files):
            if file["digest"].removeprefix("sha256:") in seen or not file["bytes"]:
                continue
            seen.add(file["digest"].removeprefix("sha256:"))
            parts = [
                {"number": part, "bytes": size, "url": f"{self.address}/up/{number}/{part}/{self.generation}"}
                for part, size in self._parts(file["bytes"])
                if (number, part) not in self.arrived
            ]
            if parts and number > (-1 if after is None else after):
                found.append({**file, "number": number, "partBytes": self.part_bytes, "parts": parts})
        if self.expire_after_page:
            self.expire_after_page, self.valid_from = False, self.generation + 1
        return found[: self.page]

    def _parts(self, size: int) -> list[tuple[int, int]]:
        firsts = range(0, size, self.part_bytes)
        return [(number, min(self.part_bytes, size - first)) for number, first in enumerate(firsts, 1)]

    def _complete(self, _info: Any, **_words: Any) -> dict[str, Any]:
        if self.completions:
            answer = self.completions.pop(0)
            if answer.startswith(("UPLOAD", "BAD")):
                self.arrived = {} if answer == "UPLOAD_MISMATCH" else self.arrived
                return _refusal(answer, "What arrived at `files[0]` was not what was announced.")
            self.state = answer
            return self._upload()
        for number, file in enumerate(self.files):
            data = b"".join(self.arrived.get((number, part), b"") for part, _ in self._parts(file["bytes"]))
            if data and f"sha256:{sha256(data)}" == file["digest"]:
                self.held[sha256(data)] = data
        if self._missing(None):
            return _refusal("UPLOAD_INCOMPLETE", "Something is missing.")
        self.state = "COMPLETE"
        return self._upload()

    def _version(self) -> dict[str, Any]:
        return {"manifestDigest": self.manifest_digest, "files": self._listing}

    def _listing(self, _info: Any, **words: Any) -> dict[str, Any]:
        zero = {"digest": f"sha256:{'0' * 64}", "bytes": None}
        claimed = [] if words.get("verified") else [{"path": path, "artifact": zero} for path in self.claimed]
        every = [*self.listed, *claimed]
        first = int(words.get("after") or 0)
        last = first + words["first"]
        return {
            "totalCount": len(every),
            "pageInfo": {"hasNextPage": last < len(every), "endCursor": str(last)},
            "edges": [{"cursor": "", "node": each} for each in every[first:last]],
        }

    def _downloads(self, _info: Any, **words: Any) -> dict[str, Any]:
        self.generation += 1
        digests: list[str] = words["input"]["artifacts"]
        assert 1 <= len(digests) <= 100
        assert len(set(digests)) == len(digests)
        found: list[dict[str, Any]] = []
        for digest in digests:
            hexadecimal = digest.removeprefix("sha256:")
            code = self.no_address.get(hexadecimal)
            url = None if code else f"{self.address}/down/{hexadecimal}/{self.generation}"
            found.append({"digest": digest, "url": url, "error": _refusal(code, "It is gone.") if code else None})
        return {"__typename": "DownloadUrlResult", "downloads": found}

    def _versions(self, versions: list[str]) -> dict[str, Any]:
        nodes = [{**KEY, "version": each} for each in versions]
        return {"totalCount": len(nodes), "edges": [{"node": each} for each in nodes]}

    def _served(self, _info: Any, **_words: Any) -> dict[str, Any]:
        nodes = [{"modelVersion": {**KEY, "version": each}} for each in self.served]
        return {"totalCount": len(nodes), "edges": [{"node": each} for each in nodes]}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request."""
        if scope["path"] == "/graphql":
            answered = self.answer(orjson.loads(await body_of(receive)))
            await reply(send, 200, orjson.dumps(answered), b"application/json")
        else:
            await super().__call__(scope, receive, send)


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"__typename": "RequestError", "code": code, "message": message, "path": None}


def _error(error: GraphQLError) -> dict[str, Any]:
    return {"message": error.message, "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}


@contextmanager
def listening(pretended: Pretended) -> Generator[Pretended]:
    """The same, answering at its address, in a thread of its own."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    pretended.address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    config = uvicorn.Config(pretended, log_config=None, log_level="critical", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    try:
        yield pretended
    finally:
        server.should_exit = True
        thread.join(30)
        taken.close()
