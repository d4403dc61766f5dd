"""The committed sample inventory: small, about models and not about a machine, and such that a load can be repeated."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.loading.loader import NODE_KINDS, LoadOptions
from graph_schema.relationships import SCHEMA
from loaders.items import LOADER

INVENTORY = Path(__file__).parents[2] / "samples" / "inventory"
FILES = sorted(INVENTORY.glob("*.jsonl"))
RELATIONSHIPS = {"used", "produced", "builtFrom", "partOf", "derivedFrom", "basedOn", "contains", "calls", "owns"}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()[1:]]


def of(kind: str) -> list[dict[str, Any]]:
    return [row[kind] for path in FILES for row in rows(path) if kind in row]


def test_it_is_small() -> None:
    assert {path.name for path in FILES} == {"mlflow.jsonl", "serving.jsonl"}
    assert sum(path.stat().st_size for path in FILES) < 300_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_loader_reads_it(path: Path, tmp_path: Path) -> None:
    reading = LOADER.open(str(path), LoadOptions(""), tmp_path)
    found = [item for batch in reading.batches() for item in (*batch.nodes, *batch.relationships)]
    reading.close()
    assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, rows(path)))
    assert {kind for item in found for kind in item} <= NODE_KINDS | RELATIONSHIPS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_names_only_declared_properties(path: Path) -> None:
    declared = {
        node.input_name: {part.name for part in (*node.key, *node.properties)} | {each.field for each in node.implied}
        for node in SCHEMA.nodes
        if node.input_name
    }
    for row in rows(path):
        for kind, said in row.items():
            assert kind not in declared or set(said) <= declared[kind], row


def test_the_story_is_in_it() -> None:
    stages = {(each["name"], each["version"]): each.get("claimedStage") for each in of("modelVersion")}
    assert [key for key, stage in stages.items() if stage == "PRODUCTION"] == [
        ("form-reader", "1"),
        ("readmission-risk", "1"),
        ("referral-screening", "1"),
        ("tumour-screening", "2"),
        ("tumour-triage", "1"),
    ]
    made = {
        (each["modelVersion"]["name"], each["modelVersion"]["version"])
        for each in of("produced")
        if "modelVersion" in each
    }
    assert set(stages) - made == {("readmission-risk", "1")}, "one version of unknown ancestry"
    assert {each["role"] for each in of("used") if each.get("data", {}).get("name") == "biopsies"} == {
        "INPUT",
        "VALIDATION",
    }
    assert [each["modelVersion"]["name"] for each in of("used") if "modelVersion" in each] == ["tumour-screening"]
    assert of("partOf")
    assert of("evaluation")
    assert of("deployment")
    assert of("commit")
