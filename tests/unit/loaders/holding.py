"""A store that holds what a test says, and what a reading makes of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.loading.loader import LoadOptions
from loaders.mlflow.reading import MlflowReading
from loaders.mlflow.records import DatasetUse, Experiment, LoggedModel, Page, RegisteredModel, Run, Version
from tests.loaders.loaded import Loaded

EXPERIMENT = Experiment("0", "training", 1, "/artifacts")


@dataclass
class Held:
    """A store of one experiment."""

    held_runs: Sequence[Run] = ()
    held_logged: Sequence[LoggedModel] = ()
    held_models: Sequence[RegisteredModel] = ()
    held_versions: Sequence[Version] = ()

    def experiments(self) -> Iterator[Experiment]:
        yield EXPERIMENT

    def default_experiment(self) -> Experiment | None:
        return EXPERIMENT

    def count_runs(self) -> int | None:
        return len(self.held_runs)

    def runs(self, experiment_id: str, token: str) -> Page[Run]:
        assert (experiment_id, token) == ("0", "")
        return Page(tuple(self.held_runs), "")

    def logged_models(self, experiment_id: str, token: str) -> Page[LoggedModel]:
        assert (experiment_id, token) == ("0", "")
        return Page(tuple(self.held_logged), "")

    def registered_models(self, token: str) -> Page[RegisteredModel]:
        assert token == ""
        return Page(tuple(self.held_models), "")

    def versions(self, token: str) -> Page[Version]:
        assert token == ""
        return Page(tuple(self.held_versions), "")

    def close(self) -> None:
        """Nothing is held open."""


def made_of(store: Held, folder: Path, options: LoadOptions | None = None) -> Loaded:
    """The rows of that store."""
    reading = MlflowReading(store, options or LoadOptions("mlflow"), folder)
    try:
        return Loaded(reading.store_id, list(reading.batches()), list(reading.skipped()))
    finally:
        reading.close()


def a_run(id_: str, *datasets: DatasetUse) -> Run:
    return Run(id_, "0", "", "me", "FINISHED", 1, 2, False, {}, {}, {}, datasets)


def data(name: str, uri: str, context: str | None = "training", digest: str = "aaaaaaaa") -> DatasetUse:
    return DatasetUse(name, digest, "local", json.dumps({"uri": uri}), None, None, context)
