"""An MLflow store behind its tracking server, read over the REST API (version 2.0, as MLflow 2 and 3 serve it)."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from urllib.parse import quote

from loaders.mlflow.connection import Connection, Json
from loaders.mlflow.records import (
    PAGE,
    DatasetUse,
    Experiment,
    LoggedModel,
    Measure,
    Page,
    RegisteredModel,
    Run,
    Version,
    is_tombstone,
    number,
)
from loaders.mlflow.workspaces import is_elsewhere

LOGGED_PAGE = 50
"""The most logged models that MLflow gives at once."""

PARALLEL = 8
"""How many runs are asked for one by one at the same time."""


class ServerStore:
    """The store of the server at that address.

    Args:
        address: as `MLFLOW_TRACKING_URI` has it, with a path where the server has one.
        environment: where MLflow's own variables are looked up: `MLFLOW_TRACKING_USERNAME` and `…_PASSWORD`,
            `MLFLOW_TRACKING_TOKEN`, `MLFLOW_TRACKING_INSECURE_TLS`.
        workspace: the one that is read; empty: the one that the server gives to whoever names none.

    Attributes:
        connection: to the server.

    Raises:
        SourceUnreachable: nothing answers there, or it does not let us in.
        SourceUnusable: what answers is no MLflow server, or the address cannot be read, or it has no such workspace.
    """

    def __init__(self, address: str, environment: Mapping[str, str], workspace: str = "") -> None:
        self.connection = Connection(address, environment)
        # Whether a run can have used a model: unknown until logged models were read.
        self._models: bool | None = None
        try:
            self._default = self._default_in(workspace)
        except BaseException:
            self.connection.close()
            raise

    def experiments(self) -> Iterator[Experiment]:
        """Every experiment, deleted ones too, in the order of their ids."""
        token = ""
        while True:
            body = {"max_results": PAGE, "view_type": "ALL", "order_by": ["experiment_id ASC"], "page_token": token}
            answer = self.connection.ask("POST", "/experiments/search", body)
            yield from [_experiment(each) for each in answer.get("experiments", ())]
            token = answer.get("next_page_token", "")
            if not token:
                return

    def default_experiment(self) -> Experiment | None:
        """The experiment with id 0, else the oldest, of the default workspace; where that is closed to us, of ours."""
        return self._default

    def count_runs(self) -> int | None:
        """None: the API counts nothing."""
        return None

    def runs(self, experiment_id: str, token: str) -> Page[Run]:
        """The runs of an experiment, deleted ones too, the earliest first.

        What models a run used is not in the answer to a search, so each run is asked for, several at a time.
        """
        body = {
            "experiment_ids": [experiment_id],
            "run_view_type": "ALL",
            "max_results": PAGE,
            "order_by": ["attributes.start_time ASC"],
            "page_token": token,
        }
        answer = self.connection.ask("POST", "/runs/search", body)
        found: list[Json] = answer.get("runs", [])
        if self._models is not False and found:
            with ThreadPoolExecutor(PARALLEL) as pool:
                inputs = list(pool.map(self._model_inputs, [each["info"]["run_id"] for each in found]))
        else:
            inputs = [()] * len(found)
        runs = tuple(_run(each, models) for each, models in zip(found, inputs, strict=True))
        return Page(runs, answer.get("next_page_token", ""))

    def logged_models(self, experiment_id: str, token: str) -> Page[LoggedModel]:
        """The logged models of an experiment; none from a server older than MLflow 3."""
        body = {"experiment_ids": [experiment_id], "max_results": LOGGED_PAGE, "page_token": token}
        answer = self.connection.ask("POST", "/logged-models/search", body, missing={404, 405, 501})
        models = tuple(_logged_model(each) for each in answer.get("models", ()))
        self._models = bool(self._models or models)
        return Page(models, answer.get("next_page_token", ""))

    def registered_models(self, token: str) -> Page[RegisteredModel]:
        """The registered models, by name."""
        answer = self.connection.ask("GET", "/registered-models/search", {"max_results": PAGE, "page_token": token})
        models = tuple(
            RegisteredModel(
                name=each["name"],
                created=number(each.get("creation_timestamp")),
                description=each.get("description", ""),
                tags=_pairs(each.get("tags")),
                aliases={alias["alias"]: str(alias["version"]) for alias in each.get("aliases", ())},
            )
            for each in answer.get("registered_models", ())
        )
        return Page(models, answer.get("next_page_token", ""))

    def versions(self, token: str) -> Page[Version]:
        """The registered versions; the server shows no tombstones."""
        asked = {"max_results": PAGE, "page_token": token, "order_by": "name ASC"}
        answer = self.connection.ask("GET", "/model-versions/search", asked)
        return Page(tuple(map(_version, answer.get("model_versions", ()))), answer.get("next_page_token", ""))

    def version_place(self, name: str, version: str) -> str:
        """The address of a version's files: where MLflow keeps them, else what it came from; empty where nothing is."""
        asked = {"name": name, "version": version}
        answer = self.connection.ask("GET", "/model-versions/get-download-uri", asked, missing={404})
        return _text_at(answer, "artifact_uri")

    def logged_place(self, model_id: str) -> str:
        """The address of a logged model's files; empty where there is no such model."""
        answer = self.connection.ask("GET", f"/logged-models/{quote(model_id, safe='')}", {}, missing={404})
        return _text_at(answer, "model", "info", "artifact_uri")

    def run_place(self, run_id: str) -> str:
        """The address of a run's files; empty where there is no such run."""
        answer = self.connection.ask("GET", "/runs/get", {"run_id": run_id}, missing={404})
        return _text_at(answer, "run", "info", "artifact_uri")

    def close(self) -> None:
        """Let go of the connections."""
        self.connection.close()

    def _default_in(self, workspace: str) -> Experiment | None:
        """The store's default experiment; every later question is about the workspace."""
        shared = is_elsewhere(workspace) and self.connection.lets_see("/experiments/get", {"experiment_id": "0"})
        default = self._first() if shared else None
        if workspace:
            self.connection.enter(workspace)
        own = self._first()  # also tells whether there is such a workspace
        return default if shared else own

    def _first(self) -> Experiment | None:
        answer = self.connection.ask("GET", "/experiments/get", {"experiment_id": "0"}, missing={404})
        if "experiment" in answer:
            return _experiment(answer["experiment"])
        body = {"max_results": 1, "view_type": "ALL", "order_by": ["creation_time ASC", "experiment_id ASC"]}
        found = self.connection.ask("POST", "/experiments/search", body).get("experiments", ())
        return _experiment(found[0]) if found else None

    def _model_inputs(self, run_id: str) -> tuple[str, ...]:
        inputs = (
            self.connection.ask("GET", "/runs/get", {"run_id": run_id}, missing={404}).get("run", {}).get("inputs", {})
        )
        return tuple(sorted(each["model_id"] for each in inputs.get("model_inputs", ())))


