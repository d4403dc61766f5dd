"""An MLflow store in a folder (`mlruns`), as MLflow before 3 kept it by default.

MLflow's own class for it makes folders where there are none, and reads every run to answer a page; this reads one
experiment's run ids and then the runs of the page.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from app.loading.loader import SourceUnreachable, SourceUnusable
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

META = "meta.yaml"
STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
"""MLflow's run states, as the folder numbers them."""

READY = {1: "PENDING", 2: "READY", 3: "FAILED"}
RESERVED = frozenset({"tags", "datasets", "traces", "models"})
"""The folders of an experiment that are no runs."""


class FolderStore:
    """The store in that folder.

    Attributes:
        path: of the folder.

    Raises:
        SourceUnreachable: there is no such folder.
        SourceUnusable: it holds no experiment.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            message = f"There is no folder {path}."
            raise SourceUnreachable(message, remedy="Give the folder that MLflow writes (mlruns).")
        self._experiments = {folder.name: folder for folder in self._experiment_folders()}
        if not self._experiments:
            raise SourceUnusable(
                f"{path} is a folder, but no MLflow store: no folder in it holds an experiment's {META}.",
                remedy="Give the folder that MLflow writes (mlruns), or the address of its server.",
            )
        self._order: tuple[str, list[str]] = ("", [])

    def experiments(self) -> Iterator[Experiment]:
        """Every experiment, deleted ones too, in the order of their ids."""
        for id_ in sorted(self._experiments, key=lambda id_: (len(id_), id_)):
            yield self._experiment(id_)

    def default_experiment(self) -> Experiment | None:
        """The experiment with id 0, else the oldest."""
        if "0" in self._experiments:
            return self._experiment("0")
        return min(self.experiments(), key=lambda each: (each.created or 0, each.id))

    def count_runs(self) -> int | None:
        """How many runs there are."""
        return sum(len(_runs_of(folder)) for folder in self._experiments.values())

    def runs(self, experiment_id: str, token: str) -> Page[Run]:
        """The runs of an experiment, deleted ones too, in the order of their ids; the token is the last one's."""
        folder = self._experiments[experiment_id]
        if self._order[0] != experiment_id:
            self._order = (experiment_id, _runs_of(folder))
        ids = [id_ for id_ in self._order[1] if id_ > token]
        runs = tuple(self._run(folder, id_) for id_ in ids[:PAGE])
        return Page(runs, ids[PAGE - 1] if len(ids) > PAGE else "")

    def _run(self, folder: Path, run_id: str) -> Run:
        path = folder / run_id
        meta = _meta(path)
        tags = _texts(path / "tags")
        links = [_meta(each) for each in _folders(path / "inputs")]
        return Run(
            id=run_id,
            experiment_id=folder.name,
            name=meta.get("run_name") or tags.get("mlflow.runName", ""),
            user=tags.get("mlflow.user") or meta.get("user_id") or "",
            status=STATUSES.get(meta.get("status", 0), ""),
            started=number(meta.get("start_time")),
            ended=number(meta.get("end_time")),
            deleted=meta.get("lifecycle_stage") == "deleted",
            parameters=_texts(path / "params"),
            metrics=_last_metrics(path / "metrics"),
            tags=tags,
            datasets=tuple(
                _dataset_use(_meta(folder / "datasets" / link["source_id"]), link.get("tags") or {})
                for link in links
                if link.get("source_type") == "DATASET" and (folder / "datasets" / link["source_id"] / META).is_file()
            ),
            models_in=tuple(sorted(link["source_id"] for link in links if link.get("source_type") == "MODEL")),
            models_out=tuple(sorted(_meta(each)["destination_id"] for each in _folders(path / "outputs"))),
        )

    def logged_models(self, experiment_id: str, token: str) -> Page[LoggedModel]:
        """The logged models of an experiment, in the order of their ids."""
        folders = [each for each in _folders(self._experiments[experiment_id] / "models") if each.name > token]
        kept = [each for each in folders[:PAGE] if _meta(each).get("lifecycle_stage") != "deleted"]
        models = tuple(map(_logged_model, kept))
        return Page(models, folders[PAGE - 1].name if len(folders) > PAGE else "")

    def registered_models(self, token: str) -> Page[RegisteredModel]:
        """The registered models, by name."""
        folders = [each for each in self._registered() if each.name > token]
        models = tuple(_registered_model(each) for each in folders[:PAGE])
        return Page(models, folders[PAGE - 1].name if len(folders) > PAGE else "")

    def versions(self, token: str) -> Page[Version]:
        """The registered versions of one model after another, tombstones included; the token is that model's name."""
        folders = [each for each in self._registered() if each.name > token]
        if not folders:
            return Page((), "")
        found = [each for each in _folders(folders[0]) if each.name.startswith("version-") and (each / META).is_file()]
        versions = tuple(_version(_meta(each), each) for each in found)
        return Page(versions, folders[0].name if len(folders) > 1 else "")

    def version_place(self, name: str, version: str) -> str:
        """The address of a version's files: where MLflow keeps them, else what it came from; empty where nothing is."""
        meta = _meta(self.path / "models" / name / f"version-{version}", missing=True)
        return meta.get("storage_location") or meta.get("source") or ""

    def logged_place(self, model_id: str) -> str:
        """The address of a logged model's files; empty where there is no such model."""
        return self._said("artifact_location", f"models/{model_id}")

    def run_place(self, run_id: str) -> str:
        """The address of a run's files; empty where there is no such run."""
        return self._said("artifact_uri", run_id)

    def close(self) -> None:
        """Nothing is held."""

    def _said(self, what: str, path: str) -> str:
        """What the folder of that path says, in whichever experiment it is."""
        found = (_meta(folder / path, missing=True).get(what) for folder in self._experiments.values())
        return next(filter(None, found), "")

    def _registered(self) -> list[Path]:
        return [each for each in _folders(self.path / "models") if (each / META).is_file()]

    def _experiment_folders(self) -> Iterator[Path]:
        for parent in (self.path, self.path / ".trash"):
            for folder in _folders(parent):
                if folder.name not in {"models", ".trash"} and "experiment_id" in _meta(folder, missing=True):
                    yield folder

    def _experiment(self, id_: str) -> Experiment:
        meta = _meta(self._experiments[id_])
        location = meta.get("artifact_location", "")
        return Experiment(id_, meta.get("name", id_), number(meta.get("creation_time")), location)


