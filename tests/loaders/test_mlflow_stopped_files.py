"""A load with files that is stopped, or whose store goes away: the same command goes on."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit
from tests.loaders.filed import Load, files_in
from tests.loaders.pretended_tracking import Pretended, tracking
from tests.serving import PEDIGREE, clean_environment

FIRST = {"MLmodel": os.urandom(100)}
SECOND = {"MLmodel": os.urandom(100), "model.bin": os.urandom(3_000_000)}


@pytest.fixture
def server() -> Iterator[Pretended]:
    with tracking() as found:
        found.holds("a", FIRST)
        found.holds("b", SECOND)
        yield found


def failing_once(path: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server fails at the call of that number to that path."""
    answer, calls = Pretended.answer, [0]

    def failing(self: Pretended, asked_path: str, asked: Mapping[str, str]) -> Any:
        calls[0] += asked_path == path
        return None if asked_path == path and calls[0] == number else answer(self, asked_path, asked)

    monkeypatch.setattr(Pretended, "answer", failing)


@pytest.mark.parametrize("how", (signal.SIGINT, signal.SIGKILL))
def test_what_is_stopped_goes_on(how: signal.Signals, server: Pretended, load: Load, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    started: list[subprocess.Popen[str]] = []

    def stop(path: str) -> None:
        if path == "b/model.bin":
            started[0].send_signal(how)

    server.on_file = stop
    words = [str(PEDIGREE), "load", "mlflow", server.address, "--with-artifacts", "--source", load.source, *load.where]
    environment = clean_environment() | {"TMPDIR": str(temporary)}
    started.append(subprocess.Popen(words, env=environment, stdout=-1, stderr=-1, text=True))
    printed, said = started[0].communicate(timeout=60)
    assert printed == ""
    assert "Traceback" not in said
    if how is signal.SIGINT:
        assert started[0].returncode == Exit.INTERRUPTED
        assert "the same command goes on with the files that are missing" in " ".join(said.split())
        assert list(temporary.iterdir()) == []
    server.on_file = lambda _path: None
    code, found = load(server.address)
    assert (code, found["there"]["versions"], found["handedOver"]["versions"]) == (Exit.DONE, 1, 1)
    assert load.pulled("b/1", tmp_path / "b") == SECOND


def test_a_store_that_goes_away_before_its_files(
    server: Pretended, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_once("/model-versions/search", 2, monkeypatch)
    code, found = load(server.address)
    assert code == Exit.USAGE  # as of a load whose store cannot be understood
    assert found["failure"]["code"] == "SOURCE_UNUSABLE"
    assert load(server.address)[1]["handedOver"]["versions"] == 2


def test_a_resumed_load_brings_files_if_it_was_to(
    server: Pretended, load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.places |= {f"elsewhere-{number}": "s3://bucket" for number in range(600)}  # more than one batch
    failing_once("/runs/search", 1, monkeypatch)
    code, found = load(server.address, "--namespace", "ours")
    assert (code, found) == (Exit.USAGE, None)
    assert not [each for each in server.asked if "mlflow-artifacts" in each]
    words = ["load", "mlflow", server.address, "--source", load.source, "--resume", "--json", *load.where]
    assert run(words) == Exit.PARTLY
    found = json.loads(load.capsys.readouterr().out)["artifacts"]
    assert (found["handedOver"]["versions"], found["failed"], len(found["failures"])) == (2, 600, 200)
    assert run(["pull", "model-version:ours/b/1", str(tmp_path / "b"), *load.where]) == Exit.DONE
    assert files_in(tmp_path / "b") == SECOND
