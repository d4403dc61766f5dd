"""What a reading makes of a store that holds much of one thing."""

from pathlib import Path

import pytest

from app.loading.loader import LoadOptions
from graph_schema.values import TEXTS_LIMIT
from loaders.mlflow.records import LoggedModel, Measure, RegisteredModel, Version
from tests.unit.loaders.holding import Held, a_run, data, made_of


@pytest.mark.parametrize("more", (0, 1, 7))
def test_of_too_many_addresses_as_many_are_kept_as_one_list_takes(tmp_path: Path, more: int) -> None:
    places = [f"/tmp/{number:08}.csv" for number in range(TEXTS_LIMIT + more)]  # noqa: S108 - it is not opened
    runs = [a_run(f"r{number}", data("iris", place)) for number, place in enumerate(reversed(places))]
    loaded = made_of(Held(runs), tmp_path)
    said = loaded.one("datasetVersion", name="iris")
    assert (said["uri"], said["addresses"]) == (places[0], places[:TEXTS_LIMIT])
    told = [(each.reason, each.row) for each in loaded.skipped]
    reason = "It has more than 1,000 addresses: as many are kept, the first by name."
    assert told == [(reason, f"dataset iris, version aaaaaaaa, {more} left out")] * (more > 0)


def test_the_reasons_do_not_hold_what_the_store_says(tmp_path: Path) -> None:
    numbers = [str(number) for number in range(1, 31)]
    versions = [
        Version("clf", each, 1, "", f"Stage {each}", f"/m/{each}", "r1", "", f"FAILED_{each}" * (each > "3"), False)
        for each in numbers
    ]
    model = RegisteredModel("clf", 1, "", {}, {f"build-{each}": each for each in numbers})
    run = a_run("r1", *(data(f"d{each}", f"/d/{each}", f"fold-{each}") for each in numbers))
    loaded = made_of(Held([run], held_models=[model], held_versions=versions), tmp_path)
    assert {each.reason for each in loaded.skipped} == {
        "An alias claims no stage: map it with --stage NAME=STAGE if it should.",
        "An old stage claims no stage: map it with --stage NAME=STAGE if it should.",
        "Its context is no known role: taken as training, at half confidence.",
        "Its registration failed in MLflow.",
    }
    assert {"“build-1” of version 1 of model clf", "“fold-1” of run r1, dataset d1"} <= {
        each.row for each in loaded.skipped
    }
    assert {each.word for each in loaded.skipped} >= {"build-1", "Stage 1", "fold-1", "fold-30"}


@pytest.mark.parametrize("name", ("train", "orders"))
def test_an_evaluation_finds_its_data_by_each_name_that_it_has(tmp_path: Path, name: str) -> None:
    runs = [a_run("r1", data("train", "s3://lake/x")), a_run("r2", data("orders", "s3://lake/x"))]
    measure = Measure("auc", 0.5, 1_000, 0, "r2", (name, "aaaaaaaa"))
    logged = LoggedModel("m-1", "0", "clf", "r1", "/m-1", "", "READY", 5, {}, (measure,))
    loaded = made_of(Held(runs, [logged]), tmp_path, LoadOptions("mlflow", datasets_by="uri"))
    known = loaded.one("datasetVersion")
    assert (known["namespace"], known["name"]) == ("s3://lake", "x")
    assert loaded.one("evaluation")["data"] == {each: known[each] for each in ("namespace", "name", "version")}
