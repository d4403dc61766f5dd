"""A tracking server on loopback that tells of versions and their files whatever it is told to, as a hostile one may."""

import http.server
import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
REST = "/api/2.0/mlflow"
EXPERIMENT = {"experiment_id": "0", "name": "Default", "creation_time": 1, "artifact_location": "mlflow-artifacts:/0"}


@dataclass
class Pretended:
    """What it tells.

    Attributes:
        address: of it.
        places: the address of the files of each version, by the name of its model; the number of each is 1.
        listings: what it lists in a folder.
        bodies: what it gives as a file.
        moved: where it sends whoever asks for a file.
        named: where a run or a logged model has its files, by its id.
        statuses: of versions that are not READY.
        broken: files in the midst of which it breaks off, once for each time that they are named.
        on_file: called with the path of each file before it is given.
        asked: the paths that it was asked for.
    """

    address: str = ""
    places: dict[str, str] = field(default_factory=dict[str, str])
    listings: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    bodies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    moved: dict[str, str] = field(default_factory=dict[str, str])
    named: dict[str, str] = field(default_factory=dict[str, str])
    statuses: dict[str, str] = field(default_factory=dict[str, str])
    broken: list[str] = field(default_factory=list[str])
    on_file: Callable[[str], None] = lambda _path: None
    asked: list[str] = field(default_factory=list[str])

    def holds(self, name: str, files: Mapping[str, bytes], **sizes: int) -> None:
        """A version with these files, in one folder; some with another size than they have."""
        self.places[name] = f"mlflow-artifacts:/{name}"
        self.listings[name] = [{"path": path, "file_size": sizes.get(path, len(data))} for path, data in files.items()]
        self.bodies |= {f"{name}/{path}": data for path, data in files.items()}

    def listed(self, path: str) -> list[dict[str, Any]]:
        """What it lists in that folder."""
        return self.listings.get(path, [])

    def answer(self, path: str, asked: Mapping[str, str]) -> Any:
        """What it says over REST; None where it knows nothing of it."""
        versions = [
            {"name": name, "version": "1", "source": place, "status": self.statuses.get(name, "READY")}
            for name, place in self.places.items()
        ]
        name = next((each for each in (asked.get("run_id"), path.rpartition("/")[2]) if each in self.named), None)
        if name is not None:
            info = {"info": {"artifact_uri": self.named[name]}}
            return {"run": info, "model": info}
        return {
            "/experiments/get": {"experiment": EXPERIMENT},
            "/experiments/search": {"experiments": [EXPERIMENT]},
            "/runs/search": {},
            "/logged-models/search": {},
            "/registered-models/search": {"registered_models": [{"name": name} for name in self.places]},
            "/model-versions/search": {"model_versions": versions},
            "/model-versions/get-download-uri": {"artifact_uri": self.places.get(asked.get("name", ""))},
        }.get(path)


class _Handler(http.server.BaseHTTPRequestHandler):
    pretended: Pretended

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.pretended.asked.append(self.path)
        if parts.path.startswith(f"{ARTIFACTS}/"):
            self.give(unquote(parts.path.removeprefix(f"{ARTIFACTS}/")))
        elif parts.path == ARTIFACTS:
            self.say(json.dumps({"files": self.pretended.listed(asked.get("path", ""))}).encode())
        else:
            said = self.pretended.answer(parts.path.removeprefix(REST), asked)
            self.say(json.dumps(said or {"error_code": "NOT_FOUND"}).encode(), 404 if said is None else 200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()

    def give(self, path: str) -> None:
        self.pretended.on_file(path)
        if path in self.pretended.moved:
            self.send_response(302)
            self.send_header("location", self.pretended.moved[path])
            self.end_headers()
            return
        self.say(self.pretended.bodies.get(path, b""), 200 if path in self.pretended.bodies else 404, path)

    def say(self, body: bytes, status: int = 200, path: str = "") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if path in self.pretended.broken:
            self.pretended.broken.remove(path)
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base calls it so
        """Stay quiet."""


@contextmanager
def tracking() -> Generator[Pretended]:
    """It, as long as the block lasts."""
    pretended = Pretended()
    handler = type("Handler", (_Handler,), {"pretended": pretended})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        pretended.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield pretended
        finally:
            server.shutdown()
            thread.join()
