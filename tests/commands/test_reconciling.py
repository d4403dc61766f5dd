"""`pedigree reconcile`, of a service that runs, and of its home."""

import json
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from app.artifacts.content import content_key
from app.cli import run
from app.commands.exits import Exit
from tests.commands.contents import sha256, write
from tests.serving import Serving

Where = list[str]
Printed = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, Path]]:
    """A service of its own: what other tests leave in a store would be told of here."""
    home = tmp_path_factory.mktemp("reconciled")
    with Serving(home) as serving:
        yield serving.address, home


def _digest(data: bytes) -> str:
    return f"sha256:{sha256(data)}"


def _place(home: Path, data: bytes) -> Path:
    return home / "artifacts" / content_key(sha256(data))


def _stray(home: Path, data: bytes) -> Path:
    """Puts bytes into the store of the home that nobody recorded, as if they had lain there for a day."""
    path = _place(home, data)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (time.time() - 86_400, time.time() - 86_400))
    return path


def _told(capsys: Printed, *words: str, code: Exit) -> Any:
    assert run(["reconcile", *words, "--json"]) == code
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


def test_it_tells_and_then_does_what_it_told(
    where: Where, served: tuple[str, Path], tmp_path: Path, capsys: Printed
) -> None:
    held, lone = os.urandom(90), os.urandom(70)
    ref = f"model-version:reconciled/m/{where[0].strip('-')}"
    assert run(["push", ref, str(write(tmp_path / "model", {"weights.bin": held})), *where]) == Exit.DONE
    stray = _stray(served[1], lone)
    _place(served[1], held).unlink()
    capsys.readouterr()
    assert run(["reconcile", *where]) == Exit.NO
    printed = capsys.readouterr()
    assert "held, and nobody recorded them" in printed.out
    assert f"UNRECORDED  {_digest(lone)}" in printed.out
    assert f"ABSENT      {_digest(held)}" in printed.out
    assert "Nothing was touched" in printed.err
    assert stray.exists()
    assert run(["reconcile", "--apply", *where]) == Exit.DONE
    assert "1 removed (70 bytes); 1 put on record.\n" in capsys.readouterr().out
    assert not stray.exists()
    assert run(["reconcile", *where]) == Exit.DONE
    assert capsys.readouterr().out.endswith("The store holds what is recorded, and nothing else.\n")


def test_what_it_tells_programs(where: Where, served: tuple[str, Path], capsys: Printed) -> None:
    lone = os.urandom(50)
    _stray(served[1], lone)
    told = _told(capsys, *where, code=Exit.NO)
    [found] = told["differences"]
    assert (found["digest"], found["kind"], found["storedBytes"]) == (_digest(lone), "UNRECORDED", 50)
    assert told["done"] == []
    done = _told(capsys, "--apply", *where, code=Exit.DONE)["done"]
    assert done == [{"digest": _digest(lone), "bytes": 50, "kept": None, "state": None}]
    assert _told(capsys, "--apply", *where, code=Exit.DONE)["differences"] == []
