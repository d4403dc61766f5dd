"""The small rules: stages, times, numbers, sources, evaluations, batches."""

import json
from typing import Any

import pytest

from app.loading.loader import BATCH_BYTES, Item, LoadOptions
from graph_schema.declare import KEY_LENGTH
from loaders.mlflow import mapping
from loaders.mlflow.datasets import DatasetKey
from loaders.mlflow.packing import Packer
from loaders.mlflow.records import LoggedModel, Measure, Run, is_tombstone, number
from loaders.mlflow.stages import claim

MAPPING = {"champion": "PRODUCTION", "Shadow": "SHADOW", "old": "RETIRED", "try": "CANARY", "Staging": "CANARY"}


@pytest.mark.parametrize(
    ("aliases", "stage", "claimed", "unmapped"),
    (
        ((), "None", None, ()),
        ((), "", None, ()),
        ((), "Production", "PRODUCTION", ()),
        ((), "Archived", "ARCHIVED", ()),
        ((), "Staging", "CANARY", ()),
        (("champion",), "Archived", "PRODUCTION", ()),
        (("CHAMPION",), "None", "PRODUCTION", ()),
        (("shadow", "champion"), "None", "PRODUCTION", ()),
        (("old", "try"), "None", "CANARY", ()),
        (("old", "shadow"), "None", "RETIRED", ()),
        (("other",), "Production", "PRODUCTION", ("alias other",)),
        (("other", "champion"), "Odd", "PRODUCTION", ("alias other", "stage Odd")),
        (("production",), "None", None, ("alias production",)),
    ),
)
def test_what_a_version_claims(
    aliases: tuple[str, ...], stage: str, claimed: str | None, unmapped: tuple[str, ...]
) -> None:
    found = claim(aliases, stage, MAPPING)
    assert (found.stage, found.unmapped) == (claimed, unmapped)


def test_times_have_an_offset() -> None:
    assert mapping.moment(0) == "1970-01-01T00:00:00.000Z"
    assert mapping.moment(1_795_261_650_740) == "2026-11-21T11:47:30.740Z"
    assert mapping.moment(-1) == "1969-12-31T23:59:59.999Z"
    assert mapping.moment(None) is None
    assert mapping.moment(10**18) is None


