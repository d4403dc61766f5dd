"""Puts an inventory into a fresh MLflow store. Run by the Python of MLflow's own environment, never by Pedigree's.

    python -m tests.bench.fill_mlflow SIZE DATABASE

Through its server, MLflow takes minutes for 10,000 versions; so MLflow makes its tables, and its own models write the
rows. They are those that its clients write, and more: what MLflow cannot search by, a careful team would write down as
tags, and so does this (`kind` and `base_run_id` on runs, `stage` on versions).
"""

# What it imports lives in MLflow's environment only.
# pyright: reportMissingImports=false

import json
import sys
from collections.abc import Iterator
from typing import Any

from mlflow.store.db.base_sql_model import Base
from mlflow.store.model_registry.dbmodels import models as registry
from mlflow.store.tracking.dbmodels import models as tracking
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.bench.inventory import REPOSITORY, Inventory, Run, Version, digest, make

EXPERIMENTS = 20
Rows = dict[type[Any], list[dict[str, Any]]]


def fill(inventory: Inventory, database: str) -> None:
    """Writes all of it into that file, which MLflow makes."""
    store = SqlAlchemyStore(f"sqlite:///{database}", "mlflow-artifacts:/")
    numbers = [store.create_experiment(f"experiment-{number}") for number in range(EXPERIMENTS)]
    rows: Rows = {}
    for table, row in _rows(inventory, [int(number) for number in numbers]):
        rows.setdefault(table, []).append(row)
    with Session(store.engine) as session:
        for table in _in_order(rows):
            unique = {json.dumps(row, sort_keys=True, default=str): row for row in rows[table]}
            session.execute(insert(table), list(unique.values()))
        session.commit()


def _in_order(rows: Rows) -> list[type[Any]]:
    """Parents before children."""
    order = [table.name for table in Base.metadata.sorted_tables]
    return sorted(rows, key=lambda table: order.index(table.__tablename__))


def _rows(inventory: Inventory, experiments: list[int]) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    for run in inventory.preparations:
        yield from _run(run, experiments, {"kind": "preparation"})
    for version in inventory.versions:
        base = version.run.base
        yield from _run(version.run, experiments, {"kind": "training"} | ({"base_run_id": base.run.id} if base else {}))
        yield from _logged_model(version, experiments, base)
        yield from _version(version)


def _run(run: Run, experiments: list[int], tags: dict[str, str]) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    experiment = experiments[run.number % EXPERIMENTS]
    ended = run.started_ms + 60_000
    yield (
        tracking.SqlRun,
        {
            "run_uuid": run.id,
            "name": f"run {run.number}",
            "source_type": "LOCAL",
            "source_name": "train.py",
            "user_id": f"person-{run.number % 30}",
            "status": "FINISHED",
            "start_time": run.started_ms,
            "end_time": ended,
            "lifecycle_stage": "active",
            "artifact_uri": f"mlflow-artifacts:/{experiment}/{run.id}/artifacts",
            "experiment_id": experiment,
        },
    )
    tags = tags | {
        "mlflow.runName": f"run {run.number}",
        "mlflow.user": f"person-{run.number % 30}",
        "mlflow.source.git.commit": run.commit,
        "mlflow.source.git.repoURL": REPOSITORY,
    }
    for key, value in tags.items():
        yield tracking.SqlTag, {"key": key, "value": value, "run_uuid": run.id}
    for key, value in run.parameters.items():
        yield tracking.SqlParam, {"key": key, "value": value, "run_uuid": run.id}
    for key, value in run.metrics.items():
        metric = {"key": key, "value": value, "timestamp": ended, "step": 0, "is_nan": False, "run_uuid": run.id}
        yield tracking.SqlMetric, metric
        yield tracking.SqlLatestMetric, metric
    yield from _data(run, experiment)


def _data(run: Run, experiment: int) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    uses = [("input" if run.writes else "training", name) for name in run.reads]
    uses += [("validation", name) for name in run.validates]
    uses += [("output", run.writes)] if run.writes else []
    for context, name in uses:
        known = f"{experiment:04d}{digest(name)}{digest(name + ' again')}"
        yield (
            tracking.SqlDataset,
            {
                "dataset_uuid": known,
                "experiment_id": experiment,
                "name": name,
                "digest": digest(name),
                "dataset_source_type": "local",
                "dataset_source": json.dumps({"uri": f"data/{name}.parquet"}),
                "dataset_schema": json.dumps(
                    {"mlflow_colspec": [{"type": "double", "name": "amount", "required": True}]}
                ),
                "dataset_profile": json.dumps({"num_rows": 1000, "num_elements": 4000}),
            },
        )
        use = f"{digest(run.id)}{digest(name)}{digest(context + run.id + name)}{digest(name + context)}"
        yield (
            tracking.SqlInput,
            {
                "input_uuid": use,
                "source_type": "DATASET",
                "source_id": known,
                "destination_type": "RUN",
                "destination_id": run.id,
                "step": 0,
            },
        )
        yield tracking.SqlInputTag, {"input_uuid": use, "name": "mlflow.data.context", "value": context}


def _logged_model(
    version: Version, experiments: list[int], base: Version | None
) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    run = version.run
    experiment = experiments[run.number % EXPERIMENTS]
    yield (
        tracking.SqlLoggedModel,
        {
            "model_id": version.logged_model,
            "experiment_id": experiment,
            "name": version.model,
            "artifact_location": f"mlflow-artifacts:/{experiment}/models/{version.logged_model}/artifacts",
            "creation_timestamp_ms": run.started_ms,
            "last_updated_timestamp_ms": run.started_ms,
            "status": 2,
            "lifecycle_stage": "active",
            "source_run_id": run.id,
        },
    )
    links = [("RUN_OUTPUT", "MODEL_OUTPUT", version.logged_model)]
    links += [("RUN_INPUT", "MODEL_INPUT", base.logged_model)] if base else []
    for near, far, model in links:
        yield (
            tracking.SqlInput,
            {
                "input_uuid": f"{digest(run.id)}{digest(model)}{digest(near)}{digest(run.id + model)}",
                "source_type": near,
                "source_id": run.id,
                "destination_type": far,
                "destination_id": model,
                "step": 0,
            },
        )


def _version(version: Version) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    at = version.run.started_ms + 60_000
    workspace = {"workspace": "default"}
    name = {"name": version.model}
    yield registry.SqlRegisteredModel, workspace | name | {"creation_time": 0, "last_updated_time": 0}
    yield (
        registry.SqlModelVersion,
        workspace
        | name
        | {
            "version": version.number,
            "creation_time": at,
            "last_updated_time": at,
            "current_stage": "Production" if version.production else "None",
            "source": f"models:/{version.logged_model}",
            "run_id": version.run.id,
            "status": "READY",
        },
    )
    if version.production:
        tag = {"key": "stage", "value": "production"}
        yield registry.SqlModelVersionTag, workspace | name | tag | {"version": version.number}
        yield registry.SqlRegisteredModelAlias, workspace | name | {"alias": "champion", "version": version.number}


if __name__ == "__main__":
    fill(make(int(sys.argv[1])), sys.argv[2])
