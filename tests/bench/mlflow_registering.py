"""Versions registered a second: Pedigree in bulk against MLflow's REST server."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import inventory
from tests.bench.bulk_calls import VERSIONS_A_CALL, calls
from tests.bench.client import Client
from tests.bench.mlflow_store import inventory_store, serving
from tests.bench.registering import checked
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Subject
from tests.bench.timing import Effort, Pair, interleave

GOAL = Goal(100, "≥", " ×")
VERSIONS_A_TURN = 5
WARM_UP = 60
"""Our calls before the clock runs, as in a service that is used; MLflow's processes need few."""


def measure(fresh: Callable[[], Subject], effort: Effort, warm_up: int = WARM_UP) -> Iterator[Finding]:
    """Versions a second, each with its run, parameters, metrics and training data, by one client each."""
    subject = fresh()
    # A registering client sends call after call: each turn is of two, of which the second counts.
    requests = list(islice(calls(subject), warm_up + effort.warm_up + 2 * effort.turns))
    for request in requests[:warm_up]:
        checked(subject.client.send(request))
    ours = iter(requests[warm_up:])
    with TemporaryDirectory() as folder, serving(_copied(inventory_store(100), Path(folder))) as (client, experiments):
        theirs = _versions(client, experiments[0])
        pair = interleave(lambda: checked(subject.client.send(next(ours))), lambda: next(theirs), effort, settle=True)
    each = Pair(
        tuple(seconds / VERSIONS_A_CALL for seconds in pair.ours),
        tuple(seconds / VERSIONS_A_TURN for seconds in pair.theirs),
    )
    yield Finding(
        subject.engine,
        "versions registered a second, Pedigree in bulk ÷ MLflow REST",
        GOAL,
        each.faster(),
        {"Pedigree": Side.rate(each.ours, 1, "versions"), "MLflow": Side.rate(each.theirs, 1, "versions")},
        f"one client each; a version comes with its ended run, parameters, metrics and training data; "
        f"{VERSIONS_A_CALL} versions in a call of 500 items, and 5 calls a version to MLflow, which has none for many",
    )


def _copied(database: Path, folder: Path) -> Path:
    """A copy to write into: the store itself is kept from run to run."""
    return Path(shutil.copy(database, folder / "mlflow.db"))


def _versions(client: Client, experiment: str) -> Iterator[None]:
    """Registers a few versions at each step, by as few calls as MLflow allows."""
    api = "/api/2.0/mlflow"
    for turn in count():
        name = f"bulk-{turn}"
        client.post(f"{api}/registered-models/create", {"name": name})
        for number in range(VERSIONS_A_TURN):
            told = inventory.Run("", turn, ())
            begun = {"experiment_id": experiment, "run_name": f"{name} {number}", "start_time": told.started_ms}
            id_ = client.post(f"{api}/runs/create", begun)["run"]["info"]["run_id"]
            client.post(f"{api}/runs/log-batch", {"run_id": id_, **_batch(told)})
            client.post(f"{api}/runs/log-inputs", {"run_id": id_, "datasets": [_input(f"bulk-{number}")]})
            ended = {"run_id": id_, "status": "FINISHED", "end_time": told.started_ms + 60_000}
            client.post(f"{api}/runs/update", ended)
            client.post(f"{api}/model-versions/create", {"name": name, "source": f"runs:/{id_}/model", "run_id": id_})
        yield


def _batch(run: inventory.Run) -> dict[str, Any]:
    return {
        "params": [{"key": key, "value": value} for key, value in run.parameters.items()],
        "metrics": [
            {"key": key, "value": value, "timestamp": run.started_ms, "step": 0} for key, value in run.metrics.items()
        ],
    }


def _input(name: str) -> dict[str, Any]:
    dataset = {"name": name, "digest": inventory.digest(name), "source_type": "local", "source": "{}"}
    return {"dataset": dataset, "tags": [{"key": "mlflow.data.context", "value": "training"}]}
