"""Python environments beside Pedigree's own, of what cannot live in it; made once, in the cache outside the clone."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from tests.servers.java import Missing
from tests.servers.neo4j import cache_folder

REQUIREMENTS = Path(__file__).parents[2] / "requirements"


def python_of(name: str) -> Path:
    """The Python of an environment with what `requirements/NAME.txt` pins; made once, whoever asks when.

    Raises:
        Missing: the packages cannot be had.
    """
    requirements = REQUIREMENTS / f"{name}.txt"
    release = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(release.encode() + requirements.read_bytes()).hexdigest()[:16]
    folder = cache_folder() / f"{name}-{digest}"
    program = folder / "bin" / "python"
    with FileLock(f"{folder}.lock"):
        # An environment knows its own path, so that it is made in place; the mark says that it is whole.
        mark = folder / "whole"
        if not mark.exists():
            shutil.rmtree(folder, ignore_errors=True)
            uv = [sys.executable, "-m", "uv", "--quiet"]
            _run([*uv, "venv", "--python", sys.executable, str(folder)], name)
            _run([*uv, "pip", "install", "--python", str(program), "--require-hashes", "-r", str(requirements)], name)
            mark.touch()
    return program


def _run(command: Sequence[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode != 0:
        raise Missing(f"the environment of {name} cannot be made: {' '.join(done.stderr.split())[:300]}")
