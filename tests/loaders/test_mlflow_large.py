"""Large stores: memory that does not grow with them, and a source that goes away in the middle."""

import json
import shutil
import sqlite3
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from app.loading.loader import SourceUnreachable
from app.loading.sending import LoadRequest, send
from app.loading.unfinished import LoadStates
from loaders.mlflow import LOADER
from loaders.mlflow.database import DatabaseStore
from loaders.mlflow.models import PROMPT
from loaders.mlflow.passing import list_pages
from loaders.mlflow.records import PAGE
from tests.loaders.conftest import Trained
from tests.loaders.loaded import OPTIONS, contradictions, fits
from tests.loaders.many_runs import add_runs
from tests.servers import mlflow
from tests.servers.ports import free_port

MEBIBYTE = 1024 * 1024


def large_copy(database: Trained, folder: Path, count: int) -> Path:
    """The store with that many more runs."""
    path = folder / f"{count}.db"
    shutil.copy(database.folder / "mlflow.db", path)
    with sqlite3.connect(path) as store:
        (experiment,) = store.execute(
            "SELECT experiment_id FROM runs WHERE run_uuid = ?", (database.ids["train"],)
        ).fetchone()
    store.close()
    add_runs(path, database.ids["train"], count, experiment)
    return path


class Registry:
    """Counts what it is sent, and takes it all; it can call something after some batches."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.runs: set[str] = set()
        self.after: dict[int, Any] = {}

    async def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        self.batches.append(body)
        self.runs |= {item["run"]["runId"] for item in body["nodes"] if "run" in item}
        self.after.get(len(self.batches), lambda: None)()
        return {"items": [], "created": len(body["nodes"]), "updated": 0, "unchanged": 0, "rejected": 0, "retracted": 0}


def peak(path: Path, workspace: Path) -> int:
    """The most memory, in bytes, that reading that store takes."""
    reading = LOADER.open(f"sqlite:///{path}", OPTIONS, workspace)
    tracemalloc.start()
    try:
        runs = sum(1 for batch in reading.batches() if fits(batch) for item in batch.nodes if "run" in item)
        assert runs == int(path.stem) + 13 - 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        reading.close()


def test_memory_does_not_grow_with_the_runs(database: Trained, tmp_path: Path) -> None:
    few, many = (peak(large_copy(database, tmp_path, count), tmp_path / "work") for count in (1_500, 6_000))
    assert many < few + 2 * MEBIBYTE
    assert many < 32 * MEBIBYTE


async def test_a_server_that_goes_away_is_gone_on_from(database: Trained, tmp_path: Path) -> None:
    location = f"sqlite:///{large_copy(database, tmp_path, 600)}"
    states, registry = LoadStates(tmp_path / "states"), Registry()
    request = LoadRequest("load-1", "mlflow", complete=True)
    workspace, port = states.workspace("load-1"), free_port()

    with mlflow.MlflowServer(location, port=port) as server:
        registry.after[3] = server.close
        reading = LOADER.open(server.url, OPTIONS, workspace)
        report = await send(reading, registry, request, states=states)
        reading.close()
    assert report.failure is not None
    assert "No MLflow server answers" in report.failure.message
    assert "--resume" in report.failure.message
    assert not report.completed
    sent = len(registry.batches)

    state = states.latest("mlflow")
    with mlflow.MlflowServer(location, port=port) as server:
        reading = LOADER.open(server.url, OPTIONS, workspace)
        report = await send(reading, registry, request, states=states, resume=state)
        reading.close()
    assert report.failure is None
    assert report.completed
    with sqlite3.connect(location.removeprefix("sqlite:///")) as store:
        assert registry.runs == {row[0] for row in store.execute("SELECT run_uuid FROM runs")}
    store.close()

    # Nothing is sent twice but the rows of the page in the middle of which the server went away.
    nodes = [item for body in registry.batches for item in (*body["nodes"], *body["relationships"])]
    assert contradictions(nodes) == []
    again = {json.dumps(item) for body in registry.batches[:sent] for item in body["nodes"]}
    repeated = [item for body in registry.batches[sent:] for item in body["nodes"] if json.dumps(item) in again]
    assert len(repeated) <= 500
    assert not workspace.exists()


def test_what_was_read_of_a_database_that_goes_away_is_whole(database: Trained, tmp_path: Path) -> None:
    path = large_copy(database, tmp_path, 1_500)
    reading: Any = LOADER.open(f"sqlite:///{path}", OPTIONS, tmp_path / "work")
    batches = reading.batches()
    first = next(batches)
    # Another program holds the file: what a reader then gets is an error and not an end.
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA locking_mode = EXCLUSIVE")
        writer.execute("BEGIN EXCLUSIVE")
        reading._store._file.connection.execute("PRAGMA busy_timeout = 10")
        with pytest.raises(SourceUnreachable, match="cannot be read just now"):
            list(batches)
    writer.close()
    rest = list(reading.batches(first.cursor))
    reading.close()
    runs = {item["run"]["runId"] for batch in (first, *rest) for item in batch.nodes if "run" in item}
    assert len(runs) == 1_500 + 12


@pytest.mark.parametrize("route", ("database", "folder"))
def test_a_reading_can_begin_after_any_batch(route: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    trained: Trained = request.getfixturevalue(route)
    location = f"sqlite:///{large_copy(trained, tmp_path, 600)}" if route == "database" else trained.location
    reading = LOADER.open(location, OPTIONS, tmp_path / "work")
    batches = list(reading.batches())
    whole = [json.dumps(item) for batch in batches for item in (*batch.nodes, *batch.relationships)]
    met: set[str] = set()
    for batch in batches:
        met |= {json.dumps(item) for item in (*batch.nodes, *batch.relationships)}
        rest = [item for later in reading.batches(batch.cursor) for item in (*later.nodes, *later.relationships)]
        assert met | {json.dumps(item) for item in rest} == set(whole)
        assert contradictions([*(json.loads(text) for text in met), *rest]) == []
    reading.close()


def test_the_tags_of_a_model_of_many_versions_are_read_once(database: Trained, tmp_path: Path) -> None:
    many = 2 * PAGE + 7
    path = Path(shutil.copy(database.folder / "mlflow.db", tmp_path))
    numbers = [(number,) for number in range(1, many + 1)]
    with sqlite3.connect(path) as changed:
        changed.execute("INSERT INTO registered_models (name) VALUES ('many')")
        changed.executemany("INSERT INTO model_versions (name, version) VALUES ('many', ?)", numbers)
        for key in (PROMPT, "mine", "yours"):
            statement = "INSERT INTO model_version_tags (name, version, key, value) VALUES ('many', ?1, ?2, ?1)"
            changed.executemany(statement, [(number, key) for (number,) in numbers])
    changed.close()
    store = DatabaseStore(path)
    asked = store._rows
    found: list[Any] = []

    def counted(statement: str, values: Iterable[Any] = ()) -> list[Any]:
        rows = asked(statement, values)
        found.extend(rows if "model_version_tags" in statement else ())
        return rows

    store._rows = counted
    versions = [version for _, page in list_pages(store.versions, "") for version in page.things]
    store.close()
    assert [each.tags.get(PROMPT) for each in versions if each.name == "many"] == [str(n + 1) for n in range(many)]
    assert len(found) <= len(versions)
