"""A reading that is gone on with after what it remembered was lost, damaged, or left by another version."""

import json
import sqlite3
from pathlib import Path

import pytest

from app.loading.loader import Item, LoadOptions
from loaders.mlflow.reading import MlflowReading
from loaders.mlflow.records import LoggedModel, Measure
from loaders.mlflow.spool import SCHEMA
from tests.unit.loaders.holding import Held, a_run, data

RUN = a_run("r1", data("iris", "/iris.csv"))
MEASURE = Measure("auc", 0.5, 1_000, 0, "r1", ("iris", "aaaaaaaa"))
STORE = Held([RUN], [LoggedModel("m-1", "0", "clf", "r1", "/m-1", "", "READY", 5, {}, (MEASURE,))])

# As the tables of data were before the number was in the file.
EARLIER = """
DROP TABLE dataset; DROP TABLE known_as;
CREATE TABLE dataset (
    namespace TEXT, name TEXT, version TEXT, known_as TEXT, facts TEXT, PRIMARY KEY (namespace, name, version));
INSERT INTO dataset VALUES ('mlflow', 'iris', 'aaaaaaaa', 'iris', '{}');
PRAGMA user_version = 0;"""


def read(folder: Path, after: str | None = None) -> list[Item]:
    reading = MlflowReading(STORE, LoadOptions("mlflow"), folder)
    try:
        return [item for batch in reading.batches(after) for item in (*batch.nodes, *batch.relationships)]
    finally:
        reading.close()


def place(part: str) -> str:
    return json.dumps({"part": part, "at": "", "done": 0})


def change(folder: Path, statements: str) -> None:
    with sqlite3.connect(folder / "mlflow.sqlite") as spool:
        spool.executescript(statements)
    spool.close()


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    read(tmp_path)
    assert [*map(list, read(tmp_path, place("evaluations")))] == [["evaluation"]]


@pytest.mark.parametrize("part", ("runs", "datasets", "evaluations"))
@pytest.mark.parametrize("change_", (EARLIER, f"PRAGMA user_version = {SCHEMA + 1}"), ids=("earlier", "later"))
def test_what_another_version_remembered_is_not_gone_on_with(tmp_path: Path, part: str, change_: str) -> None:
    whole = read(tmp_path)
    change(tmp_path, change_)
    assert read(tmp_path, place(part)) == whole
    assert [*map(list, read(tmp_path, place("evaluations")))] == [["evaluation"]]


def test_what_is_damaged_is_not_gone_on_with(tmp_path: Path) -> None:
    whole = read(tmp_path)
    (tmp_path / "mlflow.sqlite").write_bytes(b"no database" * 100)
    assert read(tmp_path, place("evaluations")) == whole


@pytest.mark.parametrize(
    "cursor",
    ("7", "[]", "{}", "evaluations:", place("endings"), '{"part": "runs", "at": 7, "done": 0}', '{"part": "runs"}'),
)
def test_a_cursor_of_another_shape_is_none(tmp_path: Path, cursor: str) -> None:
    whole = read(tmp_path)
    assert read(tmp_path, cursor) == whole
