"""Real MLflow stores, made once a session by really training."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.loaders.filed import Load
from tests.servers import mlflow
from tests.servers.java import Missing
from tests.serving import Serving

SCRIPT = Path(__file__).with_name("train_store.py")


@dataclass(frozen=True)
class Trained:
    """A store: how it is addressed, in which folder it is, and the ids of what it holds."""

    location: str
    folder: Path
    ids: dict[str, str]


def _train(folder: Path, location: str) -> Trained:
    # Not in the checkout: MLflow would tell of its commit, and of whatever remote it has.
    script = Path(shutil.copy(SCRIPT, folder))
    try:
        told = mlflow.run_script(script, location, folder=folder, more={"MLFLOW_ALLOW_FILE_STORE": "true"})
    except Missing as missing:
        if os.environ.get("PEDIGREE_REQUIRE_SERVERS") == "1":
            raise
        pytest.skip(str(missing))
    return Trained(location, folder, json.loads(told.splitlines()[-1]))


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A store in an SQLite file."""
    folder = tmp_path_factory.mktemp("database")
    return _train(folder, f"sqlite:///{folder / 'mlflow.db'}")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A store in a folder."""
    place = tmp_path_factory.mktemp("folder")
    return _train(place, f"file:{place / 'mlruns'}")


@pytest.fixture(scope="session")
def server(database: Trained) -> Iterator[Trained]:
    """The store in the SQLite file, behind MLflow's server."""
    with mlflow.MlflowServer(database.location) as running:
        yield Trained(running.url, database.folder, database.ids)


@pytest.fixture(scope="session")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """A store behind MLflow's server, which keeps the artifacts of the runs as well (`mlflow-artifacts:`)."""
    place = tmp_path_factory.mktemp("proxied")
    try:
        running = mlflow.MlflowServer(f"sqlite:///{place / 'mlflow.db'}", handing_out=place / "artifacts")
    except Missing as missing:
        if os.environ.get("PEDIGREE_REQUIRE_SERVERS") == "1":
            raise
        pytest.skip(str(missing))
    with running:
        yield _train(place, running.url)


@pytest.fixture(scope="session")
def served_folder(folder: Trained) -> Iterator[Trained]:
    """The store in the folder, behind MLflow's server."""
    with mlflow.MlflowServer(folder.location) as running:
        yield Trained(running.url, folder.folder, folder.ids)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is not there yet, and no settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PEDIGREE_")]:
        monkeypatch.delenv(name)
    return tmp_path / "home"


@pytest.fixture(scope="session")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """A running Pedigree, as a command names it."""
    folder = tmp_path_factory.mktemp("holding")
    with Serving(folder / "home") as serving:
        yield ["--server", serving.address, "--home", str(folder / "home")]


@pytest.fixture
def load(home: Path, holding: list[str], capsys: pytest.CaptureFixture[str]) -> Load:
    """Loads with files into a source that is the test's own."""
    assert not home.exists()
    return Load(f"source-{secrets.token_hex(8)}", holding, capsys)
