"""`pedigree pull` as tests call it."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit
from tests.commands.contents import REF

Printed = pytest.CaptureFixture[str]


def pulled(capsys: Printed, into: Path, *words: str, ref: str = REF, code: Exit = Exit.DONE) -> Any:
    """What it says it did, as JSON; it ends with that code."""
    assert run(["pull", ref, str(into), "--json", *words]) == code
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


def refused(capsys: Printed, into: Path, *words: str, ref: str = REF) -> tuple[int, str]:
    """The exit code of one that prints no answer, and what it says instead."""
    code = run(["pull", ref, str(into), *words])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return code, " ".join(printed.err.split())


def found(folder: Path) -> dict[str, bytes]:
    """What files there are, whatever their names."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
