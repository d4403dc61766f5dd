"""What of a store cannot be kept is left out and told, and the rest is seen as it is."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from loaders.mlflow.fitting import fitted
from loaders.mlflow.records import (
    DatasetUse,
    Experiment,
    LoggedModel,
    Measure,
    Page,
    RegisteredModel,
    Run,
    Version,
)
from loaders.mlflow.sayable import SayableStore

BAD = "a\ud800b"
DATA = DatasetUse("orders", "8f9eb48c", "local", BAD, BAD, BAD, "training")
RUN = Run(
    "r1",
    "1",
    "first",
    "me",
    "FINISHED",
    5,
    6,
    deleted=False,
    parameters={"a": "1"},
    metrics={"f1": 0.5},
    tags={"mlflow.user": "me"},
    datasets=(DATA,),
    models_in=("m-1",),
)
MEASURE = Measure("f1", 0.5, 5, 0, "r1", ("orders", "8f9eb48c"))
LOGGED = LoggedModel("m-1", "1", "clf", "r1", "s3://bucket/m-1", "", "READY", 5, {"a": "1"}, (MEASURE,))
MODEL = RegisteredModel("clf", 5, "Tells.", {}, {"champion": "1"})
VERSION = Version("clf", "1", 5, "First.", "None", "models:/m-1", "r1", "m-1", "READY", deleted=False)
EXPERIMENT = Experiment("1", "training", 5, "s3://bucket")


class Holding:
    """A store of those things."""

    def __init__(
        self,
        runs: tuple[Run, ...] = (),
        logged: tuple[LoggedModel, ...] = (),
        models: tuple[RegisteredModel, ...] = (),
        versions: tuple[Version, ...] = (),
        experiments: tuple[Experiment, ...] = (),
    ) -> None:
        self._runs, self._logged, self._models, self._versions = runs, logged, models, versions
        self._experiments = experiments
        self.closed = False

    def experiments(self) -> Iterator[Experiment]:
        yield from self._experiments

    def default_experiment(self) -> Experiment | None:
        return self._experiments[0] if self._experiments else None

    def count_runs(self) -> int | None:
        return len(self._runs)

    def runs(self, experiment_id: str, token: str) -> Page[Run]:
        return Page(self._runs, f"{experiment_id}{token}")

    def logged_models(self, experiment_id: str, token: str) -> Page[LoggedModel]:
        return Page(self._logged, f"{experiment_id}{token}")

    def registered_models(self, token: str) -> Page[RegisteredModel]:
        return Page(self._models, token)

    def versions(self, token: str) -> Page[Version]:
        return Page(self._versions, token)

    def close(self) -> None:
        self.closed = True


def test_what_can_be_kept_is_seen_as_it_is() -> None:
    told: list[tuple[str, str]] = []
    holding = Holding((RUN,), (LOGGED,), (MODEL,), (VERSION,), (EXPERIMENT,))
    store = SayableStore(holding, lambda *each: told.append(each))
    assert store.runs("1", "x") == Page((RUN,), "1x")
    assert store.logged_models("1", "x") == Page((LOGGED,), "1x")
    assert store.registered_models("x") == Page((MODEL,), "x")
    assert store.versions("x") == Page((VERSION,), "x")
    assert list(store.experiments()) == [store.default_experiment()] == [EXPERIMENT]
    assert store.count_runs() == 1
    store.close()
    assert holding.closed
    assert told == []


@pytest.mark.parametrize(
    ("flawed", "rest", "place"),
    (
        (replace(RUN, name=BAD), replace(RUN, name=""), "run r1, name"),
        (replace(RUN, user="a\0b"), replace(RUN, user=""), "run r1, user"),
        (replace(RUN, started=2**62), replace(RUN, started=None), "run r1, started"),
        (replace(RUN, parameters={"a": BAD, "b": "1"}), replace(RUN, parameters={"b": "1"}), "run r1, parameters.a"),
        (replace(RUN, parameters={BAD: "1"}), replace(RUN, parameters={}), "run r1, parameters.a\\ud800b"),
        (replace(RUN, metrics={BAD: 1.0, "b": 2.0}), replace(RUN, metrics={"b": 2.0}), "run r1, metrics.a\\ud800b"),
        (replace(RUN, tags={"mlflow.user": BAD}), replace(RUN, tags={}), "run r1, tags.mlflow.user"),
        (replace(RUN, tags={"mine": BAD}), replace(RUN, tags={}), ""),
        (replace(RUN, models_in=(BAD, "m-1")), RUN, "run r1, models_in"),
        (replace(RUN, id=BAD), None, "run a\\ud800b"),
        (
            replace(RUN, datasets=(replace(DATA, name=BAD), DATA)),
            RUN,
            "run r1, dataset a\\ud800b, version 8f9eb48c",
        ),
        (
            replace(RUN, datasets=(replace(DATA, context=BAD),)),
            replace(RUN, datasets=(replace(DATA, context=""),)),
            "run r1, dataset orders, version 8f9eb48c, context",
        ),
    ),
)
def test_what_a_run_cannot_say_is_left_out(flawed: Run, rest: Run | None, place: str) -> None:
    told: list[tuple[str, str]] = []
    store = SayableStore(Holding((flawed, RUN)), lambda *each: told.append(each))
    assert store.runs("1", "").things == ((rest, RUN) if rest else (RUN,))
    assert place in [where for _, where in told] + ["" for _ in range(not told)]
    assert all(where.isprintable() and why.isprintable() for why, where in told)


@pytest.mark.parametrize(
    ("flawed", "rest", "place"),
    (
        (replace(LOGGED, created=2**70), replace(LOGGED, created=None), "logged model m-1, created"),
        (replace(LOGGED, location=BAD), replace(LOGGED, location=""), "logged model m-1, location"),
        (replace(LOGGED, id=BAD), None, "logged model a\\ud800b"),
        (
            replace(LOGGED, measures=(replace(MEASURE, dataset=("orders", BAD)), MEASURE)),
            LOGGED,
            "logged model m-1, metric f1",
        ),
        (replace(LOGGED, measures=(MEASURE, replace(MEASURE, at=2**62))), LOGGED, "logged model m-1, metric f1, at"),
    ),
)
def test_what_a_logged_model_cannot_say_is_left_out(flawed: LoggedModel, rest: LoggedModel | None, place: str) -> None:
    told: list[tuple[str, str]] = []
    store = SayableStore(Holding(logged=(flawed,)), lambda *each: told.append(each))
    assert store.logged_models("1", "").things == ((rest,) if rest else ())
    assert place in [where for _, where in told]


def test_what_the_registry_cannot_say_is_left_out() -> None:
    told: list[tuple[str, str]] = []
    models = (replace(MODEL, name=BAD), replace(MODEL, aliases={BAD: "1", "champion": "1"}))
    versions = (replace(VERSION, version=BAD), replace(VERSION, source=BAD))
    experiments = (replace(EXPERIMENT, name=BAD),)
    store = SayableStore(Holding((), (), models, versions, experiments), lambda *each: told.append(each))
    assert store.registered_models("").things == (MODEL,)
    assert store.versions("").things == (replace(VERSION, source=""),)
    assert list(store.experiments()) == [replace(EXPERIMENT, name="")]
    assert [where for _, where in told if ", " not in where] == [
        "model a\\ud800b",
        "version a\\ud800b of model clf",
    ]


def test_a_row_keeps_what_is_not_too_long() -> None:
    told: list[tuple[str, str]] = []
    run = {"source": "mlflow", "runId": "r1", "name": "n" * 70_000, "user": "me", "parameters": {"a": "x" * 2**20}}
    item = {"run": run | {"startedAt": "1970-01-01T00:00:00.000Z", "endedAt": None}}
    found = fitted(item, lambda *each: told.append(each))["run"]
    assert found.keys() == {"source", "runId", "user", "startedAt", "endedAt"}
    assert sorted(where for _, where in told) == ["run r1, name", "run r1, parameters"]
    data = {"namespace": "n", "name": "d", "version": "1", "uri": "u", "addresses": [str(n) for n in range(1_001)]}
    assert fitted({"datasetVersion": data}, lambda *each: told.append(each))["datasetVersion"].keys() == {
        "namespace",
        "name",
        "version",
        "uri",
    }
    assert "at most 1,000 texts" in told[-1][0]
    fits = {"run": run | {"name": "n" * 60_000, "parameters": {}}}
    assert fitted(fits, lambda *each: told.append(each)) == fits