def _folders(path: Path) -> list[Path]:
    return sorted(each for each in path.iterdir() if each.is_dir()) if path.is_dir() else []


def _runs_of(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(each.name for each in entries if each.name not in RESERVED and each.is_dir())


def _meta(folder: Path, *, missing: bool = False) -> dict[str, Any]:
    """What the folder's meta.yaml says.

    Raises:
        SourceUnusable: there is none (unless it may be missing), or it is no mapping.
    """
    path = folder / META
    if missing and not path.is_file():
        return {}
    try:
        # The C parser where the wheel has it: a store may hold a hundred thousand of these files.
        loaded = yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
    except (OSError, yaml.YAMLError) as error:
        raise SourceUnusable(f"{path} cannot be read: {error}", remedy="Mend or remove that folder.") from error
    if not isinstance(loaded, dict):
        if missing:
            return {}
        raise SourceUnusable(f"{path} is not what MLflow writes.", remedy="Mend or remove that folder.")
    return cast("dict[str, Any]", loaded)


def _texts(folder: Path) -> dict[str, str]:
    """The files below a folder, by their path in it: names may hold slashes. What is no UTF-8 comes as surrogates."""
    if not folder.is_dir():
        return {}
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_text("utf-8", "surrogateescape") for each in files}


def _last_metrics(folder: Path) -> dict[str, float | str]:
    """The last value of each metric: that of the greatest step, then time, then value, as MLflow has it."""
    metrics: dict[str, float | str] = {}
    for name, text in _texts(folder).items():
        rows = [line.split() for line in text.splitlines() if line.strip()]
        if rows:
            metrics[name] = float(max(rows, key=_recency)[1])
    return metrics


def _recency(row: list[str]) -> tuple[int, int, float]:
    """What orders the lines of a metric: time, value and, since MLflow 1, the step."""
    at, value, *step = row
    return (int(step[0]) if step else 0, int(at), float(value))


def _dataset_use(meta: dict[str, Any], tags: dict[str, str]) -> DatasetUse:
    return DatasetUse(
        name=meta.get("name", ""),
        digest=meta.get("digest", ""),
        source_type=meta.get("source_type", ""),
        source=meta.get("source", ""),
        schema=meta.get("schema"),
        profile=meta.get("profile"),
        context=tags.get("mlflow.data.context"),
    )


def _logged_model(folder: Path) -> LoggedModel:
    meta = _meta(folder)
    return LoggedModel(
        id=meta["model_id"],
        experiment_id=str(meta["experiment_id"]),
        name=meta.get("name") or "",
        run_id=meta.get("source_run_id") or "",
        location=meta.get("artifact_location") or "",
        type=meta.get("model_type") or "",
        status=READY.get(meta.get("status", 0), "UNSPECIFIED"),
        created=number(meta.get("creation_timestamp")),
        parameters=_texts(folder / "params"),
        measures=tuple(_measures(folder / "metrics")),
    )


def _measures(folder: Path) -> Iterator[Measure]:
    """The lines of a logged model's metric files: time, value, step, run, and the dataset's name and digest.

    A dataset's name may hold spaces; the digest is the last word.
    """
    for name, text in _texts(folder).items():
        for line in text.splitlines():
            at, value, step, run_id, *dataset = line.split(" ")
            on = (" ".join(dataset[:-1]), dataset[-1]) if len(dataset) > 1 else None
            yield Measure(name, float(value), int(at), int(step), run_id, on)


def _registered_model(folder: Path) -> RegisteredModel:
    meta = _meta(folder)
    return RegisteredModel(
        name=meta.get("name", folder.name),
        created=number(meta.get("creation_timestamp")),
        description=meta.get("description") or "",
        tags=_texts(folder / "tags"),
        aliases={alias: version.strip() for alias, version in _texts(folder / "aliases").items()},
    )


def _version(meta: dict[str, Any], folder: Path) -> Version:
    stage, source, run_id = str(meta.get("current_stage")), meta.get("source") or "", meta.get("run_id") or ""
    return Version(
        name=meta["name"],
        version=str(meta["version"]),
        created=number(meta.get("creation_timestamp")),
        description=meta.get("description") or "",
        stage=stage,
        source=source,
        run_id=run_id,
        model_id=meta.get("model_id") or "",
        status=meta.get("status") or "",
        deleted=is_tombstone(stage, source, run_id),
        tags=_texts(folder / "tags"),
    )
