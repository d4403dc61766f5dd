"""An MLflow store in an SQLite file, read with plain SQL and opened read-only.

MLflow's own store class creates or migrates the file that it opens, and refuses one that another release of MLflow
made. The tables read here have kept their columns since MLflow 1; those that came later are read where they are there.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.loading.loader import SourceUnusable
from loaders.mlflow.read_only import ReadOnly
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
)
from loaders.mlflow.workspaces import see_only

NEEDED = (
    "alembic_version",
    "experiments",
    "runs",
    "tags",
    "params",
    "latest_metrics",
    "registered_models",
    "model_versions",
)
"""The tables without which a file is no MLflow store (MLflow 1.0 and later)."""

EARLIEST = -(2**63)
"""Before every start: the smallest integer that SQLite holds."""

READY = {0: "UNSPECIFIED", 1: "PENDING", 2: "READY", 3: "FAILED"}
"""The states of a logged model, as the database numbers them."""

# Where a page begins is given as bytes where it is no UTF-8, and compared as text.
_EXPERIMENTS = "SELECT CAST(experiment_id AS TEXT), name, creation_time, artifact_location FROM experiments"
# Past the view of one workspace.
_FIRST = f"{_EXPERIMENTS.replace('FROM ', 'FROM main.')} {{}} ORDER BY experiment_id <> 0, creation_time, experiment_id"
# Deleted runs may share a start: the id makes the order whole, and the place in it is the token.
_RUNS = """
SELECT run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, COALESCE(start_time, 0) FROM runs
WHERE experiment_id = CAST(? AS INTEGER) AND (COALESCE(start_time, 0), run_uuid) > (?, CAST(? AS TEXT))
ORDER BY COALESCE(start_time, 0), run_uuid LIMIT ?"""
_METRICS = """
SELECT run_uuid, key, CASE is_nan WHEN 1 THEN 'NaN' ELSE value END FROM latest_metrics WHERE run_uuid IN ({})"""
_PARAMETERS = "SELECT run_uuid, key, value FROM params WHERE run_uuid IN ({})"
_TAGS = "SELECT run_uuid, key, value FROM tags WHERE run_uuid IN ({})"
_DATASETS = """
SELECT i.destination_id, d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema, d.dataset_profile,
    t.value
FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'
WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id IN ({})
ORDER BY d.name, d.digest, t.value"""
# For models both kinds of row start at the run: what tells an input from an output is the type, not the direction.
_MODELS = """
SELECT source_id, destination_type, destination_id FROM inputs
WHERE source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND destination_type IN ('MODEL_INPUT', 'MODEL_OUTPUT')
    AND source_id IN ({})
