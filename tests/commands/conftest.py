"""One running Pedigree with a small inventory, asked over HTTP and by its home directly."""

import json
import os
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema

from app.cli import run
from app.transfer.trying import Patience
from tests.commands.people import Asking, People, knowing_people
from tests.commands.pretended import Pretended, listening
from tests.serving import NO_HURRY, Serving

ROOT = Path(__file__).resolve().parents[2]
HEAD = {"source": "mlflow", "store": "mlflow:1", "namespace": "sales"}
ORDERS = {"namespace": "sales", "name": "orders", "version": "1"}
CLEAN = {"namespace": "sales", "name": "orders-clean", "version": "1"}
SCORER = {"namespace": "churn", "name": "scorer", "version": "12"}
RUN = {"source": "mlflow", "runId": "4f" * 16}
ITEMS = [
    {"dataset": {"namespace": "sales", "name": "orders", "owner": "Sales data"}},
    {"run": {**RUN, "name": "train the scorer"}},
    {"modelVersion": {**SCORER, "claimedStage": "PRODUCTION"}},
    {"derivedFrom": {"data": CLEAN, "from": ORDERS}},
    {"used": {"run": RUN, "data": CLEAN, "confidence": 0.5, "method": "INFERRED"}},
    {"produced": {"run": RUN, "modelVersion": SCORER}},
]


def write_items(path: Path, items: Sequence[Mapping[str, object]], **head: str) -> Path:
    """A file as `pedigree load … --to-file` writes it."""
    lines = [json.dumps(each) for each in ({**HEAD, **head}, *items)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def without_settings(patched: pytest.MonkeyPatch) -> None:
    """Takes ours out of this process's environment, and gives its commands time."""
    for name in [name for name in os.environ if name.startswith("PEDIGREE_")]:
        patched.delenv(name)
    for name, value in NO_HURRY.items():
        patched.setenv(name, value)


@pytest.fixture(scope="session")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small inventory as a file."""
    return write_items(tmp_path_factory.mktemp("inventory") / "inventory.jsonl", ITEMS)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, inventory: Path) -> Generator[tuple[str, Path]]:
    """The address and the home of a service that holds the small inventory."""
    home = tmp_path_factory.mktemp("commands")
    with Serving(home) as serving:
        assert run(["load", "items", str(inventory), "--server", serving.address, "--home", str(home)]) == 0
        yield serving.address, home


@pytest.fixture(params=("server", "home"))
def where(
    request: pytest.FixtureRequest, served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[str]:
    """The options that name that service, or its home: a command on a home attaches to the engine of the service."""
    monkeypatch.chdir(tmp_path)
    without_settings(monkeypatch)
    address, home = served
    monkeypatch.setenv("PEDIGREE_HOME", str(tmp_path / "nobody"))
    return ["--server", address] if request.param == "server" else ["--home", str(home)]


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Generator[People]:
    """A service that knows its callers."""
    with pytest.MonkeyPatch.context() as patched:
        without_settings(patched)
        with knowing_people(tmp_path_factory.mktemp("people")) as found:
            yield found


@pytest.fixture
def asking(
    people: People, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Asking:
    """Commands of the people that this service knows."""
    monkeypatch.chdir(tmp_path)
    without_settings(monkeypatch)
    return Asking(people, monkeypatch, capsys, tmp_path)


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    """The published API."""
    return build_schema((ROOT / "graph_schema" / "schema.graphql").read_text(encoding="utf-8"))


@pytest.fixture
def service(schema: GraphQLSchema, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Pretended]:
    """A service that answers, of which the commands know; they do not wait between attempts."""
    monkeypatch.chdir(tmp_path)
    without_settings(monkeypatch)

    async def at_once(_self: Patience, _fruitless: int = 1) -> None:
        """No pause."""

    monkeypatch.setattr(Patience, "pause", at_once)
    with listening(Pretended(schema)) as found:
        monkeypatch.setenv("PEDIGREE_SERVER", found.address)
        monkeypatch.setenv("PEDIGREE_TOKEN", "secret")
        yield found


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """Where to pull to; it is not there."""
    return tmp_path / "into" / "model"
