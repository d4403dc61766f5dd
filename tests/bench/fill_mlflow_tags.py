"""Puts versions with tags into a fresh MLflow store. Run by the Python of MLflow's own environment.

python -m tests.bench.fill_mlflow_tags MODELS VERSIONS DATABASE
"""

# What it imports lives in MLflow's environment only.
# pyright: reportMissingImports=false

import sys
from itertools import islice

from mlflow.store.model_registry.dbmodels import models as registry
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.bench.tagged import make

_AT_ONCE = 5_000
_AT = 1_760_000_000_000
_SHARED = {"workspace": "default"}


def fill(models: int, versions: int, database: str) -> None:
    """Writes all of them into that file, which MLflow makes."""
    store = SqlAlchemyStore(f"sqlite:///{database}", "mlflow-artifacts:/")
    rest = make(models, versions)
    known: set[str] = set()
    with Session(store.engine) as session:
        while taken := list(islice(rest, _AT_ONCE)):
            new = {each.model for each in taken} - known
            known |= new
            times = {"creation_time": _AT, "last_updated_time": _AT}
            session.execute(insert(registry.SqlRegisteredModel), [_SHARED | times | {"name": name} for name in new])
            keys = [_SHARED | {"name": each.model, "version": each.version} for each in taken]
            told = times | {"current_stage": "None", "status": "READY"}
            session.execute(insert(registry.SqlModelVersion), [key | told for key in keys])
            tags = [
                key | {"key": name, "value": value}
                for key, each in zip(keys, taken, strict=True)
                for name, value in each.tags.items()
            ]
            session.execute(insert(registry.SqlModelVersionTag), tags)
        session.commit()


if __name__ == "__main__":
    fill(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
