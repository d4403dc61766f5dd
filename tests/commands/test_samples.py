"""`make demo` and `make serve`, as they are typed."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from app.graph.embedded.locks import is_held
from tests.serving import clean_environment

ROOT = Path(__file__).resolve().parents[2]


def _start(module: str, folder: Path, **settings: str) -> subprocess.Popen[str]:
    environment = clean_environment(**settings) | {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _using(folder: Path) -> list[psutil.Process]:
    """The processes that name the folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or ())
    ]


def _wait_for_engine(folder: Path) -> None:
    """Returns when none is left: one that was only just starting has to find out first that it is not wanted."""
    until = time.monotonic() + 60
    while _using(folder) and time.monotonic() < until:
        time.sleep(0.05)
    assert _using(folder) == []


@pytest.fixture
def folder() -> Path:
    """A folder that this test alone uses for what is temporary."""
    return Path(tempfile.mkdtemp())


def test_the_demo_shows_the_answer_and_leaves_nothing(folder: Path) -> None:
    demo = _start("samples.demo", folder)
    printed, said = demo.communicate(timeout=180)
    assert demo.returncode == 0, said
    assert "Which production models were trained on the biopsies" in printed
    assert "model-version:mlflow/tumour-screening/" in printed
    assert "model-version:mlflow/tumour-triage/" in printed
    assert "model-version:mlflow/form-reader/" not in printed
    assert "TRAINED_ON" in printed
    assert "could not be ruled out" in " ".join(printed.split())
    assert "asked again, in" in printed
    assert "make serve" in printed
    assert max(len(line) for line in printed.splitlines()) <= 120
    _wait_for_engine(folder)
    assert list(folder.iterdir()) == []


def _one(folder: Path, pattern: str) -> Path | None:
    return next(folder.glob(pattern), None)


REACHED: Mapping[str, Callable[[Path], bool]] = {
    "it has a home": lambda folder: _one(folder, "pedigree-demo-*") is not None,
    "its engine is about to start": lambda folder: _one(folder, "*/graph/host.log") is not None,
    "its engine starts": lambda folder: (lock := _one(folder, "*/graph/engine.lock")) is not None and is_held(lock),
    "its engine answers": lambda folder: _one(folder, "*/graph/engine.json") is not None,
}


@pytest.mark.parametrize("state", REACHED)
def test_ctrl_c_leaves_nothing(folder: Path, state: str) -> None:
    demo = _start("samples.demo", folder)
    while not REACHED[state](folder) and demo.poll() is None:
        time.sleep(0.01)
    demo.send_signal(signal.SIGINT)
    _, said = demo.communicate(timeout=120)
    assert demo.returncode in {0, 130, -signal.SIGINT}
    assert "Traceback" not in said or demo.returncode == -signal.SIGINT
    _wait_for_engine(folder)
    assert list(folder.iterdir()) == []


def test_ctrl_c_while_it_clears_up_leaves_nothing(folder: Path) -> None:
    demo = _start("samples.demo", folder)
    assert demo.stdout
    for line in demo.stdout:
        if "README.md walks" in line:
            break
    for _ in range(20):
        time.sleep(0.1)
        demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=120)
    assert demo.returncode in {0, 130, -signal.SIGINT}
    _wait_for_engine(folder)
    assert list(folder.iterdir()) == []


def test_the_sample_service_says_where_it_is_and_stops(folder: Path) -> None:
    service = _start("samples.serve", folder, home=str(folder / "home"), port="0")
    assert service.stdout
    lines: list[str] = []
    for line in service.stdout:
        lines.append(line)
        if "Ctrl-C stops it" in line:
            break
    assert any("/graphql in a browser" in line for line in lines)
    service.send_signal(signal.SIGINT)
    service.communicate(timeout=60)
    assert service.returncode == 0
    assert list((folder / "home").iterdir())