ORDER BY destination_id"""
_LOGGED = """
SELECT model_id, name, artifact_location, creation_timestamp_ms, status, model_type, source_run_id FROM logged_models
WHERE experiment_id = CAST(? AS INTEGER) AND model_id > CAST(? AS TEXT) AND lifecycle_stage = 'active'
ORDER BY model_id LIMIT ?"""
_LOGGED_PARAMETERS = "SELECT model_id, param_key, param_value FROM logged_model_params WHERE model_id IN ({})"
_LOGGED_METRICS = """
SELECT model_id, metric_name, metric_value, metric_timestamp_ms, metric_step, run_id, dataset_name, dataset_digest
FROM logged_model_metrics WHERE model_id IN ({}) ORDER BY metric_timestamp_ms, metric_step, metric_name"""
_REGISTERED = (
    "SELECT name, creation_time, description FROM registered_models WHERE name > CAST(? AS TEXT) ORDER BY name LIMIT ?"
)
_VERSIONS = """
SELECT name, CAST(version AS TEXT), creation_time, description, current_stage, source, run_id, status, version
FROM model_versions
WHERE (name, version) > (CAST(? AS TEXT), ?) ORDER BY name, version LIMIT ?"""
_STORED = "SELECT storage_location FROM model_versions WHERE name = ? AND version = ?"
_SOURCE = "SELECT source FROM model_versions WHERE name = ? AND version = ?"
# Of the tags only that of a prompt is read, and by the primary key: a model of many versions has many times as many.
_MODEL_TAGS = (
    "SELECT name, key, value FROM registered_model_tags WHERE key = 'mlflow.prompt.is_prompt' AND name IN ({})"
)
_VERSION_TAGS = """
SELECT name || '/' || version, key, value FROM model_version_tags
WHERE key = 'mlflow.prompt.is_prompt'
    AND (name, version) >= (CAST(? AS TEXT), ?) AND (name, version) <= (CAST(? AS TEXT), ?)"""


class DatabaseStore:
    """The store in that file.

    Args:
        path: of the file.
        workspace: the one that is read; empty: the default one, which has to be the only one then.

    Attributes:
        path: of the file.

    Raises:
        SourceUnreachable: there is no such file, or it cannot be read.
        SourceUnusable: the file is not an SQLite database, or a damaged one, or no MLflow store, or the workspace is
            not in it, or is one of several that nobody chose from.
    """

    def __init__(self, path: Path, workspace: str = "") -> None:
        self.path = path
        self._file = ReadOnly(path)
        self._rows = self._file.rows
        try:
            self._tables = {row[0] for row in self._rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
            self._check(path)
            self._of_default = see_only(self._file, path, self._tables, workspace)
        except BaseException:
            self._file.close()
            raise

    def _check(self, path: Path) -> None:
        missing = [name for name in NEEDED if name not in self._tables]
        if missing:
            raise SourceUnusable(
                f"{path} is a database, but no MLflow store: it has no table {missing[0]}.",
                remedy="Give the file that MLflow writes (`mlflow server --backend-store-uri sqlite:///…`).",
            )

    def experiments(self) -> Iterator[Experiment]:
        """Every experiment, deleted ones too, in the order of their ids."""
        yield from [Experiment(*row) for row in self._rows(f"{_EXPERIMENTS} ORDER BY experiment_id")]

    def default_experiment(self) -> Experiment | None:
        """The experiment with id 0, else the oldest, of the default workspace, whichever is read."""
        rows = self._rows(f"{_FIRST.format(self._of_default)} LIMIT 1")
        return Experiment(*rows[0]) if rows else None

    def count_runs(self) -> int | None:
        """How many runs there are."""
        return self._rows("SELECT COUNT(*) FROM runs")[0][0]

    def runs(self, experiment_id: str, token: str) -> Page[Run]:
        """The runs of an experiment, deleted ones too, the earliest first."""
        started, _, after = token.partition("/")
        # MLflow takes a start before 1970, which is negative.
        rows = self._rows(_RUNS, (experiment_id, int(started) if started else EARLIEST, after, PAGE))
        ids = [row[0] for row in rows]
        parameters, metrics, tags = self._maps(_PARAMETERS, ids), self._maps(_METRICS, ids), self._maps(_TAGS, ids)
        datasets, models_in, models_out = self._inputs(ids)
        runs = tuple(
            Run(
                id=id_,
                experiment_id=experiment_id,
                name=name or tags[id_].get("mlflow.runName", ""),
                user=tags[id_].get("mlflow.user") or user or "",
                status=status or "",
                started=start,
                ended=end,
                deleted=stage == "deleted",
                parameters=parameters[id_],
                metrics=metrics[id_],
                tags=tags[id_],
                datasets=tuple(datasets[id_]),
                models_in=tuple(models_in[id_]),
                models_out=tuple(models_out[id_]),
            )
            for id_, name, user, status, start, end, stage, _ in rows
        )
        return Page(runs, f"{rows[-1][7]}/{rows[-1][0]}" if len(rows) == PAGE else "")

    def _inputs(
        self, ids: Sequence[str]
    ) -> tuple[dict[str, list[DatasetUse]], dict[str, list[str]], dict[str, list[str]]]:
        datasets: dict[str, list[DatasetUse]] = defaultdict(list)
        models_in: dict[str, list[str]] = defaultdict(list)
        models_out: dict[str, list[str]] = defaultdict(list)
        if "datasets" in self._tables:
            for run_id, *columns in self._of(_DATASETS, ids):
                datasets[run_id].append(DatasetUse(*columns))
        if "logged_models" in self._tables:
            for run_id, type_, model_id in self._of(_MODELS, ids):
                (models_in if type_ == "MODEL_INPUT" else models_out)[run_id].append(model_id)
        return datasets, models_in, models_out

    def logged_models(self, experiment_id: str, token: str) -> Page[LoggedModel]:
        """The logged models of an experiment."""
        if "logged_models" not in self._tables:
            return Page((), "")
        rows = self._rows(_LOGGED, (experiment_id, token, PAGE))
        ids = [row[0] for row in rows]
        parameters = self._maps(_LOGGED_PARAMETERS, ids)
        measures: dict[str, list[Measure]] = defaultdict(list)
        for id_, name, value, at, step, run_id, dataset, digest in self._of(_LOGGED_METRICS, ids):
            on = (dataset, digest) if dataset and digest else None
            measures[id_].append(Measure(name, "NaN" if value is None else value, at, step, run_id, on))
        models = tuple(
            LoggedModel(
                id=id_,
                experiment_id=experiment_id,
                name=name,
                run_id=run_id or "",
                location=location,
                type=type_ or "",
                status=READY.get(status, "UNSPECIFIED"),
                created=created,
                parameters=parameters[id_],
                measures=tuple(measures[id_]),
            )
            for id_, name, location, created, status, type_, run_id in rows
        )
        return Page(models, ids[-1] if len(ids) == PAGE else "")

    def registered_models(self, token: str) -> Page[RegisteredModel]:
        """The registered models, by name."""
        rows = self._rows(_REGISTERED, (token, PAGE))
        names = [row[0] for row in rows]
        tags = self._maps(_MODEL_TAGS, names)
        aliases = self._maps(
            "SELECT name, alias, CAST(version AS TEXT) FROM registered_model_aliases WHERE name IN ({})",
            names if "registered_model_aliases" in self._tables else (),
        )
        models = tuple(
            RegisteredModel(name, created, description or "", tags[name], aliases[name])
            for name, created, description in rows
        )
        return Page(models, names[-1] if len(names) == PAGE else "")

    def versions(self, token: str) -> Page[Version]:
        """The registered versions, tombstones included."""
        # A name holds no "/": what stands after the last one is the version.
        after, _, version = token.rpartition("/")
        rows = self._rows(_VERSIONS, (after, int(version or -1), PAGE))
        tags = self._maps(_VERSION_TAGS, [row[at] for row in (*rows[:1], *rows[-1:]) for at in (0, 8)])
        versions = tuple(
            Version(
                name=name,
                version=number,
                created=created,
                description=description or "",
                stage=stage or "None",
                source=source or "",
                run_id=run_id or "",
                model_id="",
                status=status or "",
                deleted=is_tombstone(stage or "", source or "", run_id or ""),
                tags=tags[f"{name}/{number}"],
            )
            for name, number, created, description, stage, source, run_id, status, _ in rows
        )
        return Page(versions, f"{rows[-1][0]}/{rows[-1][8]}" if len(rows) == PAGE else "")

    def version_place(self, name: str, version: str) -> str:
        """The address of a version's files: where MLflow keeps them, else what it came from; empty where nothing is."""
        kept = any(row[1] == "storage_location" for row in self._rows("PRAGMA table_info(model_versions)"))
        return (self._first(_STORED, name, version) if kept else "") or self._first(_SOURCE, name, version)

    def logged_place(self, model_id: str) -> str:
        """The address of a logged model's files; empty where there is no such model."""
        known = "logged_models" in self._tables
        return self._first("SELECT artifact_location FROM logged_models WHERE model_id = ?", model_id) if known else ""

    def run_place(self, run_id: str) -> str:
        """The address of a run's files; empty where there is no such run."""
        return self._first("SELECT artifact_uri FROM runs WHERE run_uuid = ?", run_id)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _first(self, statement: str, *values: str) -> str:
        rows = self._rows(statement, values)
        return (rows[0][0] or "") if rows else ""

    def _maps(self, statement: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        maps: dict[str, dict[str, Any]] = defaultdict(dict)
        for id_, key, value in self._of(statement, ids):
            maps[id_][key] = value if value is not None else ""
        return maps

    def _of(self, statement: str, ids: Sequence[str]) -> list[Any]:
        """The rows of these things; the statement has one place for the list of their ids."""
        return self._rows(statement.format(",".join("?" * len(ids))), ids) if ids else []
