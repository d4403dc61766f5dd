"""What an MLflow store holds, whichever way it is read: over REST, from its database, or from its folder.

Times are milliseconds since 1970 UTC, as MLflow keeps them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

PAGE = 500
"""How many things are asked of a store at once."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment, active or deleted."""

    id: str
    name: str
    created: int | None
    artifact_location: str


@dataclass(frozen=True, slots=True)
class DatasetUse:
    """A dataset that a run logged, with the context that it gave; MLflow keys its row by experiment."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None
    profile: str | None
    context: str | None


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of a logged model; with the dataset that it was computed on, where it names one."""

    name: str
    value: float | str
    at: int
    step: int
    run_id: str
    dataset: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run, active or deleted: deleting a run does not undo the training."""

    id: str
    experiment_id: str
    name: str
    user: str
    status: str
    started: int | None
    ended: int | None
    deleted: bool
    parameters: Mapping[str, str]
    metrics: Mapping[str, float | str]
    tags: Mapping[str, str]
    datasets: tuple[DatasetUse, ...] = ()
    models_in: tuple[str, ...] = ()
    models_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A model of MLflow 3 as a run logged it, registered or not; its id is `m-…`."""

    id: str
    experiment_id: str
    name: str
    run_id: str
    location: str
    type: str
    status: str
    created: int | None
    parameters: Mapping[str, str]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A name in the model registry, with its aliases (alias → version)."""

    name: str
    created: int | None
    description: str
    tags: Mapping[str, str]
    aliases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """A version in the model registry; `deleted` where only its tombstone is left."""

    name: str
    version: str
    created: int | None
    description: str
    stage: str
    source: str
    run_id: str
    model_id: str
    status: str
    deleted: bool
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


Told = tuple[str, str]
"""Why something of a store is not read, and where it is."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some things of a list, the token that asks for the next ones (empty: there are none), and what was not read."""

    things: tuple[T, ...]
    token: str
    told: Sequence[Told] = ()


class Store(Protocol):
    """An MLflow store that is read by pages and never changed."""

    def experiments(self) -> Iterator[Experiment]:
        """Every experiment, deleted ones too, in the order of their ids."""
        ...

    def default_experiment(self) -> Experiment | None:
        """The experiment with id 0, which MLflow makes with the store, else the oldest, of the default workspace."""
        ...

    def count_runs(self) -> int | None:
        """How many runs there are; None where only reading them all would tell."""
        ...

    def runs(self, experiment_id: str, token: str) -> Page[Run]:
        """The runs of an experiment, deleted ones too, the earliest first."""
        ...

    def logged_models(self, experiment_id: str, token: str) -> Page[LoggedModel]:
        """The logged models of an experiment."""
        ...

    def registered_models(self, token: str) -> Page[RegisteredModel]:
        """The registered models, by name."""
        ...

    def versions(self, token: str) -> Page[Version]:
        """The registered versions, tombstones included where the store shows them."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class StoreOfFiles(Store, Protocol):
    """A store that also tells where files are."""

    def version_place(self, name: str, version: str) -> str:
        """The address of a version's files: where MLflow keeps them, else what it came from; empty where nothing is."""
        ...

    def logged_place(self, model_id: str) -> str:
        """The address of a logged model's files; empty where there is no such model."""
        ...

    def run_place(self, run_id: str) -> str:
        """The address of a run's files; empty where there is no such run."""
        ...


def number(value: Any) -> int | None:
    """An integer that a store wrote as a number or as text; None where there is none."""
    return int(value) if isinstance(value, (int, float, str)) and str(value).lstrip("-").isdigit() else None


def is_tombstone(stage: str, source: str, run_id: str) -> bool:
    """Whether a version was deleted: MLflow keeps its row, with everything in it redacted."""
    return stage == "Deleted_Internal" or source.startswith("REDACTED-") or run_id.startswith("REDACTED-")
