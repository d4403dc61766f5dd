"""What a person sees of an answer: it fits a terminal, and says what it does not know."""

import io
from typing import Any

import pytest
from rich.console import Console

from app.commands.answers import completeness, impact_edges, name_of, said_by

RUN = {"__typename": "Run", "id": "x", "source": "mlflow", "runId": "4f" * 16, "runName": "train the scorer"}
DATA = {"__typename": "DatasetVersion", "id": "d", "namespace": "sales", "name": "orders", "version": "3"}
SCORER = {
    "__typename": "ModelVersion",
    "id": "m",
    "namespace": "churn",
    "name": "scorer",
    "version": "12",
    "stage": "PRODUCTION",
}
COMPLETE = {"complete": True, "truncatedBy": [], "hiddenCount": 0, "unknownAncestry": 0, "staleSources": []}


def _said(type_: str, method: str = "CLAIMED", confidence: float = 1.0) -> dict[str, Any]:
    return {"type": type_, "source": "mlflow", "method": method, "confidence": confidence}


def _edge(**deployments: Any) -> dict[str, Any]:
    return {
        "hops": 2,
        "node": SCORER | deployments,
        "witness": [
            {"from": DATA, "to": RUN, "relationship": _said("TRAINED_ON", "INFERRED", 0.5)},
            {"from": RUN, "to": SCORER, "relationship": _said("GENERATED_BY")},
        ],
    }


@pytest.fixture
def console() -> Console:
    """A terminal of 80 columns."""
    return Console(file=io.StringIO(), width=80, highlight=False)


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_answer_comes_with_its_path(console: Console) -> None:
    endpoint = {"environment": "prod", "name": "churn"}
    impact_edges([_edge(deployments={"edges": [{"node": {"endpoint": endpoint}}]})], console)
    lines = [line.rstrip() for line in _text(console).splitlines()]
    assert lines[0] == "model-version:churn/scorer/12"
    assert lines[1] == "  PRODUCTION, 2 hops, serves prod/churn"
    assert lines[2] == "  dataset-version:sales/orders/3"
    assert "→ run:mlflow/4f4f4f4f… (train the scorer)" in lines[3]
    assert "TRAINED_ON" in lines[3]
    assert "mlflow, inferred," in lines[3]
    assert "→ model-version:churn/scorer/12" in _text(console)


def test_long_names_are_folded_and_not_cut(console: Console) -> None:
    edge = _edge()
    name = "q" * 250
    edge["witness"][1]["to"] = SCORER | {"name": name}
    impact_edges([edge], console)
    text = _text(console)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.count("…") == 1
    assert text.count("q") == 250


def test_square_brackets_are_shown_as_they_are(console: Console) -> None:
    edge = _edge()
    edge["witness"][1]["to"] = SCORER | {"name": "[red]x[/]"}
    impact_edges([edge], console)
    assert "[red]x[/]".replace("[", "%5B").replace("]", "%5D").replace("/", "%2F") in _text(console)


def test_a_complete_answer_says_so(console: Console) -> None:
    completeness(COMPLETE, console)
    assert _text(console).startswith("Complete:")


def test_an_incomplete_answer_says_why(console: Console) -> None:
    found = {
        "complete": False,
        "truncatedBy": ["HOPS", "NODES", "LATER"],
        "hiddenCount": 3,
        "unknownAncestry": 1,
        "staleSources": [{"name": "mlflow"}, {"name": "research"}],
    }
    completeness(found, console)
    text = " ".join(_text(console).split())
    assert text.startswith("Not complete:")
    for words in ("--max-hops", "more answers", "LATER", "3 things", "1 model version has", "mlflow, research"):
        assert words in text


def test_a_run_is_called_by_its_own_name() -> None:
    assert name_of(RUN | {"runId": "run-7", "runName": None}) == "run:mlflow/run-7"
    assert name_of(RUN) == "run:mlflow/4f4f4f4f… (train the scorer)"


def test_who_says_it() -> None:
    assert said_by(_said("X")) == "mlflow"
    assert said_by(_said("X", "VERIFIED")) == "mlflow, verified"
    assert said_by(_said("X", "INFERRED", 0.5)) == "mlflow, inferred, 50%"
