"""Which store a workspace of MLflow is: the same from its first load on, over REST and from the database."""

import functools
import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.loading.loader import LoadOptions
from loaders.mlflow import LOADER

TABLES = """
CREATE TABLE alembic_version (version_num); CREATE TABLE runs (experiment_id); CREATE TABLE tags (key);
CREATE TABLE params (key); CREATE TABLE latest_metrics (key); CREATE TABLE model_versions (workspace);
CREATE TABLE registered_models (workspace, name); INSERT INTO registered_models VALUES ('team-a', 'scorer');
CREATE TABLE experiments (experiment_id INTEGER, name, artifact_location, creation_time, workspace);
INSERT INTO experiments VALUES (0, 'Default', '/a', 1, 'default'), (3, 'other', '/c', 0, 'team-b');"""

FIRST = "INSERT INTO experiments VALUES (7, 'e', '/e', 9, 'team-a'), (8, 'f', '/f', 10, 'team-a')"
LOST = "DELETE FROM experiments WHERE experiment_id = 7"


class Store:
    """A database, and a server that tells of the experiments in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.closed = frozenset[str]()
        self.refusal = 403
        self.change(TABLES)

    def change(self, statements: str) -> None:
        with sqlite3.connect(self._path) as file:
            file.executescript(statements)
        file.close()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if "server-" in request.url.path:
            return httpx.Response(200, json={"workspaces_enabled": True})
        workspace = request.headers.get("X-MLFLOW-WORKSPACE", "default")
        if workspace in self.closed:
            return httpx.Response(self.refusal, text="Permission denied")
        file = sqlite3.connect(self._path)
        asked = "SELECT * FROM experiments WHERE workspace = ? ORDER BY creation_time"
        found = [
            {"experiment_id": str(id_), "name": name, "artifact_location": place, "creation_time": made}
            for id_, name, place, made, _ in file.execute(asked, (workspace,))
        ]
        file.close()
        if request.method == "POST":
            return httpx.Response(200, json={"experiments": found[: json.loads(request.content)["max_results"]]})
        one: list[dict[str, Any]] = [each for each in found if each["experiment_id"] == "0"]
        return httpx.Response(200, json={"experiment": one[0]}) if one else httpx.Response(404, json={"error_code": ""})

    def id_(self, route: str, workspace: str) -> str:
        location = f"sqlite:///{self._path}" if route == "database" else "http://mlflow.example"
        reading = LOADER.open(location, LoadOptions("mlflow", workspace=workspace), self._path.parent / "work")
        reading.close()
        return reading.store_id


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    held = Store(tmp_path / "mlflow.db")
    transport = httpx.MockTransport(held.answer)
    monkeypatch.setattr(httpx, "Client", functools.partial(httpx.Client, transport=transport))
    return held


@pytest.mark.parametrize("without_first", (False, True))
def test_a_workspace_stays_the_store_that_it_is(store: Store, without_first: bool) -> None:
    if without_first:
        store.change("DELETE FROM experiments WHERE experiment_id = 0")
    ids: set[str] = set()
    for change in ("", FIRST, LOST):
        store.change(change)
        ids |= {store.id_("database", "team-a"), store.id_("server", "team-a")}
    assert len(ids) == 1
    assert store.id_("database", "team-b") == store.id_("server", "team-b") not in ids


def test_the_default_workspace_is_the_store_that_it_was(store: Store) -> None:
    ids = {store.id_("server", ""), store.id_("server", "default"), store.id_("database", "default")}
    assert ids == {"mlflow:3e1a3fd4f952a24b24bbfa5ef16dc017"}


@pytest.mark.parametrize("refusal", (400, 401, 403))
def test_where_the_default_workspace_is_closed_the_own_first_experiment_stands_for_it(
    store: Store, refusal: int
) -> None:
    store.change(FIRST)
    store.closed, store.refusal = frozenset({"default"}), refusal
    before = store.id_("server", "team-a")
    store.change("INSERT INTO experiments VALUES (9, 'g', '/g', 11, 'team-a')")
    assert store.id_("server", "team-a") == before
    store.change(LOST)
    assert store.id_("server", "team-a") != before
