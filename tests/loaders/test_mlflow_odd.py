"""Runs of a real store whose facts are odd: what is left out is told, and the rest is loaded."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.loaders.conftest import Trained
from tests.loaders.loaded import read, run_key, version_key


@pytest.fixture
def store(database: Trained, tmp_path: Path) -> Path:
    """A copy of the store that was trained, to be changed."""
    return Path(shutil.copy(database.location.removeprefix("sqlite:///"), tmp_path / "store.db"))


def _change(store: Path, statement: str, *values: object) -> str:
    with sqlite3.connect(store) as changed:
        assert changed.execute(statement, values).rowcount == 1
    changed.close()
    return f"sqlite:///{store}"


def test_a_run_that_ended_before_it_started_has_no_end(store: Path, database: Trained, tmp_path: Path) -> None:
    run = database.ids["train"]
    location = _change(store, "UPDATE runs SET end_time = start_time - 1 WHERE run_uuid = ?", run)
    loaded = read(location, tmp_path / "work")
    said = loaded.one("run", runId=run)
    assert said["startedAt"]
    assert said["endedAt"] is None
    assert loaded.reasons(f"run {run}") == ["It ended before it started: its end is left out."]


@pytest.mark.parametrize(
    ("address", "repository"),
    (
        ("https://oauth2:t0ken@git.example.com/models/iris.git", "https://git.example.com/models/iris"),
        ("https://oauth2:t0ken@git.example.com:x/models/iris.git", ""),
    ),
)
def test_who_may_enter_a_repository_is_not_loaded(
    store: Path, database: Trained, tmp_path: Path, address: str, repository: str
) -> None:
    run = database.ids["train"]
    statement = "UPDATE tags SET value = ? WHERE key = 'mlflow.source.git.repoURL' AND run_uuid = ?"
    loaded = read(_change(store, statement, address, run), tmp_path / "work")
    found = [each["commit"]["repository"] for each in loaded.some("builtFrom", run=run_key(run))]
    assert found == [repository] * bool(repository)
    assert [each["repository"] for each in loaded.of("commit")] == found
    told = loaded.reasons(f"run {run}")
    assert [each.startswith("Its commit is left out") for each in told] == [True] * (not repository)
    assert "t0ken" not in f"{loaded.items}{told}"


@pytest.mark.parametrize(
    ("start", "said"),
    ((-5000, "1969-12-31T23:59:55.000Z"), (-(2**62), None), (0, "1970-01-01T00:00:00.000Z"), (None, None)),
)
def test_a_run_of_any_start_is_read(
    store: Path, database: Trained, tmp_path: Path, start: int | None, said: str | None
) -> None:
    run = database.ids["train"]
    location = _change(store, "UPDATE runs SET start_time = ? WHERE run_uuid = ?", start, run)
    loaded = read(location, tmp_path / "work")
    assert loaded.one("run", runId=run)["startedAt"] == said
    told = loaded.reasons(f"run {run}, started")
    assert told == ["A value is left out: it is no time that a calendar knows."] * (start == -(2**62))
    assert len(loaded.some("used", run=run_key(run))) == 2
    assert len(loaded.of("run")) == len(read(database.location, tmp_path / "whole").of("run"))


def test_two_runs_that_measure_one_model_in_one_millisecond_are_two_evaluations(
    store: Path, database: Trained, tmp_path: Path
) -> None:
    ids = database.ids
    columns = "model_id, metric_name, metric_timestamp_ms, metric_step, {}, dataset_digest, experiment_id, dataset_name"
    location = _change(
        store,
        f"INSERT INTO logged_model_metrics ({columns.format('metric_value, run_id')}) "  # noqa: S608 - our own names
        f"SELECT {columns.format('0.4, ?')} FROM logged_model_metrics "
        "WHERE model_id = ? ORDER BY metric_timestamp_ms LIMIT 1",
        ids["tune"],
        ids["clf"],
    )
    said = read(location, tmp_path / "work").some("evaluation", modelVersion=version_key("iris.clf", "1"))
    assert {each["name"].rpartition(" ")[2]: each["metrics"] for each in said} == {
        ids["train"]: {"accuracy": 0.9},
        ids["tune"]: {"accuracy": 0.4},
    }
    assert len({each["evaluatedAt"] for each in said}) == 1


@pytest.mark.parametrize(
    ("address", "kept"),
    (
        ("https://me:t0ken@data.example.com/model?private_token=t0ken&v=1", "https://data.example.com/model?v=1"),
        ("https://me:t0ken@data.example.com:x/model", None),
    ),
)
def test_who_may_enter_where_a_model_lies_is_not_loaded(
    store: Path, database: Trained, tmp_path: Path, address: str, kept: str | None
) -> None:
    draft = database.ids["draft_model"]
    _change(store, "UPDATE model_versions SET source = ? WHERE name = 'iris.clf' AND version = 5", address)
    location = _change(store, "UPDATE logged_models SET artifact_location = ? WHERE model_id = ?", address, draft)
    loaded = read(location, tmp_path / "work")
    assert loaded.one("modelVersion", name="iris.clf", version="5")["uri"] == kept
    assert loaded.one("modelVersion", version=draft)["uri"] == kept
    for row in ("version 5 of model iris.clf, uri", f"logged model {draft}, uri"):
        assert [each.startswith("A value is left out") for each in loaded.reasons(row)] == [True] * (not kept)
    assert "t0ken" not in f"{loaded.items}{loaded.skipped}"


def test_values_of_data_that_cannot_be_kept_are_left_out_and_told(
    store: Path, database: Trained, tmp_path: Path
) -> None:
    statement = (
        "UPDATE datasets SET dataset_profile = ?, dataset_schema = ?, dataset_source = ? WHERE name = 'held out'"
    )
    location = _change(store, statement, '{"num_rows": true}', '{"a": NaN}', '{"uri": "a\\ud800b"}')
    loaded = read(location, tmp_path / "work")
    said = loaded.one("datasetVersion", name="held out")
    assert said.keys() == {"namespace", "name", "version", "digest", "digestAlgorithm"}
    row = f"run {database.ids['train']}, dataset held out, version {said['version']}"
    for field, reason in (("rows", "got True"), ("schema.a", "is nan"), ("address", "lone surrogate")):
        (told,) = loaded.reasons(f"{row}, {field}")
        assert told.startswith("A value is left out: ")
        assert reason in told
    json.dumps(loaded.items, allow_nan=False, ensure_ascii=False).encode()
    assert len(loaded.items) == len(read(database.location, tmp_path / "whole").items)


@pytest.mark.parametrize("bad", (b"a\xed\xa0\x80b", b"a\xffb", b"a\x00b"), ids=["surrogate", "no UTF-8", "NUL"])
def test_texts_that_cannot_be_kept_are_left_out_and_told(
    store: Path, database: Trained, tmp_path: Path, bad: bytes
) -> None:
    run = database.ids["train"]
    _change(store, "UPDATE params SET value = CAST(? AS TEXT) WHERE key = 'loss' AND run_uuid = ?", bad, run)
    _change(store, "UPDATE tags SET value = CAST(? AS TEXT) WHERE key = 'mlflow.user' AND run_uuid = ?", bad, run)
    _change(store, "INSERT INTO tags (key, value, run_uuid) VALUES ('mine', CAST(? AS TEXT), ?)", bad, run)
    _change(store, "UPDATE experiments SET name = CAST(? AS TEXT) WHERE name = 'training'", bad)
    _change(store, "UPDATE model_versions SET description = CAST(? AS TEXT) WHERE name = 'small'", bad)
    location = _change(store, "UPDATE registered_models SET name = CAST(? AS TEXT) WHERE name = 'serving'", bad)
    loaded = read(location, tmp_path / "work")
    json.dumps(loaded.items, allow_nan=False, ensure_ascii=False).encode()
    said = loaded.one("run", runId=run)
    assert said["parameters"] == {"path/like": "yes"}
    assert said["metrics"]["accuracy"] == 0.9
    assert said["user"] is None
    assert loaded.one("modelVersion", name="small")["claimedStage"] == "PRODUCTION"
    places = [each.row for each in loaded.skipped if each.reason.startswith("A value is left out")]
    assert sorted(place.partition(", ")[2] for place in places) == sorted(
        ("parameters.loss", "tags.mlflow.user", "user", "name", "name", "description")
    )
    assert {place.partition(",")[0] for place in places} >= {f"run {run}", "version 1 of model small"}
    assert all(place.isprintable() for place in places)
    assert [each.row for each in loaded.skipped if "left out as a whole" in each.reason] == [
        f"model {ascii(bad.decode('utf-8', 'surrogateescape'))[1:-1]}"
    ]
    whole = read(database.location, tmp_path / "whole")
    assert len(loaded.items) == len(whole.items) - 1


def test_parameters_too_long_for_the_graph_are_left_out_and_told(
    store: Path, database: Trained, tmp_path: Path
) -> None:
    run = database.ids["train"]
    location = _change(store, "UPDATE params SET value = ? WHERE key = 'loss' AND run_uuid = ?", "x" * 2**20, run)
    loaded = read(location, tmp_path / "work")
    said = loaded.one("run", runId=run)
    assert "parameters" not in said
    assert said["metrics"]["accuracy"] == 0.9
    (reason,) = loaded.reasons(f"run {run}, parameters")
    assert "at most 1,048,576 characters" in reason


def test_only_what_is_known_is_said_of_what_a_reading_did_not_meet(
    store: Path, database: Trained, tmp_path: Path
) -> None:
    ids = database.ids
    _change(store, "DELETE FROM runs WHERE run_uuid = ?", ids["lost"])
    _change(store, "UPDATE logged_models SET status = 3 WHERE model_id = ?", ids["draft_model"])
    _change(store, "UPDATE model_versions SET status = 'FAILED_REGISTRATION' WHERE name = 'iris.clf' AND version = 1")
    _change(store, "UPDATE logged_models SET lifecycle_stage = 'deleted' WHERE model_id = ?", ids["clf"])
    location = _change(store, "UPDATE model_versions SET run_id = NULL WHERE name = 'iris.clf' AND version = 3")
    loaded = read(location, tmp_path / "work")
    assert (
        "This reading did not meet the run that made it: what that run used is not known from here."
        in loaded.reasons(f"version 1 of model lost, by run {ids['lost']}")
    )
    assert loaded.reasons(f"run {ids['distil']}, model") == ["It used a logged model whose upload failed in MLflow."]
    assert loaded.reasons("version 4 of model iris.clf, from models:/iris.clf/1") == [
        "It is a copy of a version that this reading did not load."
    ]
    told = " ".join(each.reason for each in loaded.skipped)
    assert "no longer" not in told
    assert "gone" not in told


def test_a_run_that_is_its_own_parent_has_none(store: Path, database: Trained, tmp_path: Path) -> None:
    run = database.ids["fold"]
    statement = "UPDATE tags SET value = run_uuid WHERE key = 'mlflow.parentRunId' AND run_uuid = ?"
    loaded = read(_change(store, statement, run), tmp_path / "work")
    assert not loaded.some("partOf", run=run_key(run))
    assert loaded.reasons(f"run {run}") == ["It names itself as its parent."]
