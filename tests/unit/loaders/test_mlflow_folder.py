"""Stores in a folder of which something is missing, cut short, or no part of the store."""

import shutil
from pathlib import Path

import pytest

from app.errors import ErrorCode, PedigreeError
from loaders.mlflow.folder import EMPTY
from loaders.mlflow.metric_files import CUT_SHORT
from tests.loaders.loaded import Loaded, read, run_key


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of two experiments with a run each; the run of the second used data and logged a model."""
    folder = tmp_path / "mlruns"
    for each in ("0", "1"):
        say(folder / each, f"experiment_id: '{each}'\nname: experiment {each}\ncreation_time: 1\nartifact_location: /x")
        run = folder / each / f"run{each}"
        say(run, f"run_id: run{each}\nexperiment_id: '{each}'\nstatus: 3\nstart_time: 1000\nend_time: 2000")
        keep(run / "metrics" / "loss", "1000 0.5 0\n1100 0.25 1\n")
        keep(run / "params" / "rate", "1")
        (run / "artifacts").mkdir()
    say(folder / "1/datasets/d1", "name: iris\ndigest: aaaaaaaa\nsource_type: local\nsource: /iris.csv")
    link = "source_type: DATASET\nsource_id: d1\ndestination_type: RUN\ndestination_id: d1\ntags: {}"
    say(folder / "1/run1/inputs/l1", link)
    model = folder / "1/models/m-1"
    say(model, "model_id: m-1\nexperiment_id: '1'\nname: clf\nsource_run_id: run1\nstatus: 2\ncreation_timestamp: 5")
    keep(model / "metrics" / "accuracy", "1000 0.5 0 run1 iris of may aaaaaaaa\n")
    say(folder / "models/churn", "name: churn")
    say(folder / "models/churn/version-1", "name: churn\nversion: 1\nrun_id: run1\nsource: runs:/run1/model")
    keep(folder / "models/churn/version-1/tags/team", "churn")
    return folder


def keep(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def say(folder: Path, text: str) -> None:
    keep(folder / "meta.yaml", f"{text}\n")


def load(store: Path) -> Loaded:
    return read(str(store), store.parent / "work")


def refused(store: Path) -> str:
    with pytest.raises(PedigreeError) as caught:
        load(store)
    assert caught.value.code is ErrorCode.SOURCE_UNUSABLE
    return caught.value.message


def test_a_whole_store(store: Path) -> None:
    loaded = load(store)
    assert [each["metrics"] for each in loaded.of("run")] == [{"loss": 0.25}, {"loss": 0.25}]
    assert loaded.one("used", run=run_key("run1"))["data"]["name"] == "iris"
    assert loaded.one("evaluation")["name"].startswith("iris of may@aaaaaaaa")
    assert loaded.one("modelVersion", name="churn", version="1")
    assert not [each for each in loaded.skipped if "taken as training" not in each.reason]


@pytest.mark.parametrize(
    "of", ("1", "1/run1", "1/models/m-1", "models/churn", "models/churn/version-1", "1/run1/inputs/l1")
)
@pytest.mark.parametrize("left", (None, "", "- a list\n"))
def test_what_holds_something_is_not_passed_over_without_its_file(store: Path, of: str, left: str | None) -> None:
    file = store / of / "meta.yaml"
    file.unlink()
    if left is not None:
        file.write_text(left)
    message = refused(store)
    assert str(file) in message
    assert "move its folder out of the store" in message


def test_data_among_the_artifacts_of_the_run_that_used_it(store: Path) -> None:
    """No context says that it was only made: who logs a table and trains on it leaves it in the run's artifacts too."""
    run = "0123456789abcdef0123456789abcdef"
    shutil.move(store / "1/run1", store / "1" / run)
    say(store / "1" / run, f"run_id: {run}\nexperiment_id: '1'\nstatus: 3\nstart_time: 1000\nend_time: 2000")
    say(store / "1/datasets/d1", f"name: iris\ndigest: aaaaaaaa\nsource_type: local\nsource: /1/{run}/artifacts/a.csv")
    loaded = load(store)
    used, produced = loaded.one("used", run=run_key(run)), loaded.one("produced", run=run_key(run))
    assert (used["role"], used["method"], used["confidence"]) == ("TRAINING", "INFERRED", 0.5)
    assert (produced["data"], produced["method"], produced["confidence"]) == (used["data"], "INFERRED", 0.9)


