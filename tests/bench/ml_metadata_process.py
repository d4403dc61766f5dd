"""ML Metadata's process, from Pedigree's side: what it is told, and what it answers."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from tests.bench.timing import Took
from tests.servers.environments import python_of

_ROOT = Path(__file__).parents[2]


class MlMetadata:
    """The process, to be told things."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        """Writes to the one and reads from the other."""
        self._orders = orders
        self._answers = answers

    def tell(self, **told: Any) -> dict[str, Any]:
        """What it answers.

        Raises:
            RuntimeError: it has ended.
        """
        self._orders.write(json.dumps(told) + "\n")
        self._orders.flush()
        line = self._answers.readline()
        if not line:
            raise RuntimeError("ML Metadata's process has ended; what it said stands above")
        return json.loads(line)

    def time(self, **told: Any) -> Took:
        """The seconds that it took, by its own clock: it is a library, and the way to its process is none of it."""
        return Took(self.tell(**told)["seconds"])


@contextmanager
def ml_metadata() -> Iterator[MlMetadata]:
    """ML Metadata over an empty store.

    Raises:
        tests.servers.java.Missing: it cannot be had.
    """
    python = python_of("ml-metadata")
    with TemporaryDirectory(prefix="pedigree-bench-") as folder:
        command = [str(python), "-m", "tests.bench.ml_metadata_peer", str(Path(folder) / "store.db")]
        ours = ("PYTHON", "COV_")
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith(ours)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin
        assert process.stdout
        try:
            yield MlMetadata(process.stdin, process.stdout)
        finally:
            process.stdin.close()
            process.wait(30)
            process.stdout.close()