def test_what_is_no_number_is_text() -> None:
    given = {"a": float("nan"), "b": float("inf"), "c": float("-inf"), "d": "NaN", "e": 1}
    assert mapping.numbers(given) == {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": "NaN", "e": 1.0}


@pytest.mark.parametrize(
    ("source", "model", "version", "alias", "run"),
    (
        ("models:/m-12ab", "m-12ab", ("", ""), ("", ""), ""),
        ("models:/m-12ab/", "m-12ab", ("", ""), ("", ""), ""),
        ("models:/a.b/3", "", ("a.b", "3"), ("", ""), ""),
        ("models:/a.b@best", "", ("", ""), ("a.b", "best"), ""),
        ("models:/team@churn/1", "", ("team@churn", "1"), ("", ""), ""),
        ("models:/a@b@champ", "", ("", ""), ("a@b", "champ"), ""),
        ("models:/m-1@best", "", ("", ""), ("m-1", "best"), ""),
        ("runs:/12ab/model", "", ("", ""), ("", ""), "12ab"),
        ("runs:/12ab", "", ("", ""), ("", ""), "12ab"),
        ("s3://bucket/models:/m-1", "", ("", ""), ("", ""), ""),
        ("", "", ("", ""), ("", ""), ""),
    ),
)
def test_what_a_source_names(
    source: str, model: str, version: tuple[str, str], alias: tuple[str, str], run: str
) -> None:
    assert mapping.logged_model_in(source) == model
    assert mapping.version_in(source) == version
    assert mapping.alias_in(source) == alias
    assert mapping.run_in(source) == run


def test_tombstones_are_known_by_any_of_their_signs() -> None:
    assert is_tombstone("Deleted_Internal", "", "")
    assert is_tombstone("None", "REDACTED-SOURCE-PATH", "")
    assert is_tombstone("None", "", "REDACTED-RUN-ID")
    assert not is_tombstone("None", "s3://REDACTED-", "run")


def test_numbers_come_as_numbers_or_text() -> None:
    assert [number(given) for given in (5, "5", "-5", None, "five", "")] == [5, 5, -5, None, None, None]


def measure(name: str, value: float, at: int, run: str = "r", dataset: tuple[str, str] | None = ("d", "1")) -> Measure:
    return Measure(name, value, at, 0, run, dataset)


def test_an_evaluation_is_what_one_run_measured_on_one_dataset() -> None:
    measures = (
        measure("f1", 0.5, 20),
        measure("accuracy", 0.9, 10),
        measure("f1", 0.6, 30),
        measure("f1", 0.7, 40, run="other"),
        measure("f1", 0.8, 50, dataset=("d", "2")),
        measure("loss", 0.1, 5, dataset=None),
    )
    model = LoggedModel("m-1", "1", "clf", "r", "", "", "READY", 0, {}, measures)
    assert mapping.evaluations(model) == [
        {"name": "d", "digest": "1", "run": "other", "at": 40, "metrics": {"f1": 0.7}},
        {"name": "d", "digest": "1", "run": "r", "at": 10, "metrics": {"accuracy": 0.9, "f1": 0.6}},
        {"name": "d", "digest": "2", "run": "r", "at": 50, "metrics": {"f1": 0.8}},
    ]
    assert mapping.last_metrics(model) == {"loss": 0.1, "accuracy": 0.9, "f1": 0.8}


def test_examinations_by_two_runs_are_two_even_in_one_millisecond() -> None:
    measures = [measure("f1", 0.5, 20, run, ("n" * 500, "8f9eb48c")) for run in ("a" * 32, "b" * 32)]
    model = LoggedModel("m-1", "1", "clf", "r", "", "", "READY", 0, {}, tuple(measures))
    rows, data = mapping.Rows(LoadOptions("mlflow")), DatasetKey("mlflow", "d", "1")
    said = [rows.evaluation({}, each, data)["evaluation"] for each in mapping.evaluations(model)]
    assert [each["evaluatedAt"] for each in said] == ["1970-01-01T00:00:00.020Z"] * 2
    first, second = (each["name"] for each in said)
    assert first != second
    assert len(first) == len(second) == KEY_LENGTH


def tagged(**tags: str) -> Run:
    names = {f"mlflow.source.git.{name}": value for name, value in tags.items()}
    return Run("r", "1", "", "", "", None, None, deleted=False, parameters={}, metrics={}, tags=names)


def test_the_repository_is_normalised_or_the_users() -> None:
    said = tagged(commit="abc", repoURL="git@git.example.com:team/code.git")
    assert mapping.repository_of(said, "https://git.example.com/other") == ("https://git.example.com/team/code", "abc")
    assert mapping.repository_of(tagged(commit="abc"), "https://git.example.com/other/") == (
        "https://git.example.com/other",
        "abc",
    )
    assert mapping.repository_of(tagged(commit="abc"), "") == ("", "abc")


def items(count: int, kind: str = "run", size: int = 0) -> list[Item]:
    return [{kind: {"n": number, "text": "x" * size}} for number in range(count)]


def packed(*pages: list[Item]) -> list[tuple[int, int, str, int]]:
    packer = Packer(None)
    batches = [batch for number, page in enumerate(pages, 1) for batch in packer.add(page, f"after {number}", number)]
    batches += [] if packer.empty else [packer.flush()]
    return [(len(each.nodes), len(each.relationships), each.cursor, each.done) for each in batches]


def test_small_pages_share_a_batch() -> None:
    assert packed(items(3), items(4, "used"), []) == [(3, 4, "after 3", 3)]
    assert packed() == []


def test_a_page_that_does_not_fit_begins_another_batch() -> None:
    assert packed(items(300), items(300)) == [(300, 0, "after 1", 1), (300, 0, "after 2", 2)]


def test_a_page_of_several_batches_names_the_place_before_it() -> None:
    assert packed(items(10), items(1100)) == [
        (10, 0, "after 1", 1),
        (500, 0, "after 1", 1),
        (500, 0, "after 1", 1),
        (100, 0, "after 2", 2),
    ]


def test_a_batch_stays_below_its_bytes() -> None:
    size = BATCH_BYTES // 3
    assert [nodes for nodes, _, _, _ in packed(items(5, size=size))] == [2, 2, 1]
    assert [nodes for nodes, _, _, _ in packed(items(2, size=BATCH_BYTES * 2))] == [1, 1]


def test_a_row_is_json() -> None:
    row: dict[str, Any] = {"a": mapping.numbers({"x": float("nan")})}
    assert json.loads(json.dumps(row, allow_nan=False)) == row
