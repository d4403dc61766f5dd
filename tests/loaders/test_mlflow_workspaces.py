"""A real store that is kept in workspaces: a load reads one of them, and nothing of another."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.errors import ErrorCode, PedigreeError
from app.loading.loader import LoadOptions
from loaders.mlflow import MlflowLoader
from tests.loaders.conftest import Trained
from tests.loaders.loaded import Loaded, read
from tests.servers import mlflow

TEAMS = ("team-a", "team-b")


class _Workspace:
    """A workspace of a server that keeps several, filled over REST."""

    def __init__(self, url: str, name: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/api", headers={"X-MLFLOW-WORKSPACE": name}, timeout=60)

    def ask(self, path: str, said: dict[str, Any]) -> Any:
        return self._client.post(path, json=said).raise_for_status().json()

    def fill(self, data: str) -> None:
        """A version `scorer` 1, an alias and a tag, all of one name in each workspace; only the data differs."""
        with self._client:
            experiment = self.ask("/2.0/mlflow/experiments/create", {"name": "scoring"})["experiment_id"]
            made = {"experiment_id": experiment, "start_time": 1_000, "run_name": data}
            run = self.ask("/2.0/mlflow/runs/create", made)["run"]["info"]
            used = {"name": data, "digest": "aaaaaaaa", "source_type": "local", "source": '{"uri": "/data"}'}
            tags = [{"key": "mlflow.data.context", "value": "training"}]
            inputs = {"run_id": run["run_id"], "datasets": [{"dataset": used, "tags": tags}]}
            self.ask("/2.0/mlflow/runs/log-inputs", inputs)
            self.ask("/2.0/mlflow/registered-models/create", {"name": "scorer", "description": data})
            version = {"name": "scorer", "source": f"runs:/{run['run_id']}/model", "run_id": run["run_id"]}
            self.ask("/2.0/mlflow/model-versions/create", version | {"description": data})
            alias = {"name": "scorer", "version": "1", "alias": data}
            self.ask("/2.0/mlflow/registered-models/alias", alias)


@pytest.fixture(scope="module")
def shared(database: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The store that was trained, in its default workspace, with two others; by how it is reached."""
    copy = Path(shutil.copy(database.folder / "mlflow.db", tmp_path_factory.mktemp("workspaces")))
    with mlflow.MlflowServer(f"sqlite:///{copy}", workspaces=True) as running:
        for name, data in zip(TEAMS, ("patients", "weather"), strict=True):
            httpx.post(f"{running.url}/api/3.0/mlflow/workspaces", json={"name": name}, timeout=60).raise_for_status()
            _Workspace(running.url, name).fill(data)
        yield {"database": f"sqlite:///{copy}", "server": running.url}


def _read(location: str, folder: Path, workspace: str = "") -> Loaded:
    stages = {"patients": "PRODUCTION", "weather": "PRODUCTION", "champion": "PRODUCTION"}
    return read(location, folder / "work", LoadOptions("mlflow", stages=stages, workspace=workspace))


def _refused(location: str, folder: Path, workspace: str = "") -> str:
    with pytest.raises(PedigreeError) as caught:
        _read(location, folder, workspace)
    assert caught.value.code is ErrorCode.SOURCE_UNUSABLE
    return caught.value.message


@pytest.mark.parametrize("route", ("database", "server"))
@pytest.mark.parametrize(("workspace", "data"), tuple(zip(TEAMS, ("patients", "weather"), strict=True)))
def test_nothing_of_another_workspace_is_read(
    shared: dict[str, str], route: str, workspace: str, data: str, tmp_path: Path
) -> None:
    loaded = _read(shared[route], tmp_path, workspace)
    assert [each["name"] for each in loaded.of("run")] == [data]
    assert [each["data"]["name"] for each in loaded.of("used")] == [data]
    assert [each["description"] for each in (*loaded.of("model"), *loaded.of("modelVersion"))] == [data, data]
    assert loaded.one("modelVersion", name="scorer")["claimedStage"] == "PRODUCTION"
    assert loaded.one("produced")["run"] == {"source": "mlflow", "runId": loaded.one("run")["runId"]}
    assert loaded.skipped == []


@pytest.mark.parametrize("workspace", TEAMS)
def test_files_of_another_workspace_are_not_found(shared: dict[str, str], workspace: str, tmp_path: Path) -> None:
    with MlflowLoader().open_files(shared["database"], LoadOptions("mlflow", workspace=workspace)) as found:
        (version,) = found
    (run,) = _read(shared["database"], tmp_path, workspace).of("run")
    assert run["runId"] in version.place


@pytest.mark.parametrize("route", ("database", "server"))
def test_the_default_workspace_is_what_it_was(
    shared: dict[str, str], database: Trained, route: str, tmp_path: Path
) -> None:
    loaded = _read(shared[route], tmp_path, "default")
    before = _read(database.location, tmp_path / "before")
    assert loaded.store_id == before.store_id
    assert {each["runId"] for each in loaded.of("run")} == {each["runId"] for each in before.of("run")}
    assert not loaded.some("model", name="scorer")


def test_each_workspace_is_a_store_of_its_own_however_it_is_reached(shared: dict[str, str], tmp_path: Path) -> None:
    ids = {
        (route, name): _read(location, tmp_path, name).store_id
        for route, location in shared.items()
        for name in (*TEAMS, "default")
    }
    for name in (*TEAMS, "default"):
        assert ids["database", name] == ids["server", name]
    assert len(set(ids.values())) == len(TEAMS) + 1


def test_of_several_workspaces_one_has_to_be_named(shared: dict[str, str], tmp_path: Path) -> None:
    message = _refused(shared["database"], tmp_path)
    assert "default, team-a, team-b" in message
    assert "--workspace" in message
    assert "--source" in message


def test_a_server_is_asked_for_its_default_workspace(shared: dict[str, str], tmp_path: Path) -> None:
    assert not _read(shared["server"], tmp_path).some("model", name="scorer")


@pytest.mark.parametrize(("workspace", "said"), (("team-c", "team-c"), ("team a", "No workspace is called")))
@pytest.mark.parametrize("route", ("database", "server"))
def test_a_workspace_that_is_not_there(
    shared: dict[str, str], route: str, workspace: str, said: str, tmp_path: Path
) -> None:
    assert said in _refused(shared[route], tmp_path, workspace)


@pytest.mark.parametrize("kind", ("database", "folder", "server"))
def test_a_store_without_workspaces(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    store: Trained = request.getfixturevalue(kind)
    assert _read(store.location, tmp_path, "default").of("run")
    message = _refused(store.location, tmp_path, "team-a")
    assert "team-a" in message
    assert "--workspace" in message


def test_a_database_that_is_older_than_workspaces(database: Trained, tmp_path: Path) -> None:
    copy = Path(shutil.copy(database.folder / "mlflow.db", tmp_path))
    with sqlite3.connect(copy) as old:
        (made,) = old.execute("SELECT sql FROM sqlite_master WHERE name = 'experiments'").fetchone()
        assert "workspace" in made
        kept = "experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time"
        old.execute(f"CREATE TABLE older AS SELECT {kept} FROM experiments")  # noqa: S608 - our own names
        old.execute("DROP TABLE experiments")
        old.execute("ALTER TABLE older RENAME TO experiments")
    old.close()
    assert _read(f"sqlite:///{copy}", tmp_path).of("run")
    assert "has no workspaces" in _refused(f"sqlite:///{copy}", tmp_path, "team-a")
