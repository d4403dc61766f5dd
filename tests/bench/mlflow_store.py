"""MLflow's stores and its server, for the measures that are held against it."""

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from filelock import FileLock

from tests.bench import inventory
from tests.bench.client import Client
from tests.servers.mlflow import ROOT, MlflowServer, environment, python
from tests.servers.neo4j import cache_folder


def inventory_store(size: int) -> Path:
    """A database of MLflow's that holds the inventory of that size.

    Raises:
        tests.servers.java.Missing: MLflow cannot be had.
    """
    return filled("fill_mlflow", inventory, size)


def filled(script: str, data: ModuleType, *arguments: int) -> Path:
    """A database of MLflow's that the script filled; made once for each state of script, data and MLflow's release.

    Args:
        script: a module of this package, run as `python -m tests.bench.SCRIPT ARGUMENTS DATABASE`.
        data: the module that makes up what is filled in.
        arguments: how much of it.

    Raises:
        tests.servers.java.Missing: MLflow cannot be had.
    """
    module = f"{__package__}.{script}"
    made_by = (_source(module), _source(data.__name__), str(python()).encode())
    key = hashlib.sha256(b"\0".join(made_by)).hexdigest()[:16]
    name = "-".join(["mlflow-bench", key, *map(str, arguments)])
    target = cache_folder() / f"{name}.db"
    with FileLock(f"{target}.lock"):
        if not target.exists():
            arriving = target.with_suffix(".arriving")
            arriving.unlink(missing_ok=True)
            command = [str(python()), "-m", module, *map(str, arguments), str(arriving)]
            subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True)
            arriving.rename(target)
    return target


def _source(module: str) -> bytes:
    """The text of a module, which may not be imported here: what it needs lives in another environment."""
    spec = find_spec(module)
    assert spec, module
    assert spec.origin, module
    return Path(spec.origin).read_bytes()


@contextmanager
def serving(database: Path) -> Iterator[tuple[Client, list[str]]]:
    """A client of MLflow's server over that database, and the ids of its experiments, which a team knows."""
    with MlflowServer(f"sqlite:///{database}") as server:
        client = Client(server.url)
        try:
            found = client.post("/api/2.0/mlflow/experiments/search", {"max_results": 1_000})["experiments"]
            yield client, [each["experiment_id"] for each in found]
        finally:
            client.close()