@pytest.mark.parametrize("of", ("1/models/m-1", "models/churn/version-1", "1/run1/inputs/l1", "1/run1/outputs/l2"))
def test_a_file_that_is_cut_short_is_told(store: Path, of: str) -> None:
    say(store / of, "status: 2")
    assert f"{store / of / 'meta.yaml'} does not say" in refused(store)


def test_what_is_left_of_an_experiment_in_the_bin_is_not_passed_over(store: Path) -> None:
    shutil.move(store / "1", store / ".trash/1")
    assert load(store).some("run", runId="run1")
    (store / ".trash/1/meta.yaml").unlink()
    assert "1/meta.yaml" in refused(store)


@pytest.mark.parametrize("name", (".git/refs", "notes", ".ipynb_checkpoints", "2/tags"))
def test_a_folder_beside_the_experiments_that_holds_no_run(store: Path, name: str) -> None:
    keep(store / name / "artifact.txt", "mine")
    keep(store / name.partition("/")[0] / "meta.yaml", "")
    assert load(store).items == load(store).items
    assert not [each for each in load(store).skipped if name in each.row]


@pytest.mark.parametrize(
    "name",
    (
        "src/mypkg/metrics/loss.py",
        "data/raw/inputs/a.csv",
        "artifacts/run1/outputs/a.csv",
        "conda/recipe/meta.yaml",
        "conda/meta.yaml",
        "2024/raw/metrics/a.csv",
        "2024/recipe/meta.yaml",
        f"data/{'0a' * 16}/params/a.csv",
    ),
)
@pytest.mark.parametrize("text", ('{% set version = "1.0" %}\npackage:\n  name: x\n', "released: 2024-02-30\n"))
def test_a_store_among_the_folders_of_a_project(store: Path, name: str, text: str) -> None:
    whole = load(store).items
    keep(store / name, text)
    assert load(store).items == whole


@pytest.mark.parametrize("left", (None, "", "- a list\n", "{% no yaml %}"))
@pytest.mark.parametrize("place", (f"2/{'0a' * 16}", f"{'1b' * 16}/{'0a' * 16}", f"2/models/m-{'0a' * 16}"))
@pytest.mark.parametrize("logged", ("params/rate", "metrics/loss"))
def test_what_is_left_of_an_experiment_by_the_names_in_it(
    store: Path, place: str, left: str | None, logged: str
) -> None:
    keep(store / place / logged, "1000 0.5 0\n")
    if left is not None:
        keep(store / place / "meta.yaml", left)
    assert f"{store / place.partition('/')[0] / 'meta.yaml'} says nothing of an experiment" in refused(store)


@pytest.mark.parametrize("said", ("run_id: run2", "run_uuid: run2", "model_id: m-2"))
def test_what_is_left_of_an_experiment_by_what_is_said_in_it(store: Path, said: str) -> None:
    say(store / "2/thing", said)
    assert f"{store / '2/meta.yaml'} says nothing of an experiment" in refused(store)


def test_an_experiment_of_another_name_is_one(store: Path) -> None:
    say(store / "mine", "experiment_id: mine\nname: mine\ncreation_time: 1\nartifact_location: /x")
    say(store / "mine/run2", "run_id: run2\nexperiment_id: mine\nstatus: 3")
    assert load(store).some("run", runId="run2")


@pytest.mark.parametrize("model", ("churn", "other"))
def test_an_empty_folder_of_a_version_is_passed_over_and_told(store: Path, model: str) -> None:
    whole = load(store).items
    folder = store / "models" / model / "version-2"
    folder.mkdir(parents=True)
    loaded = load(store)
    assert loaded.items == whole
    assert loaded.reasons(f"folder {folder}") == [EMPTY] * (model == "churn")  # the other is no model, nor made to be
    keep(folder / "tags/stage", "new")
    assert str(folder.parent) in refused(store)


def test_a_folder_of_stores_is_no_store(store: Path) -> None:
    assert "no MLflow store" in refused(store.parent)


