"""Pedigree as a user runs it: a process of its own, on a free port."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PEDIGREE = Path(sys.executable).with_name("pedigree")
_START_SECONDS = 180
_STOP_SECONDS = 120

NO_HURRY = {"PEDIGREE_LIMIT_SECONDS": "60"}
"""An engine that was just started plans its first statements slowly, and a machine may be busy with other tests."""

PATIENTLY: dict[str, Any] = {"timeout": 60, "trust_env": False}
"""How a test asks a service by `httpx`: it waits, and by way of no proxy."""


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment without our settings, but for those given, and in no hurry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PEDIGREE_")}
    return kept | NO_HURRY | {f"PEDIGREE_{name.upper()}": value for name, value in settings.items()}


def pedigree(*words: str, folder: Path, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a folder that holds no `.env`."""
    return subprocess.run(
        [str(PEDIGREE), *words],
        cwd=folder,
        env=clean_environment(**settings),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )


class Serving:
    """`pedigree serve` on that home, ready when the context begins and gone when it ends.

    Attributes:
        address: where it answers, without a path.
        folder: its working folder, which holds no `.env`.
    """

    def __init__(self, home: Path, /, *words: str, **settings: str) -> None:
        self._command = [str(PEDIGREE), "serve", "--port", "0", "--home", str(home), *words]
        self._environment = clean_environment(**settings)
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self._lines: list[str] = []
        self.address = ""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command,
            cwd=self._folder.name,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        if not ready.wait(_START_SECONDS) or not self.address:
            self.stop()
            raise AssertionError(f"pedigree serve does not start:\n{self.log}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._folder.cleanup()

    @property
    def log(self) -> str:
        """What it has said on standard error so far."""
        return "\n".join(self._lines)

    def stop(self) -> int:
        """Tell it to stop, and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._reader.join(10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def _read(self, ready: threading.Event) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.append(line.rstrip("\n"))
            if line.startswith("Pedigree answers at "):
                self.address = line.split()[3].removesuffix("/graphql")
                ready.set()
        ready.set()
