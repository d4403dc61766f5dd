"""Each page is walked through from its top: files are written as shown, commands run, printed answers compared."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.access.tokens import digest_of
from samples.running import INVENTORY, PARTS
from tests.guides.blocks import Block, blocks
from tests.servers import mlflow
from tests.servers.environments import python_of
from tests.servers.java import Missing
from tests.serving import PEDIGREE, Serving, clean_environment, pedigree

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guides"
OF_THE_CHECKOUT = ("make ", ". .venv/")
"""How blocks begin that are meant for the folder of the clone."""


def _environment(name: str) -> Path:
    """The Python of the environment of that name."""
    try:
        return python_of(name)
    except Missing as reason:
        if os.environ.get("PEDIGREE_REQUIRE_SERVERS") == "1":
            pytest.fail(f"{name} is required (PEDIGREE_REQUIRE_SERVERS=1): {reason}", pytrace=False)
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def mlflow_python() -> Path:
    """The Python of an environment with MLflow."""
    return _environment("mlflow-server")


@pytest.fixture
def samples(tmp_path: Path) -> Iterator[str]:
    """The address of a service with the sample inventory."""
    with Serving(tmp_path / "samples") as serving:
        for part in PARTS:
            loaded = pedigree("load", "items", str(INVENTORY / part), "--server", serving.address, folder=tmp_path)
            assert loaded.returncode == 0, loaded.stderr
        yield serving.address


@pytest.fixture(scope="session")
def store(mlflow_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The MLflow store that the guide to MLflow makes."""
    folder = tmp_path_factory.mktemp("store")
    _write_files(GUIDES / "mlflow.md", folder)
    subprocess.run([mlflow_python, "train.py"], cwd=folder, env=mlflow.environment(), check=True, timeout=300)
    return folder / "mlflow.db"


def _write_files(page: Path, folder: Path) -> None:
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")


def _programs(folder: Path, **programs: Path) -> Path:
    """A folder for the path, in which a page's commands find these programs by these names."""
    found = folder / "programs"
    found.mkdir()
    for name, program in programs.items():
        script = found / name
        script.write_text(f'#!/bin/sh\nexec "{program}" "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    return found


def _run(block: Block, folder: Path, programs: Path, server: str) -> str:
    here = ROOT if block.text.startswith(OF_THE_CHECKOUT) else folder
    asked = {"server": server} if server else {"home": str(folder / "home")}
    environment = clean_environment(**asked) | mlflow.QUIET
    environment["PATH"] = f"{programs}{os.pathsep}{environment['PATH']}"
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=here,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, f"line {block.line}: {block.text}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def _plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


Walk = Callable[..., list[str]]


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """Walk through a page, and return what each of its commands printed."""

    def walking(page: Path, server: str = "", **programs: Path) -> list[str]:
        path = _programs(tmp_path, pedigree=PEDIGREE, **programs)
        _write_files(page, tmp_path)
        printed: list[str] = []
        told = ""
        for block in blocks(page):
            assert "$PEDIGREE_HOME" not in block.text or "export PEDIGREE_HOME=$PWD/home" in told, f"line {block.line}"
            told += block.text
            if block.language == "sh":
                printed.append(_run(block, tmp_path, path, server))
            elif block.language == "text":
                assert _plain(printed[-1]) == _plain(block.text), f"{page.name}, line {block.line}"
        return printed

    return walking


def test_the_front_page(walk: Walk, store: Path, tmp_path: Path) -> None:
    shutil.copy(store, tmp_path / "mlflow.db")
    printed = "\n".join(walk(ROOT / "README.md"))
    assert "model-version:mlflow/iris-classifier/1" in printed


def test_the_quickstart(walk: Walk) -> None:
    printed = walk(GUIDES / "quickstart.md")
    assert '"rejected": 0' in printed[0]
    assert "model-version:churn/scorer/12" in printed[1]


def test_the_guide_to_sources(walk: Walk) -> None:
    printed = walk(GUIDES / "sources.md")
    assert '"status": "FAILED"' in printed[1].partition("contradictions")[0]
    assert [printed[1].count(f'"source": "{each}"') for each in ("tracker", "scheduler")] == [2, 2]
    assert printed[1].count('"counts": true') == 1
    assert '"retracted": 2' in printed[2]


def test_the_guide_for_portals(walk: Walk, samples: str) -> None:
    python = _environment("portal-client")
    walk(GUIDES / "portal.md", samples, **{"python": python, "ariadne-codegen": python.with_name("ariadne-codegen")})


def test_the_guide_to_mlflow(walk: Walk, mlflow_python: Path, tmp_path: Path) -> None:
    printed = walk(GUIDES / "mlflow.md", python=mlflow_python)
    assert "model-version:mlflow/iris-classifier/1" in "\n".join(printed)
    assert (tmp_path / "inventory.jsonl").is_file()


def test_the_guide_to_http(walk: Walk) -> None:
    *_, listed = walk(GUIDES / "http.md")
    assert listed.strip().endswith("  Models")


def test_the_guide_to_artifacts(walk: Walk) -> None:
    walk(GUIDES / "artifacts.md")


def test_the_guide_to_retention(walk: Walk) -> None:
    walk(GUIDES / "retention.md")


def test_the_guide_to_access(walk: Walk, tmp_path: Path) -> None:
    walk(GUIDES / "access.md")
    assert digest_of((tmp_path / "admin.token").read_text(encoding="utf-8").strip())


@pytest.mark.parametrize("page", sorted({ROOT / "README.md", *GUIDES.glob("*.md")}), ids=lambda page: page.name)
def test_no_block_is_of_a_kind_that_is_passed_over(page: Path) -> None:
    kinds = {block.language for block in blocks(page) if not block.file}
    assert kinds <= {"sh", "text", "console"}
