"""What the loader makes of a real store, whichever way it is reached."""

import json
from pathlib import Path

import pytest

from app.loading.loader import LoadOptions
from tests.loaders.conftest import Trained
from tests.loaders.loaded import Loaded, contradictions, fits, read, run_key, version_key

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module", params=["database", "folder", "server", "served_folder"])
def trained(request: pytest.FixtureRequest) -> Trained:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def ids(trained: Trained) -> dict[str, str]:
    return trained.ids


@pytest.fixture(scope="module")
def loaded(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return read(trained.location, tmp_path_factory.mktemp("reading"))


def data_key(loaded: Loaded, name: str) -> dict[str, str]:
    found = loaded.one("datasetVersion", name=name)
    return version_key(name, found["version"])


def test_every_batch_fits_and_nothing_contradicts_itself(loaded: Loaded) -> None:
    assert all(fits(batch) for batch in loaded.batches)
    assert contradictions(loaded.items) == []


def test_reading_twice_gives_the_same(loaded: Loaded, trained: Trained, tmp_path: Path) -> None:
    again = read(trained.location, tmp_path)
    assert again.items == loaded.items
    assert again.store_id == loaded.store_id


def test_runs_keep_their_ids_times_parameters_and_metrics(loaded: Loaded, ids: dict[str, str]) -> None:
    run = loaded.one("run", runId=ids["train"])
    assert run["experiment"] == "training"
    assert run["name"] == "train"
    assert run["status"] == "FINISHED"
    assert run["user"] == "trainer"
    assert run["startedAt"] < run["endedAt"]
    assert run["startedAt"].endswith("Z")
    assert run["parameters"] == {"loss": "hinge", "path/like": "yes"}
    assert run["metrics"]["accuracy"] == 0.9
    assert run["metrics"]["broken"] == "NaN"
    json.dumps(run, allow_nan=False)


def test_nested_runs_are_part_of_their_parent(loaded: Loaded, ids: dict[str, str]) -> None:
    assert loaded.one("partOf", run=run_key(ids["fold"]))["parent"] == run_key(ids["train"])


def test_derived_data_is_made_by_the_run_that_wrote_it(loaded: Loaded, ids: dict[str, str]) -> None:
    clean = data_key(loaded, "clean")
    assert loaded.some("produced", data=clean) == [{"run": run_key(ids["prepare"]), "data": clean}]
    used = loaded.some("used", run=run_key(ids["prepare"]))
    assert [(each["data"]["name"], each["role"]) for each in used] == [("iris", "INPUT")]


def test_validation_data_is_not_training_data(loaded: Loaded, ids: dict[str, str]) -> None:
    roles = {each["data"]["name"]: each["role"] for each in loaded.some("used", run=run_key(ids["train"]))}
    assert roles == {"clean": "TRAINING", "held out": "VALIDATION"}


def test_data_without_a_context_is_taken_as_training_at_half_confidence(loaded: Loaded, ids: dict[str, str]) -> None:
    used = {each["data"]["name"]: each for each in loaded.some("used", run=run_key(ids["draft"]))}
    assert used["no context"]["role"] == used["odd"]["role"] == "TRAINING"
    assert used["no context"]["method"] == used["odd"]["method"] == "INFERRED"
    assert used["no context"]["confidence"] == used["odd"]["confidence"] == 0.5
    assert loaded.reasons(f"“odd” of run {ids['draft']}, dataset odd") == [
        "Its context is no known role: taken as training, at half confidence."
    ]
    assert "method" not in loaded.some("used", run=run_key(ids["train"]))[0]


def test_one_dataset_of_several_experiments_is_one(loaded: Loaded) -> None:
    iris = loaded.one("datasetVersion", name="iris")
    assert iris["addresses"] == [
        "https://data.example.com/iris.csv",
        "https://one.example.com/iris.csv",
        "https://three.example.com/iris.csv",
        "https://two.example.com/iris.csv",
    ]
    assert iris["uri"] in iris["addresses"]
    assert len(iris["digest"]) == 8
    assert iris["version"] == iris["digest"]
    assert "md5" in iris["digestAlgorithm"]
    assert iris["rows"] == 150
    assert iris["schema"]["mlflow_colspec"][0]["name"] == "sepal length (cm)"
    assert len(loaded.some("used", data=version_key("iris", iris["version"]), role="TRAINING")) == 3


def test_an_address_lets_nobody_in(loaded: Loaded) -> None:
    assert loaded.one("datasetVersion", name="odd")["uri"] == "https://data.example.com/odd?v=1"


def test_datasets_can_be_named_by_their_address(trained: Trained, tmp_path: Path) -> None:
    loaded = read(trained.location, tmp_path, LoadOptions("mlflow", datasets_by="uri"))
    keys = {(each["namespace"], each["name"]) for each in loaded.of("datasetVersion")}
    assert ("s3://bucket", "recent.csv") in keys
    assert ("https://one.example.com", "iris.csv") in keys
    assert ("file", trained.ids["place"]) in keys
    (evaluation,) = {json.dumps(each["data"]) for each in loaded.of("evaluation")}
    assert json.loads(evaluation)["namespace"] == "file"
    assert contradictions(loaded.items) == []


def test_a_commit_is_linked_where_run_and_repository_are_named(loaded: Loaded, ids: dict[str, str]) -> None:
    commit = {"repository": "https://git.example.com/models/iris", "sha": COMMIT}
    assert loaded.of("builtFrom") == [{"run": run_key(ids["train"]), "commit": commit}]
    assert loaded.of("commit") == [commit | {"branch": "main", "dirty": True}]
    assert len([each for each in loaded.skipped if "names a commit but no repository" in each.reason]) >= 3


def test_the_user_can_name_the_repository(trained: Trained, tmp_path: Path) -> None:
    options = LoadOptions("mlflow", repository="https://git.example.com/other")
    loaded = read(trained.location, tmp_path, options)
    repositories = {each["commit"]["repository"] for each in loaded.of("builtFrom")}
    assert repositories == {"https://git.example.com/other", "https://git.example.com/models/iris"}
    assert contradictions(loaded.items) == []


def test_versions_are_made_by_the_run_of_their_logged_model(loaded: Loaded, ids: dict[str, str]) -> None:
    for name, version in (("iris.clf", "1"), ("iris.clf", "3"), ("iris.clf", "4"), ("serving", "1")):
        made = loaded.some("produced", modelVersion=version_key(name, version))
        assert [each["run"] for each in made] == [run_key(ids["train"])], (name, version)
    tuned = loaded.some("produced", modelVersion=version_key("Модель 1.0 – é", "1"))
    assert [each["run"] for each in tuned] == [run_key(ids["tune"])]


def test_a_version_tells_where_its_logged_model_lies(loaded: Loaded, ids: dict[str, str]) -> None:
    for name, version in (("iris.clf", "1"), ("serving", "1")):
        assert ids["clf"] in loaded.one("modelVersion", name=name, version=version)["uri"]
    assert loaded.one("modelVersion", name="iris.clf", version="1")["metrics"]["accuracy"] == 0.9


def test_a_copy_is_based_on_what_it_copies(loaded: Loaded) -> None:
    based = {(row["modelVersion"]["name"], row["modelVersion"]["version"]): row for row in loaded.of("basedOn")}
    assert based["iris.clf", "4"]["base"] == version_key("iris.clf", "1")
    assert based["serving", "1"]["base"] == version_key("iris.clf", "4")
    assert {row["how"] for row in based.values()} == {"copy"}
    assert len(based) == 2


def test_a_fine_tuning_consumes_every_version_of_its_base(loaded: Loaded, ids: dict[str, str]) -> None:
    used = [each for each in loaded.some("used", run=run_key(ids["tune"])) if "modelVersion" in each]
    assert {each["role"] for each in used} == {"INPUT"}
    assert version_key("iris.clf", "1") in [each["modelVersion"] for each in used]
    assert version_key("serving", "1") in [each["modelVersion"] for each in used]


def test_a_model_that_nobody_registered_stands_on_its_own(loaded: Loaded, ids: dict[str, str]) -> None:
    (draft,) = loaded.some("modelVersion", version=ids["draft_model"])
    assert draft["name"].endswith("/draft")
    key = version_key(draft["name"], draft["version"])
    assert [each["run"] for each in loaded.some("produced", modelVersion=key)] == [run_key(ids["draft"])]
    (used,) = loaded.some("used", run=run_key(ids["distil"]))
    assert used["modelVersion"] == key
    assert "training" in loaded.one("model", name=draft["name"])["description"]
    assert not loaded.some("modelVersion", version=ids["clf"])


def test_an_output_of_another_run_is_made_by_both(loaded: Loaded, ids: dict[str, str]) -> None:
    made = loaded.some("produced", modelVersion=version_key("small", "1"))
    runs = sorted((each["run"] for each in made), key=str)
    assert runs == sorted([run_key(ids["distil"]), run_key(ids["repack"])], key=str)
    assert not loaded.some("used", run=run_key(ids["repack"]))


def test_a_deleted_version_is_no_run(loaded: Loaded, trained: Trained) -> None:
    assert not loaded.some("modelVersion", name="iris.clf", version="2")
    assert not loaded.some("produced", modelVersion=version_key("iris.clf", "2"))
    assert "REDACTED" not in json.dumps(loaded.items)
    if not trained.location.startswith("http"):
        assert loaded.reasons("version 2 of model iris.clf") == [
            "It was deleted in MLflow, and only its tombstone is left."
        ]


def test_what_a_deleted_run_made_keeps_its_ancestry(loaded: Loaded, ids: dict[str, str]) -> None:
    assert loaded.one("run", runId=ids["forgotten"])["status"] == "DELETED"
    (used,) = loaded.some("used", run=run_key(ids["forgotten"]))
    assert used["data"]["name"] == "forgotten"
    assert loaded.some("produced", modelVersion=version_key("forgotten", "1"))


def test_unknown_ancestry_is_reported(loaded: Loaded, ids: dict[str, str]) -> None:
    assert loaded.some("modelVersion", name="iris.clf", version="5")
    assert not loaded.some("produced", modelVersion=version_key("iris.clf", "5"))
    assert "ancestry is unknown" in loaded.reasons("version 5 of model iris.clf")[0]


def test_a_logged_model_that_was_not_met_is_reported(loaded: Loaded, ids: dict[str, str]) -> None:
    assert any(
        "logged model that this reading did not meet" in each for each in loaded.reasons("version 1 of model lost")
    )
    (made,) = loaded.some("produced", modelVersion=version_key("lost", "1"))
    assert made["run"] == run_key(ids["lost"])


def test_aliases_and_stages_become_claimed_stages(loaded: Loaded) -> None:
    claims = {
        (row["name"], row["version"]): row["claimedStage"] for row in loaded.of("modelVersion") if "claimedStage" in row
    }
    assert claims["iris.clf", "1"] == "PRODUCTION"  # its alias, and not its stage Staging
    assert claims["iris.clf", "3"] == "ARCHIVED"
    assert claims["iris.clf", "4"] is None
    assert claims["small", "1"] == "PRODUCTION"  # its stage
    assert claims["Модель 1.0 – é", "1"] == "PRODUCTION"
    assert loaded.reasons("“challenger” of version 1 of model iris.clf") == [
        "An alias claims no stage: map it with --stage NAME=STAGE if it should."
    ]


def test_metrics_of_a_model_on_a_dataset_are_an_evaluation(loaded: Loaded, ids: dict[str, str]) -> None:
    (evaluation,) = loaded.some("evaluation", modelVersion=version_key("iris.clf", "1"))
    clean = data_key(loaded, "clean")
    assert evaluation["data"] == clean
    assert evaluation["metrics"] == {"accuracy": 0.9}
    assert evaluation["name"] == f"clean@{clean['version']} by run {ids['train']}"
    assert evaluation["kind"] == "QUALITY"
    run = loaded.one("run", runId=ids["train"])
    assert run["startedAt"] < evaluation["evaluatedAt"] < run["endedAt"]


def test_prompts_are_no_models(loaded: Loaded) -> None:
    assert not loaded.some("model", name="a-prompt")
    assert not loaded.some("modelVersion", name="a-prompt")


def test_the_source_and_namespace_are_the_users(trained: Trained, tmp_path: Path) -> None:
    loaded = read(trained.location, tmp_path, LoadOptions("tracking", namespace="science"))
    assert {run["source"] for run in loaded.of("run")} == {"tracking"}
    assert {each["namespace"] for each in (*loaded.of("modelVersion"), *loaded.of("datasetVersion"))} == {"science"}
