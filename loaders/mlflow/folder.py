"""An MLflow store in a folder (`mlruns`), as MLflow before 3 kept it by default.

MLflow's own class for it makes folders where there are none, and reads every run to answer a page; this reads one
experiment's run ids and then the runs of the page.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.loading.loader import SourceUnreachable, SourceUnusable
from loaders.mlflow.kept_files import (
    META,
    folders_in,
    holds_things,
    is_thing,
    may_be_experiment,
    meta_if_any,
    meta_of,
    texts_in,
)
from loaders.mlflow.metric_files import CUT_SHORT, last_metrics, measures
from loaders.mlflow.records import (
    PAGE,
    DatasetUse,
    Experiment,
    LoggedModel,
    Page,
    RegisteredModel,
    Run,
    Told,
    Version,
    is_tombstone,
    number,
)

STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
"""MLflow's run states, as the folder numbers them."""

READY = {1: "PENDING", 2: "READY", 3: "FAILED"}
RESERVED = frozenset({"tags", "datasets", "traces", "models"})
"""The folders of an experiment that are no runs."""

EMPTY = "A version's folder is empty, as where MLflow was stopped while it made one: it is passed over."


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
        told: list[Told] = []
        runs = tuple(self._run(folder, id_, told) for id_ in ids[:PAGE] if _is_kept(folder / id_, told))
        return Page(runs, ids[PAGE - 1] if len(ids) > PAGE else "", told)

    def _run(self, folder: Path, run_id: str, told: list[Told]) -> Run:
        path = folder / run_id
        meta = meta_of(path)
        tags = texts_in(path / "tags")
        links = [meta_of(each, "source_id") for each in folders_in(path / "inputs")]
        return Run(
            id=run_id,
            experiment_id=folder.name,
            name=meta.get("run_name") or tags.get("mlflow.runName", ""),
            user=tags.get("mlflow.user") or meta.get("user_id") or "",
            status=STATUSES.get(meta.get("status", 0), ""),
            started=number(meta.get("start_time")),
            ended=number(meta.get("end_time")),
            deleted=meta.get("lifecycle_stage") == "deleted",
            parameters=texts_in(path / "params"),
            metrics=last_metrics(path / "metrics", lambda name: told.append((CUT_SHORT, f"run {run_id}, {name}"))),
            tags=tags,
            datasets=tuple(_data_of(folder / "datasets", run_id, links, told)),
            models_in=tuple(sorted(link["source_id"] for link in links if link.get("source_type") == "MODEL")),
            models_out=tuple(sorted(_made_by_link(each) for each in folders_in(path / "outputs"))),
        )

    def logged_models(self, experiment_id: str, token: str) -> Page[LoggedModel]:
        """The logged models of an experiment, in the order of their ids."""
        folders = [each for each in folders_in(self._experiments[experiment_id] / "models") if each.name > token]
        told: list[Told] = []
        kept = [each for each in folders[:PAGE] if _is_kept(each, told)]
        models = tuple(_logged_model(each, told) for each in kept if meta_of(each).get("lifecycle_stage") != "deleted")
        return Page(models, folders[PAGE - 1].name if len(folders) > PAGE else "", told)

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
        kept, empty = _versions_in(folders[0])
        versions = tuple(_version(each) for each in kept)
        told = [(EMPTY, f"folder {each}") for each in empty]
        return Page(versions, folders[0].name if len(folders) > 1 else "", told)

    def version_place(self, name: str, version: str) -> str:
        """The address of a version's files: where MLflow keeps them, else what it came from; empty where nothing is."""
        meta = meta_of(self.path / "models" / name / f"version-{version}", missing=True)
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
        found = (meta_of(folder / path, missing=True).get(what) for folder in self._experiments.values())
        return next(filter(None, found), "")

    def _registered(self) -> list[Path]:
        return [each for each in folders_in(self.path / "models") if (each / META).is_file() or _versions_in(each)[0]]

    def _experiment_folders(self) -> Iterator[Path]:
        for parent in (self.path, self.path / ".trash"):
            for folder in folders_in(parent):
                if folder.name not in {"models", ".trash"} and _is_experiment(folder):
                    yield folder

    def _experiment(self, id_: str) -> Experiment:
        meta = meta_of(self._experiments[id_])
        location = meta.get("artifact_location", "")
        return Experiment(id_, meta.get("name", id_), number(meta.get("creation_time")), location)


def _is_experiment(folder: Path) -> bool:
    if not may_be_experiment(folder):
        return "experiment_id" in meta_if_any(folder)
    if "experiment_id" in meta_of(folder, missing=True):
        return True
    if holds_things(folder):  # left out, all that it holds would count as no longer said
        raise SourceUnusable(
            f"{folder / META} says nothing of an experiment, or is not there, and the folder holds what runs logged.",
            remedy="Restore that file, or move its folder out of the store.",
        )
    return False


def _is_kept(folder: Path, told: list[Told]) -> bool:
    """Whether a run or a logged model is kept there; told where it is another folder."""
    kept = is_thing(folder)
    if not kept:
        told.append((f"A folder among runs or models has no {META}, and nothing that one logged.", f"folder {folder}"))
    return kept


def _versions_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """The folders of a model's versions: those that hold something, and those that are empty."""
    kept: list[Path] = []
    empty: list[Path] = []
    for each in folders_in(folder):
        if each.name.startswith("version-"):
            (kept if any(each.iterdir()) else empty).append(each)
    return kept, empty


def _data_of(folder: Path, run_id: str, links: list[dict[str, Any]], told: list[Told]) -> Iterator[DatasetUse]:
    """The data that these links of a run lead to."""
    for link in links:
        if link.get("source_type") == "DATASET":
            place = folder / link["source_id"]
            if (place / META).is_file():
                yield _dataset_use(meta_of(place), link.get("tags") or {})
            else:
                told.append(("It used data of which the store says nothing.", f"run {run_id}, {place / META}"))


def _made_by_link(folder: Path) -> str:
    return str(meta_of(folder, "destination_id")["destination_id"])


def _runs_of(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(each.name for each in entries if each.name not in RESERVED and each.is_dir())


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


def _logged_model(folder: Path, told: list[Told]) -> LoggedModel:
    meta = meta_of(folder, "model_id", "experiment_id")
    return LoggedModel(
        id=meta["model_id"],
        experiment_id=str(meta["experiment_id"]),
        name=meta.get("name") or "",
        run_id=meta.get("source_run_id") or "",
        location=meta.get("artifact_location") or "",
        type=meta.get("model_type") or "",
        status=READY.get(meta.get("status", 0), "UNSPECIFIED"),
        created=number(meta.get("creation_timestamp")),
        parameters=texts_in(folder / "params"),
        measures=tuple(
            measures(folder / "metrics", lambda name: told.append((CUT_SHORT, f"logged model {folder.name}, {name}")))
        ),
    )


def _registered_model(folder: Path) -> RegisteredModel:
    meta = meta_of(folder)
    return RegisteredModel(
        name=meta.get("name", folder.name),
        created=number(meta.get("creation_timestamp")),
        description=meta.get("description") or "",
        tags=texts_in(folder / "tags"),
        aliases={alias: version.strip() for alias, version in texts_in(folder / "aliases").items()},
    )


def _version(folder: Path) -> Version:
    meta = meta_of(folder, "name", "version")
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
        tags=texts_in(folder / "tags"),
    )
