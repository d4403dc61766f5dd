"""A Pedigree of its own process, and the sample inventory in it: what the demo and the sample service share."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from app.cli import run
from app.graph.embedded.folder import Folder
from app.graph.embedded.locks import Lock

INVENTORY = Path(__file__).parent / "inventory"
PARTS = ("mlflow.jsonl", "serving.jsonl")

QUESTION = (
    "Which production models were trained on the biopsies, directly, through derived data or a fine-tuned parent?"
)
DATASET = "dataset:mlflow/biopsies"

_PEDIGREE = Path(sys.executable).with_name("pedigree")
_ANSWERS = "Pedigree answers at "
_START_SECONDS = 90
_STOP_SECONDS = 30
_KEPT_LINES = 20
_ENDING = (signal.SIGINT, signal.SIGTERM)


class NotStarted(Exception):
    """The service ended before it answered; it has said why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


class Service:
    """`pedigree serve` as a child process.

    Args:
        words: its options.
        environment: what it is given beside this process's environment.
        folder: where it runs; a `.env` there counts.
        loud: whether its log lines go on to standard error.
    """

    def __init__(self, *words: str, environment: Mapping[str, str], folder: Path, loud: bool) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._loud = loud
        self._ready = threading.Event()
        self.address = ""
        self.process = subprocess.Popen(
            [str(_PEDIGREE), "serve", *words],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is meant for us; we stop it
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_until_ready(self) -> None:
        """Returns when it answers.

        Raises:
            NotStarted: it does not.
        """
        self._ready.wait(_START_SECONDS)
        if not self.address:
            code = self.stop()
            sys.stderr.write("\n".join(self._lines) + "\n")
            raise NotStarted(code)

    def keep_log(self) -> Path:
        """The file to which the last that it has said is written."""
        with tempfile.NamedTemporaryFile("w", prefix="pedigree-", suffix=".log", delete=False) as file:
            file.write("\n".join(self._lines) + "\n")
        return Path(file.name)

    def stop(self) -> int:
        """Stops it, and returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _listen(self) -> None:
        for line in self.process.stderr or ():
            self._lines.append(line.rstrip("\n"))
            if self._loud and self._ready.is_set():
                sys.stderr.write(line)
            if line.startswith(_ANSWERS):
                self.address = line.removeprefix(_ANSWERS).split()[0].removesuffix("/graphql")
                self._ready.set()
        self._ready.set()


@contextmanager
def serving(*words: str, environment: Mapping[str, str], folder: Path, loud: bool) -> Generator[Service]:
    """Such a service, which is stopped at the end."""
    service = None
    try:
        with _interrupted_later():  # or nobody would know of a child that has started already
            service = Service(*words, environment=environment, folder=folder, loud=loud)
        yield service
    finally:
        with _uninterrupted():
            if service:
                service.stop()


@contextmanager
def temporary_home() -> Generator[Path]:
    """A new home, removed at the end, when its engine is gone."""
    home = None
    try:
        with _interrupted_later():
            home = Path(tempfile.mkdtemp(prefix="pedigree-demo-"))
        yield home
    finally:
        if home:
            with _uninterrupted(), _engine_gone(home):
                shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _engine_gone(home: Path) -> Generator[None]:
    """Waits for its engine to end, and keeps one that is only just starting from doing so."""
    folder = Folder(home / "graph")
    if not folder.root.exists():
        yield
        return
    with Lock(folder.engine_lock) as lock:
        until = time.monotonic() + _STOP_SECONDS
        while not lock.take() and time.monotonic() < until:
            time.sleep(0.05)
        yield


@contextmanager
def told_to_stop() -> Generator[None]:
    """Makes SIGTERM end this block as Ctrl-C does, so that what was started is stopped."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _interrupted_later() -> Generator[None]:
    """Lets the block come to its end before what arrives meanwhile is heard."""
    heard: list[int] = []
    before = {each: signal.signal(each, lambda number, _: heard.append(number)) for each in _ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for each in heard[:1]:
            signal.raise_signal(each)


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Lets what stops and removes things come to its end, however often Ctrl-C is pressed."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in _ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def load_inventory(address: str, *options: str) -> int:
    """Loads the sample inventory into a running service, through its API; the exit code of the command that failed."""
    for part in PARTS:
        print(f"$ pedigree load items samples/inventory/{part} --server {address}", flush=True)
        if code := run(["load", "items", str(INVENTORY / part), "--server", address, *options]):
            return code
    return 0
