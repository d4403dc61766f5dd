"""Pedigree over HTTP against MLflow's REST server, over the same inventory."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from filelock import FileLock

from tests.bench import inventory, questions
from tests.bench.bulk import items
from tests.bench.client import Client
from tests.bench.driver_side import ABOUT_ASKED
from tests.bench.inventory import ASKED, Inventory
from tests.bench.mlflow_question import Answer, Question
from tests.bench.registering import ITEMS_A_CALL, REGISTER, batches, checked, register
from tests.bench.results import Finding, Goal, figure, milliseconds
from tests.bench.subject import Subject
from tests.bench.timing import Effort, Pair, Spread, interleave
from tests.servers.mlflow import ROOT, MlflowServer, environment, python
from tests.servers.neo4j import cache_folder

GOALS = {100: 20, 1_000: 150, 10_000: 300}
REGISTERING = Goal(100, "≥", " ×")
VERSIONS_A_TURN = 5
_FILL = Path(__file__).with_name("fill_mlflow.py")


def store(size: int) -> Path:
    """A database of MLflow's that holds the inventory; made once for each state of the scripts and of MLflow's release.

    Raises:
        tests.servers.java.Missing: MLflow cannot be had.
    """
    made_by = (_FILL.read_bytes(), Path(inventory.__file__).read_bytes(), str(python()).encode())
    key = hashlib.sha256(b"\0".join(made_by)).hexdigest()[:16]
    target = cache_folder() / f"mlflow-bench-{key}-{size}.db"
    with FileLock(f"{target}.lock"):
        if not target.exists():
            arriving = target.with_suffix(".arriving")
            arriving.unlink(missing_ok=True)
            command = [str(python()), "-m", "tests.bench.fill_mlflow", str(size), str(arriving)]
            subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True)
            arriving.rename(target)
    return target


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


def measure(fresh: Callable[[], Subject], effort: Effort, goals: dict[int, int]) -> Iterator[Finding]:
    """A row for each size: how many times longer MLflow takes, by whichever way it is fastest."""
    for size, goal in goals.items():
        made = inventory.make(size)
        with serving(store(size)) as (client, experiments):
            ways = Question(client, experiments).ways()
            times = {name: _seconds(way, made.answer, client) for name, way in ways.items()}
            best = min(times, key=lambda name: times[name][0])
            subject = fresh()
            register(subject.client, made.items())
            yield from _rows(subject, made, ways[best], Goal(goal, "≥", " ×"), effort, _ways(times, best))


def _seconds(way: Callable[[str], Answer], wanted: Answer, client: Client) -> tuple[float, int]:
    """How long that way takes, the better of two, and by how many calls; its answer is held against the one by hand."""
    taken: list[float] = []
    before = client.calls
    for _ in range(2):
        started = perf_counter()
        assert way(ASKED) == wanted, "MLflow's answer is another than the one found by hand"
        taken.append(perf_counter() - started)
        if taken[0] > 10:
            break
    return min(taken), (client.calls - before) // len(taken)


def _ways(times: dict[str, tuple[float, int]], best: str) -> str:
    told = (f"{name} {figure(seconds * 1e3)} ms in {calls} calls" for name, (seconds, calls) in times.items())
    return f"MLflow's best way: {best}; of {'; '.join(told)}"


def _rows(
    subject: Subject, made: Inventory, way: Callable[[str], Answer], goal: Goal, effort: Effort, note: str
) -> Iterator[Finding]:
    """The same answer, and the whole one: what MLflow's client would have to keep on its way."""
    found = {
        (edge["node"]["model"]["name"], int(edge["node"]["version"]))
        for edge in subject.ask(questions.NAMES, ABOUT_ASKED)["impact"]["edges"]
    }
    assert found == made.answer, "Pedigree's answer is another than the one found by hand"
    for what, query in (
        ("headline question", questions.NAMES),
        ("the same with witness, endpoints and hops, which MLflow does not tell,", questions.HEADLINE),
    ):
        request = subject.request(query, ABOUT_ASKED)
        for _ in range(effort.asked):
            subject.client.send(request)
        pair = interleave(partial(subject.client.send, request), partial(way, ASKED), effort, settle=True)
        yield Finding(
            subject.engine,
            f"MLflow REST at its best ÷ Pedigree over HTTP: {what} at {made.size:,} versions",
            goal,
            pair.faster(),
            {
                "Pedigree": milliseconds(Spread.of(pair.ours)),
                "Pedigree cold": milliseconds(Spread.of(pair.first)),
                "MLflow": milliseconds(Spread.of(pair.theirs)),
            },
            f"{len(found)} production versions in the answer. {note}" if query is questions.NAMES else "",
        )


def measure_registering(fresh: Callable[[], Subject], effort: Effort) -> Iterator[Finding]:
    """Versions a second, each with its run, parameters, metrics and training data, by one client each."""
    subject = fresh()
    numbers = count()
    versions = ITEMS_A_CALL // 4
    calls = [next(batches(items(next(numbers) * versions, versions))) for _ in range(effort.warm_up + effort.turns)]
    ours = iter([subject.request(REGISTER, call) for call in calls])
    with TemporaryDirectory() as folder, serving(_copied(store(100), Path(folder))) as (client, experiments):
        theirs = _versions(client, experiments[0])
        pair = interleave(lambda: checked(subject.client.send(next(ours))), lambda: next(theirs), effort)
    each = Pair(tuple(t / versions for t in pair.ours), tuple(t / VERSIONS_A_TURN for t in pair.theirs))
    sides = {"Pedigree": each.ours, "MLflow": each.theirs}
    yield Finding(
        subject.engine,
        "versions registered a second, Pedigree in bulk ÷ MLflow REST",
        REGISTERING,
        each.faster(),
        {name: f"{figure(Spread.of([1 / t for t in side]).median)} versions/s" for name, side in sides.items()},
        "one client each; a version comes with its run, parameters, metrics and training data",
    )


def _copied(database: Path, folder: Path) -> Path:
    """A copy to write into: the store itself is kept from run to run."""
    return Path(shutil.copy(database, folder / "mlflow.db"))


def _versions(client: Client, experiment: str) -> Iterator[None]:
    """Registers a few versions at each step, by as few calls as MLflow allows."""
    api = "/api/2.0/mlflow"
    for turn in count():
        name = f"bulk-{id(client)}-{turn}"
        client.post(f"{api}/registered-models/create", {"name": name})
        for number in range(VERSIONS_A_TURN):
            run = client.post(f"{api}/runs/create", {"experiment_id": experiment, "run_name": f"{name} {number}"})
            told = inventory.Run("", turn, ())
            id_ = run["run"]["info"]["run_id"]
            client.post(f"{api}/runs/log-batch", {"run_id": id_, **_batch(told)})
            client.post(f"{api}/runs/log-inputs", {"run_id": id_, "datasets": [_input(f"bulk-{number}")]})
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
