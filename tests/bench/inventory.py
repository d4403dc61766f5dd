"""An inventory that is made up, the same each time, told to Pedigree and to its peers as each wants to hear it.

For n versions: n / 10 models of ten versions, every second model with one of them in production; a run for each version
with parameters, metrics, one or two training sets, one validation set and a commit; raw datasets, cleaned by runs, and
features made of those by runs; every fifth version tuned from an older one. Every dataset has one version. The dataset
that is asked for, raw, is the training set of every tenth run at 100 versions and of every hundredth at 10,000: what is
asked for grows as the root of the inventory does, as a well used dataset of a growing house.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import md5, sha256
from math import sqrt
from random import Random
from typing import Any

ASKED = "orders"
"""The name of the dataset whose production models are asked for."""

NAMESPACE = "bench"
SOURCE = "bench"
REPOSITORY = "https://git.example.com/models/training"
VERSIONS_PER_MODEL = 10
_EPOCH_MS = 1_760_000_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run: a training with a version as its outcome, or a preparation with a dataset."""

    id: str
    number: int
    reads: tuple[str, ...]
    validates: tuple[str, ...] = ()
    writes: str = ""
    base: "Version | None" = None

    @property
    def started_ms(self) -> int:
        """When it started, in milliseconds since 1970."""
        return _EPOCH_MS + self.number * 60_000

    @property
    def parameters(self) -> dict[str, str]:
        """Five parameters, as text."""
        return {
            "learning_rate": f"0.{self.number % 97:02d}",
            "epochs": str(self.number % 40),
            "depth": str(self.number % 12),
            "seed": str(self.number),
            "objective": "squared error",
        }

    @property
    def metrics(self) -> dict[str, float]:
        """Three metrics."""
        return {"loss": self.number % 89 / 100, "accuracy": self.number % 83 / 100, "auc": self.number % 79 / 100}

    @property
    def commit(self) -> str:
        """The commit that it ran; twenty runs share one."""
        return sha256(f"commit {self.number // 20}".encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a model."""

    model: str
    number: int
    run: Run
    production: bool

    @property
    def logged_model(self) -> str:
        """The id of what the run logged, in MLflow's form."""
        return f"m-{sha256(self.run.id.encode()).hexdigest()[:32]}"


@dataclass(frozen=True)
class Inventory:
    """All of it. `make` makes one."""

    size: int
    datasets: tuple[str, ...]
    preparations: tuple[Run, ...]
    versions: tuple[Version, ...] = field(repr=False)

    @cached_property
    def answer(self) -> set[tuple[str, int]]:
        """The production versions trained on the dataset asked for, found by hand: model and version."""
        tainted = {ASKED}
        for run in self.preparations:  # in the order in which they ran
            if tainted & {*run.reads}:
                tainted.add(run.writes)
        reached: set[str] = set()
        for version in self.versions:  # a base is older than what is tuned from it
            base = version.run.base
            if tainted & {*version.run.reads} or (base and base.run.id in reached):
                reached.add(version.run.id)
        return {(each.model, each.number) for each in self.versions if each.production and each.run.id in reached}

    def items(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every node and relationship as `registerLineage` takes them: `nodes` or `relationships`, and the item."""
        for name in self.datasets:
            yield "nodes", {"datasetVersion": _data(name) | {"digest": digest(name), "digestAlgorithm": "md5"}}
        for run in self.preparations:
            yield from told_of_run(run)
            yield "relationships", {"produced": {"run": _run_key(run), "data": _data(run.writes)}}
        for version in self.versions:
            yield from told_of_run(version.run)
            yield from told_of_version(version)


def digest(dataset: str) -> str:
    """A dataset's digest as MLflow makes it: eight digits of an MD5."""
    return md5(dataset.encode(), usedforsecurity=False).hexdigest()[:8]


def _data(name: str) -> dict[str, Any]:
    return {"namespace": NAMESPACE, "name": name, "version": digest(name)}


def _run_key(run: Run) -> dict[str, str]:
    return {"source": SOURCE, "runId": run.id}


def _version_key(version: Version) -> dict[str, str]:
    return {"namespace": NAMESPACE, "name": version.model, "version": str(version.number)}


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def told_of_run(run: Run) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of a run: itself, what it used, and its commit."""
    described = {
        **_run_key(run),
        "experiment": f"experiment-{run.number % 20}",
        "name": f"run {run.number}",
        "status": "FINISHED",
        "startedAt": _time(run.started_ms),
        "endedAt": _time(run.started_ms + 60_000),
        "parameters": run.parameters,
        "metrics": run.metrics,
        "user": f"person-{run.number % 30}",
    }
    yield "nodes", {"run": described}
    for role, names in (("INPUT" if run.writes else "TRAINING", run.reads), ("VALIDATION", run.validates)):
        for name in names:
            yield "relationships", {"used": {"run": _run_key(run), "data": _data(name), "role": role}}
    yield (
        "relationships",
        {"builtFrom": {"run": _run_key(run), "commit": {"repository": REPOSITORY, "sha": run.commit}}},
    )


def told_of_version(version: Version) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of a version: itself, the run that made it, its base, and where it serves."""
    described = _version_key(version) | {"framework": "sklearn", "registeredAt": _time(version.run.started_ms + 60_000)}
    if version.production:
        described |= {"claimedStage": "PRODUCTION"}
    yield "nodes", {"modelVersion": described}
    yield "relationships", {"produced": {"run": _run_key(version.run), "modelVersion": _version_key(version)}}
    if version.run.base:
        base = {"modelVersion": _version_key(version), "base": _version_key(version.run.base), "how": "fine-tune"}
        yield "relationships", {"basedOn": base}
    if version.production:
        endpoint = {"environment": "production", "name": version.model}
        yield "nodes", {"endpoint": endpoint | {"url": f"https://models.example.com/{version.model}"}}
        serving = {"endpoint": endpoint, "modelVersion": _version_key(version), "mode": "LIVE"}
        yield "nodes", {"deployment": serving | {"startedAt": _time(version.run.started_ms + 120_000)}}


def make(size: int) -> Inventory:
    """The inventory of that many versions; the same for the same size."""
    chance = Random(size)
    raw = [ASKED, *(f"raw-{number}" for number in range(max(4, size // 20)))]
    cleaned = [f"clean-{number}" for number in range(max(4, size // 20))]
    features = [f"features-{number}" for number in range(max(2, size // 40))]
    held_out = [f"held-out-{number}" for number in range(4)]
    share = 1 / sqrt(size)

    def pick(names: list[str]) -> str:
        return ASKED if names is raw and chance.random() < share else chance.choice(names)

    made = [(name, raw) for name in cleaned] + [(name, cleaned) for name in features]
    preparations = tuple(
        Run(_id(size, number), number, (pick(origin),), writes=name) for number, (name, origin) in enumerate(made)
    )
    versions: list[Version] = []
    models = max(1, size // VERSIONS_PER_MODEL)
    for number in range(size):
        reads = {ASKED} if chance.random() < share else set[str]()
        reads |= {chance.choice((raw[1:], cleaned, features)[chance.randrange(3)]) for _ in range(chance.randint(1, 2))}
        base = chance.choice(versions) if versions and number % 5 == 4 else None
        at = len(preparations) + number
        run = Run(_id(size, at), at, tuple(sorted(reads)), (held_out[number % len(held_out)],), base=base)
        # Model by model, version by version: the eighth version of every second model serves.
        model, version = number % models, number // models + 1
        versions.append(Version(f"model-{model:05d}", version, run, production=version == 8 and model % 2 == 0))
    return Inventory(size, (*raw, *cleaned, *features, *held_out), preparations, tuple(versions))


def _id(size: int, number: int) -> str:
    return md5(f"run {size} {number}".encode(), usedforsecurity=False).hexdigest()