def _text_at(found: Any, *names: str) -> str:
    """The text at the end of that way into an answer; empty where there is none, or no text."""
    for name in names:
        found = cast("Json", found).get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _pairs(found: Any) -> dict[str, Any]:
    return {each["key"]: each.get("value", "") for each in found or ()}


def _experiment(found: Json) -> Experiment:
    location = found.get("artifact_location", "")
    return Experiment(found["experiment_id"], found["name"], number(found.get("creation_time")), location)


def _run(found: Json, models_in: tuple[str, ...]) -> Run:
    info, data = found["info"], found.get("data", {})
    tags = _pairs(data.get("tags"))
    outputs = found.get("outputs", {}).get("model_outputs", ())
    return Run(
        id=info["run_id"],
        experiment_id=info["experiment_id"],
        name=info.get("run_name") or tags.get("mlflow.runName", ""),
        user=tags.get("mlflow.user") or info.get("user_id", ""),
        status=info.get("status", ""),
        started=number(info.get("start_time")),
        ended=number(info.get("end_time")),
        deleted=info.get("lifecycle_stage") == "deleted",
        parameters=_pairs(data.get("params")),
        metrics=_pairs(data.get("metrics")),
        tags=tags,
        datasets=tuple(map(_dataset_use, found.get("inputs", {}).get("dataset_inputs", ()))),
        models_in=models_in,
        models_out=tuple(sorted(each["model_id"] for each in outputs)),
    )


def _dataset_use(found: Json) -> DatasetUse:
    dataset = found["dataset"]
    return DatasetUse(
        name=dataset.get("name", ""),
        digest=dataset.get("digest", ""),
        source_type=dataset.get("source_type", ""),
        source=dataset.get("source", ""),
        schema=dataset.get("schema"),
        profile=dataset.get("profile"),
        context=_pairs(found.get("tags")).get("mlflow.data.context"),
    )


def _logged_model(found: Json) -> LoggedModel:
    info, data = found["info"], found.get("data", {})
    return LoggedModel(
        id=info["model_id"],
        experiment_id=info["experiment_id"],
        name=info.get("name", ""),
        run_id=info.get("source_run_id", ""),
        location=info.get("artifact_uri", ""),
        type=info.get("model_type", ""),
        status=info.get("status", "").removeprefix("LOGGED_MODEL_").replace("UPLOAD_FAILED", "FAILED"),
        created=number(info.get("creation_timestamp_ms")),
        parameters=_pairs(data.get("params")),
        measures=tuple(map(_measure, data.get("metrics", ()))),
    )


def _measure(found: Json) -> Measure:
    name, digest = found.get("dataset_name"), found.get("dataset_digest")
    return Measure(
        name=found["key"],
        value=found.get("value", "NaN"),
        at=number(found.get("timestamp")) or 0,
        step=number(found.get("step")) or 0,
        run_id=found.get("run_id", ""),
        dataset=(name, digest) if name and digest else None,
    )


def _version(found: Json) -> Version:
    stage, source, run_id = found.get("current_stage", "None"), found.get("source", ""), found.get("run_id", "")
    return Version(
        name=found["name"],
        version=str(found["version"]),
        created=number(found.get("creation_timestamp")),
        description=found.get("description", ""),
        stage=stage,
        source=source,
        run_id=run_id,
        model_id=found.get("model_id", ""),
        status=found.get("status", ""),
        deleted=is_tombstone(stage, source, run_id),
        tags=_pairs(found.get("tags")),
    )
