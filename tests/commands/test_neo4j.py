"""The walk of the front page on a Neo4j: the same commands, the same answers."""

import json
import os
from pathlib import Path

import httpx
import pytest

from app.cli import run
from app.commands.exits import Exit
from app.graph.driver import Graph
from tests.serving import PATIENTLY, Serving

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def settings(graph: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The settings that name the Neo4j, in the environment too."""
    if graph.engine.kind != "neo4j":
        pytest.skip("a home is what the other tests of commands are about")
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PEDIGREE_")]:
        monkeypatch.delenv(name)
    endpoint = graph.endpoint
    found = {
        "graph_url": endpoint.url,
        "graph_user": endpoint.user,
        "graph_password": endpoint.password,
        "graph_database": endpoint.database,
        "home": str(tmp_path / "home"),
        "limit_seconds": "60",  # Neo4j's first plan of a statement takes long on a busy machine
    }
    for name, value in found.items():
        monkeypatch.setenv(f"PEDIGREE_{name.upper()}", value)
    return found


def test_the_walk(settings: dict[str, str], inventory: Path, capsys: Printed, tmp_path: Path) -> None:
    assert run(["load", "items", str(inventory)]) == Exit.DONE
    assert run(["doctor"]) == Exit.DONE
    assert "Neo4j" in capsys.readouterr().out
    assert run(["impact", "dataset:sales/orders"]) == Exit.DONE
    assert "model-version:churn/scorer/12" in capsys.readouterr().out
    with Serving(tmp_path / "home", **settings) as serving:
        assert httpx.get(f"{serving.address}/readyz", **PATIENTLY).json()["ready"] is True
        assert run(["impact", "dataset:sales/orders", "--json", "--server", serving.address]) == Exit.DONE
        assert json.loads(capsys.readouterr().out)["totalCount"] == 1
        assert settings["graph_password"] not in serving.log


def test_a_wrong_password(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.setenv("PEDIGREE_GRAPH_PASSWORD", "topsecret")
    assert run(["impact", "dataset:sales/orders"]) == Exit.UNREACHABLE
    printed = capsys.readouterr()
    assert "PEDIGREE_GRAPH_PASSWORD" in printed.err
    assert "topsecret" not in printed.err
    assert settings["graph_password"] not in printed.err
    assert run(["doctor", "--json"]) == Exit.NO
    assert "topsecret" not in capsys.readouterr().out


def test_a_database_that_is_not_there(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("PEDIGREE_GRAPH_DATABASE", "nope")
    assert run(["impact", "dataset:sales/orders"]) == Exit.UNREACHABLE
    assert "PEDIGREE_GRAPH_DATABASE" in capsys.readouterr().err
