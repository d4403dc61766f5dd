"""Processes of ours that are measured, or measured against: started, waited for, and ended."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.client import Client

_READY_SECONDS = 90.0


@contextmanager
def running(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block; what it says goes into the log."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def client_of(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> Client:
    """A client of a service on loopback, once what is at the path answers.

    Raises:
        RuntimeError: it does not; with the end of the log.
    """
    until = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            client = Client(f"http://127.0.0.1:{port}")
            client.get(path)
        except (OSError, RuntimeError):
            time.sleep(0.1)
        else:
            return client
    raise RuntimeError(f"what listens on port {port} is not ready:\n{log.read_text(errors='replace')[-3000:]}")
