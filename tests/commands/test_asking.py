"""The questions, asked of a service and of a home: the same answers."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit
from app.commands.references import reference

SCORER = "model-version:churn/scorer/12"
ORDERS = "dataset:sales/orders"

Where = list[str]
Printed = pytest.CaptureFixture[str]


def _json(capsys: Printed) -> Any:
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


def test_impact_for_a_person(where: Where, capsys: Printed) -> None:
    assert run(["impact", ORDERS, *where]) == Exit.DONE
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == f"1 model version in PRODUCTION reached from {ORDERS}"
    assert SCORER in lines
    assert "  PRODUCTION, 3 hops" in lines
    assert "  dataset-version:sales/orders/1" in lines
    assert any("DERIVED_FROM" in line for line in lines)
    assert any("TRAINED_ON" in line and "mlflow, inferred, 50%" in line for line in lines)
    assert any("→ run:mlflow/4f4f4f4f… (train the scorer)" in line for line in lines)
    assert lines[-1].startswith("Complete:")
    assert max(map(len, lines)) <= 80


def test_impact_for_a_program(where: Where, capsys: Printed) -> None:
    assert run(["impact", ORDERS, "--json", *where]) == Exit.DONE
    found = _json(capsys)
    assert [reference(edge["node"]) for edge in found["edges"]] == [SCORER]
    assert found["completeness"]["complete"] is True


@pytest.mark.parametrize(
    ("words", "count"),
    (
        (["--stage", "staging"], 0),
        (["--stage", "any"], 1),
        (["--stage", "staging", "--stage", "production"], 1),
        (["--max-hops", "2"], 0),
        (["--role", "validation"], 0),
        (["--role", "training", "--role", "validation"], 1),
    ),
)
def test_impact_by_stage_role_and_hops(where: Where, words: list[str], count: int, capsys: Printed) -> None:
    assert run(["impact", ORDERS, "--json", *words, *where]) == Exit.DONE
    assert _json(capsys)["totalCount"] == count


def test_what_is_not_there_is_told(where: Where, capsys: Printed) -> None:
    for words in (["impact", "dataset:sales/nope"], ["lineage", "run:x/y"], ["path", ORDERS, "model:no/pe"]):
        assert run([*words, *where]) == Exit.USAGE
        printed = capsys.readouterr()
        assert printed.out == ""
        assert "Error:" in printed.err


def test_lineage_both_ways(where: Where, capsys: Printed) -> None:
    assert run(["lineage", SCORER, "--json", *where]) == Exit.DONE
    found = _json(capsys)
    assert [(reference(each["node"]), each["hops"]) for each in found["nodes"]] == [
        (f"run:mlflow/{'4f' * 16}", 1),
        ("dataset-version:sales/orders-clean/1", 2),
        ("dataset-version:sales/orders/1", 3),
    ]
    assert run(["lineage", ORDERS, "--direction", "downstream", *where]) == Exit.DONE
    printed = capsys.readouterr().out
    assert SCORER in printed
    assert "GENERATED_BY" in printed
    assert max(len(line) for line in printed.splitlines()) <= 80


@pytest.mark.parametrize("direction", ("DOWNSTREAM", "Downstream"))
def test_a_direction_in_any_case(where: Where, direction: str, capsys: Printed) -> None:
    assert run(["lineage", ORDERS, "--json", "--direction", direction, *where]) == Exit.DONE
    assert SCORER in [reference(each["node"]) for each in _json(capsys)["nodes"]]


def test_a_path_and_none(where: Where, capsys: Printed) -> None:
    assert run(["path", ORDERS, SCORER, *where]) == Exit.DONE
    assert "→ run:mlflow/4f4f4f4f… (train the scorer)" in capsys.readouterr().out
    assert run(["path", SCORER, ORDERS, *where]) == Exit.NO
    assert "No data flows" in capsys.readouterr().out
    assert run(["path", SCORER, ORDERS, "--json", *where]) == Exit.NO
    assert _json(capsys)["steps"] is None


def test_a_ref_may_be_an_id(where: Where, capsys: Printed) -> None:
    assert run(["path", ORDERS, SCORER, "--json", *where]) == Exit.DONE
    steps = _json(capsys)["steps"]
    assert run(["path", steps[0]["from"]["id"], steps[-1]["to"]["id"], "--json", *where]) == Exit.DONE
    assert _json(capsys)["steps"] == steps


def test_a_document_with_variables(where: Where, tmp_path: Path, capsys: Printed) -> None:
    text = """
    query Q($namespace: String!, $name: String!, $first: Int) {
      dataset(key: { namespace: $namespace, name: $name }) { owner versions(first: $first) { totalCount } }
    }
    """
    (tmp_path / "q.graphql").write_text(text, encoding="utf-8")
    words = ["--var", "namespace=sales", "--var", "name=orders", "--var", "first=5"]
    assert run(["query", "q.graphql", *words, *where]) == Exit.DONE
    assert _json(capsys)["data"] == {"dataset": {"owner": "Sales data", "versions": {"totalCount": 1}}}


def test_a_document_by_standard_input(where: Where, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{ models { nope } }")))
    assert run(["query", "-", *where]) == Exit.USAGE
    printed = capsys.readouterr()
    assert json.loads(printed.out)["errors"]
    assert "Cannot query field" in printed.err


def test_doctor_finds_nothing_wrong(where: Where, capsys: Printed) -> None:
    assert run(["doctor", "--json", *where]) == Exit.DONE
    findings = _json(capsys)["findings"]
    assert {each["state"] for each in findings} == {"ok"}
    assert run(["doctor", *where]) == Exit.DONE
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80
