"""A push and a pull with a service that runs, and with its home: what comes out is what went in."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit
from tests.commands.contents import REF, manifest_of, write
from tests.commands.pulling import found

Where = list[str]
Printed = pytest.CaptureFixture[str]

FILES = {
    "model.safetensors": b"\2\0\0\0\0\0\0\0{}",
    "pytorch_model.bin": os.urandom(3_000_000),
    "tokenizer/größe 模型.txt": os.urandom(10),
    "empty": b"",
    "same": b"\2\0\0\0\0\0\0\0{}",
}
OTHER = "model-version:churn/other/1"


def _answer(capsys: Printed, *words: str, code: Exit = Exit.DONE) -> Any:
    assert run([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_what_is_pulled_is_what_was_pushed(where: Where, tmp_path: Path, capsys: Printed) -> None:
    files = {**FILES, "weights.bin": os.urandom(1_000)}
    folder = write(tmp_path / "model", files)
    ref = f"model-version:churn/pushed/{where[0].strip('-')}"
    pushed = _answer(capsys, "push", ref, str(folder), *where)
    assert pushed["manifestDigest"] == manifest_of(files).digest
    assert pushed["sent"]["bytes"] >= 1_000
    again = _answer(capsys, "push", ref, str(folder), *where)
    assert (again["manifestDigest"], again["sent"]) == (pushed["manifestDigest"], {"files": 0, "bytes": 0})

    pulled = _answer(capsys, "pull", ref, str(tmp_path / "into"), *where)
    assert (pulled["matches"], pulled["manifestDigest"]) == (True, pushed["manifestDigest"])
    assert found(tmp_path / "into") == files
    kept = _answer(capsys, "pull", ref, str(tmp_path / "into"), *where)
    assert (kept["fetched"]["files"], kept["kept"]["files"]) == (0, len(files))


def test_a_model_stands_for_its_version_in_production(where: Where, tmp_path: Path, capsys: Printed) -> None:
    folder = write(tmp_path / "model", FILES)
    _answer(capsys, "push", REF, str(folder), *where)
    pulled = _answer(capsys, "pull", "model:churn/scorer", str(tmp_path / "into"), *where)
    assert (pulled["modelVersion"], pulled["matches"]) == (REF, True)
    assert found(tmp_path / "into") == FILES


def test_the_files_of_a_version_never_change(where: Where, tmp_path: Path, capsys: Printed) -> None:
    folder = write(tmp_path / "model", {"config.json": b"{}"})
    _answer(capsys, "push", OTHER, str(folder), *where)
    write(folder, {"config.json": b"[]"})
    assert run(["push", OTHER, str(folder), *where]) == Exit.NO
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "config.json" in printed.err


def test_a_file_that_is_cut_short_is_refused_with_its_reason(where: Where, tmp_path: Path, capsys: Printed) -> None:
    folder = write(tmp_path / "model", {"config.json": b"{}", "model.safetensors": b"\xff\0\0\0\0\0\0\0" + b'{"w": '})
    ref = f"model-version:churn/cut/{where[0].strip('-')}"
    assert run(["push", ref, str(folder), *where]) == Exit.NO
    printed = capsys.readouterr()
    said = " ".join(printed.err.split())
    assert printed.out == ""
    assert "'model.safetensors' is not taken, and what arrived of it was thrown away." in said
    assert "It ends before its header does: it is cut short." in said
    assert "leave it out" in said
    (folder / "model.safetensors").write_bytes(FILES["model.safetensors"])
    _answer(capsys, "push", ref, str(folder), *where)


def test_a_version_without_files_is_not_pulled(where: Where, tmp_path: Path, capsys: Printed) -> None:
    assert run(["pull", "model-version:churn/nobody/1", str(tmp_path / "into"), *where]) == Exit.USAGE
    assert "There is no model-version:churn/nobody/1" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "into").exists()
