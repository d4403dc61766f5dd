"""Makes a real store large: copies of its runs, written by SQL, since MLflow's own client takes minutes."""

# ruff: noqa: S608 - the names are MLflow's and our own

import sqlite3
from pathlib import Path


def add_runs(database: Path, template: str, count: int, experiment: int) -> None:
    """Adds that many copies of a run, with its parameters, metrics, tags and inputs, a millisecond apart."""
    with sqlite3.connect(database) as store:
        columns: list[str] = [row[1] for row in store.execute("PRAGMA table_info(runs)")]
        changed: dict[str, str] = {
            "run_uuid": "printf('%032x', n)",
            "start_time": "start_time + n",
            "experiment_id": str(experiment),
        }
        values = ", ".join(changed.get(name, name) for name in columns)
        numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
        store.execute(f"{numbers} INSERT INTO runs SELECT {values} FROM runs, numbers WHERE run_uuid = ?", (template,))
        for table in ("params", "latest_metrics", "tags"):
            names = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            taken = ", ".join("printf('%032x', n)" if name == "run_uuid" else name for name in names)
            store.execute(
                f"{numbers} INSERT INTO {table} SELECT {taken} FROM {table}, numbers WHERE run_uuid = ?", (template,)
            )
        store.execute(
            f"{numbers} INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id) "
            "SELECT lower(hex(randomblob(16))), source_type, source_id, destination_type, printf('%032x', n) "
            "FROM inputs, numbers WHERE destination_type = 'RUN' AND destination_id = ?",
            (template,),
        )
    store.close()