@pytest.mark.parametrize("place", ("1", "1/models"))
@pytest.mark.parametrize("name", (".ipynb_checkpoints/a.ipynb", "f00/artifacts/model.pkl", "seen/outputs/a.csv"))
def test_a_folder_among_runs_that_is_none_is_passed_over_and_told(store: Path, place: str, name: str) -> None:
    whole = load(store).items
    keep(store / place / name, "mine")
    loaded = load(store)
    assert loaded.items == whole
    (reason,) = loaded.reasons(f"folder {store / place / name.partition('/')[0]}")
    assert "has no meta.yaml" in reason


def test_data_of_which_the_store_says_nothing_is_told(store: Path) -> None:
    (store / "1/datasets/d1/meta.yaml").unlink()
    loaded = load(store)
    assert not loaded.of("used")
    (reason,) = loaded.reasons("run run1, ")
    assert reason == "It used data of which the store says nothing."


@pytest.mark.parametrize("cut", ("1200", "1200 0.125", "1200 0.125 ", "1200 0.", "1200 0.125 -", "now 0.125 2"))
def test_a_line_that_is_cut_short_is_left_out_and_told(store: Path, cut: str) -> None:
    keep(store / "1/run1/metrics/loss", f"1000 0.5 0\n{cut}")
    keep(store / "1/models/m-1/metrics/accuracy", f"1000 0.5 0 run1 iris of may aaaaaaaa\n{cut}")
    loaded = load(store)
    assert loaded.one("run", runId="run1")["metrics"] == {"loss": 0.5}
    assert loaded.one("evaluation")["metrics"] == {"accuracy": 0.5}
    assert loaded.reasons("run run1, loss") == [CUT_SHORT]
    assert loaded.reasons("logged model m-1, accuracy") == [CUT_SHORT]


@pytest.mark.parametrize("whole", ("1000 0.5 0\n", ""))
@pytest.mark.parametrize("last", ("1200 0.125 2", "1200 0.125 2 iris aaaaaaaa"))
def test_a_last_line_of_a_run_without_a_newline_is_read_where_its_value_is_whole(
    store: Path, whole: str, last: str
) -> None:
    keep(store / "1/run1/metrics/loss", f"{whole}{last}")
    loaded = load(store)
    assert loaded.one("run", runId="run1")["metrics"] == {"loss": 0.125}
    assert not loaded.reasons("run run1, loss")


@pytest.mark.parametrize("on", ("", "iris aaaaaaaa", "iris of may aaaaaaaa"))
def test_a_last_line_of_a_logged_model_without_a_newline_is_read_where_it_names_its_run(store: Path, on: str) -> None:
    keep(store / "1/models/m-1/metrics/accuracy", f"1200 0.125 2 run1 {on}".rstrip())
    loaded = load(store)
    named = [(each["name"], each["metrics"]) for each in loaded.of("evaluation")]
    assert named == [(f"{'@'.join(on.rsplit(' ', 1))} by run run1", {"accuracy": 0.125})] * bool(on)
    assert loaded.one("modelVersion", name="1/clf")["metrics"] == {"accuracy": 0.125}
    assert not loaded.reasons("logged model m-1, accuracy")


@pytest.mark.parametrize("cut", ("", " ", " run1 ", " run1 iris", " run1 iris "))
def test_a_last_line_of_a_logged_model_that_lacks_its_run_or_a_digest_is_left_out(store: Path, cut: str) -> None:
    keep(store / "1/models/m-1/metrics/accuracy", f"1000 0.5 0 run1 iris of may aaaaaaaa\n1200 0.125 2{cut}")
    loaded = load(store)
    assert loaded.one("evaluation")["metrics"] == {"accuracy": 0.5}
    assert loaded.reasons("logged model m-1, accuracy") == [CUT_SHORT]


@pytest.mark.parametrize("file", ("1/run1/metrics/loss", "1/models/m-1/metrics/accuracy"))
@pytest.mark.parametrize("line", ("1000", "now 0.5 1 run1", "1000 half 1 run1"))
def test_a_line_that_is_none_is_refused_by_its_place(store: Path, file: str, line: str) -> None:
    with (store / file).open("a") as metric:
        metric.write(f"{line}\n")
    message = refused(store)
    assert f"of {store / file} is not what MLflow writes" in message
    assert "Mend that line" in message


def test_a_metric_of_mlflow_0_has_no_steps(store: Path) -> None:
    keep(store / "1/run1/metrics/loss", "1000 0.5\n1100 0.25\n\n")
    assert load(store).one("run", runId="run1")["metrics"] == {"loss": 0.25}
