"""The command line's manners: words for every failure, exit codes for scripts, standard output for the answer alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli
from app.cli import run
from app.commands.exits import Exit, exit_for, exit_for_code
from app.errors import ErrorCode, PedigreeError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env`, a home of its own, and none of our variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PEDIGREE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PEDIGREE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PEDIGREE_SERVER", "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    (
        (["nope"], Exit.USAGE, 'Unknown command "nope"'),
        (["impact"], Exit.USAGE, "no REF to start from"),
        (["impact", "orders"], Exit.USAGE, "A REF is kind:key"),
        (["impact", "dataset:a/b", "--stage", "nope"], Exit.USAGE, "Choose from DEVELOPMENT"),
        (["impact", "dataset:a/b", "--first", "x"], Exit.USAGE, "--first"),
        (["path", "dataset:a/b"], Exit.USAGE, "END"),
        (["lineage", "dataset:a/b", "--direction", "sideways"], Exit.USAGE, "Choose from UPSTREAM, DOWNSTREAM"),
        (["query", "nope.graphql"], Exit.USAGE, "nope.graphql cannot be read"),
        (["query", "odd.graphql"], Exit.USAGE, "not UTF-8"),
        (["query", "good.graphql", "--var", "x"], Exit.USAGE, "--var name=value"),
        (["query", "good.graphql"], Exit.UNREACHABLE, "No Pedigree answers at http://127.0.0.1:1"),
        (["impact", "dataset:a/b"], Exit.UNREACHABLE, "pedigree serve"),
        (["load", "nope", "x"], Exit.USAGE, "There are: items, mlflow"),
        (["load", "items", "x", "--stage", "champion"], Exit.USAGE, "--stage champion=PRODUCTION"),
        (["load", "items", "x", "--stage", "champion=BEST"], Exit.USAGE, "DEVELOPMENT"),
        (["load", "items", "x", "--resume", "--dry-run"], Exit.USAGE, "--resume"),
        (["load", "items", "x", "--repository", "https://u:pw@[::1/x"], Exit.USAGE, "--repository: expected"),
        (["load", "items", "x", "--to-file", "y", "--complete"], Exit.USAGE, "--to-file"),
        (["load", "items", "nope.jsonl"], Exit.UNREACHABLE, "nope.jsonl"),
        (["load", "items", "good.graphql"], Exit.USAGE, "--to-file"),
        (["load", "items", "items.jsonl", "--resume"], Exit.USAGE, "no unfinished load of the source mlflow"),
        (["impact", "dataset:a/b", "--server", "localhost"], Exit.USAGE, "PEDIGREE_SERVER"),
        (["impact", "dataset:a/b", "--graph-url", "http://x"], Exit.USAGE, "PEDIGREE_GRAPH_URL"),
        (["impact", "dataset:a/b", "--graph-url", "bolt://127.0.0.1:1"], Exit.UNREACHABLE, "No graph answers"),
        (["documents", "register"], Exit.USAGE, "no file"),
        (["documents", "register", "good.graphql"], Exit.USAGE, "on the graph itself"),
        (["documents", "list"], Exit.USAGE, "--home or --graph-url"),
        (["documents", "nope"], Exit.USAGE, 'Unknown command "nope"'),
        (["retention", "nope"], Exit.USAGE, 'Unknown command "nope"'),
        (["retention", "list"], Exit.UNREACHABLE, "No Pedigree answers at http://127.0.0.1:1"),
        (["hold", "list"], Exit.UNREACHABLE, "No Pedigree answers at http://127.0.0.1:1"),
        (["storage"], Exit.UNREACHABLE, "No Pedigree answers at http://127.0.0.1:1"),
        (["serve", "--port", "70000"], Exit.USAGE, "PEDIGREE_PORT"),
    ),
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_told(
    words: list[str], code: Exit, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.graphql").write_text("{ __typename }", encoding="utf-8")
    (tmp_path / "odd.graphql").write_bytes(b"\xff")
    (tmp_path / "items.jsonl").write_text('{"source": "mlflow", "store": "s", "namespace": "n"}\n', encoding="utf-8")
    assert run(words) == code
    printed = capsys.readouterr()
    assert told in " ".join(printed.err.replace("│", " ").split())
    assert printed.out == ""
    assert "Traceback" not in printed.err


COMMANDS = (
    "impact",
    "lineage",
    "path",
    "query",
    "load",
    "push",
    "pull",
    "verify",
    "retention",
    "hold",
    "storage",
    "documents",
    "doctor",
    "schema",
    "serve",
)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == Exit.DONE
    printed = capsys.readouterr().out
    for name in COMMANDS:
        assert f" {name} " in printed


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_on_a_terminal(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == Exit.DONE
    printed = capsys.readouterr().out
    assert f"pedigree {name}" in printed
    assert max(len(line) for line in printed.splitlines()) <= 80


@pytest.mark.parametrize(
    "words",
    (*(["retention", each] for each in ("plan", "show", "list", "approve", "apply", "restore")),
     *(["hold", each] for each in ("place", "lift", "list"))),
    ids=" ".join,
)  # fmt: skip
def test_each_part_of_a_command_explains_itself_too(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--help"]) == Exit.DONE
    printed = capsys.readouterr().out
    assert f"pedigree {' '.join(words)}" in printed
    assert max(len(line) for line in printed.splitlines()) <= 80


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == Exit.DONE
    assert capsys.readouterr().out.strip()[0].isdigit()


def test_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == Exit.DONE
    assert "type Query {" in capsys.readouterr().out


def test_ctrl_c_ends_a_command_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_words: object, **_how: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupted)
    assert run(["doctor"]) == Exit.INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


def test_what_nobody_foresaw_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_words: object, **_how: object) -> int:
        raise ValueError("this and that")

    monkeypatch.setattr(cli, "app", breaks)
    assert run(["doctor"]) == Exit.UNREACHABLE
    printed = capsys.readouterr().err
    assert "ValueError: this and that" in " ".join(printed.split())
    assert "Traceback" not in printed


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    command = "pedigree schema | head -1; exit ${PIPESTATUS[0]}"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0
    assert ended.stderr == ""


def test_doctor_says_what_is_misspelt_and_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PEDIGREE_GRAPH_URI", "bolt://127.0.0.1:7687")
    (tmp_path / ".env").write_text("PEDIGREE_PORT=8001\n", encoding="utf-8")
    assert run(["doctor", "--json"]) == Exit.NO
    findings = json.loads(capsys.readouterr().out)["findings"]
    by_state = {
        state: " ".join(each["says"] for each in findings if each["state"] == state) for state in ("note", "fails")
    }
    assert "PEDIGREE_GRAPH_URI is set, and is no setting" in by_state["note"]
    assert ".env is read" in by_state["note"]
    assert "No Pedigree answers at http://127.0.0.1:1" in by_state["fails"]


def test_every_code_has_an_exit() -> None:
    assert exit_for(PedigreeError("", code=ErrorCode.GRAPH_UNREACHABLE)) == Exit.UNREACHABLE
    assert exit_for(PedigreeError("", code=ErrorCode.RATE_LIMITED)) == Exit.UNREACHABLE
    assert exit_for(PedigreeError("", code=ErrorCode.RETRACTION_TOO_LARGE)) == Exit.NO
    assert exit_for(PedigreeError("", code=ErrorCode.SOURCE_MISMATCH)) == Exit.USAGE
    assert exit_for_code("GRAPHQL_VALIDATION_FAILED") == Exit.USAGE
    assert all(exit_for_code(code) != Exit.DONE for code in ErrorCode)
