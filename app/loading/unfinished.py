"""What is kept of loads that have not ended, so that they can be gone on with."""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from app.errors import ErrorCode, PedigreeError

ABANDONED_DAYS = 30
"""After so many days without a batch a load is not gone on with any more."""


class LoadUnknown(PedigreeError):
    """There is no unfinished load to resume, or what was kept of it cannot be read."""

    standard_code = ErrorCode.LOAD_UNKNOWN


class LoadUnderWay(PedigreeError):
    """Another process is at that load."""

    standard_code = ErrorCode.LOAD_UNDER_WAY


@dataclass(frozen=True, slots=True)
class LoadState:
    """How far a load came, as it is kept between two attempts.

    Attributes:
        load: its name.
        source: the name under which the system speaks.
        store: which store of it is read.
        scope: which part of it.
        asked: what the load began with, by the name of each option; who goes on with it uses that again.
        cursor: where reading goes on.
        done: how many things of the source were read.
        batches: how many batches were sent.
        rejected: how many rows were refused.
        unread: how many of these nobody could read.
    """

    load: str
    source: str
    store: str
    scope: str
    asked: dict[str, Any]
    cursor: str
    done: int
    batches: int
    rejected: int
    unread: int


class LoadStates:
    """What is kept of unfinished loads: for each a small JSON file and a folder for its reading, below that folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def workspace(self, load: str) -> Path:
        """The folder in which the load's reading keeps what it must remember."""
        return self._folder / _file_name(load)

    @contextmanager
    def held(self, load: str) -> Generator[None]:
        """Keeps every other process from that load meanwhile; the folder must be there.

        What was read of its state before may be of the past: whoever had it may have gone on with it, or ended it.

        Raises:
            LoadUnderWay: another has it.
        """
        lock = FileLock(self._lock(load), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise LoadUnderWay(
                f"The load {load} is under way in another process.",
                remedy="Let that one end; where it stops midway, go on with --resume.",
            ) from None
        try:
            yield
        finally:
            lock.release()
            if not self._path(load).exists():  # it has ended
                self._lock(load).unlink(missing_ok=True)

    def save(self, state: LoadState) -> None:
        """Keep how far a load came; a reader sees the old state or the new one."""
        path = self._path(state.load)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                json.dump(asdict(state), file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)  # half of it, where the disk is full

    def forget(self, load: str) -> None:
        """Drop what was kept of a load that ended."""
        self._path(load).unlink(missing_ok=True)
        self._lock(load).unlink(missing_ok=True)
        shutil.rmtree(self.workspace(load), ignore_errors=True)

    def forget_abandoned(self, now: float | None = None) -> list[LoadState]:
        """Drop what was kept of loads that nobody went on with for so long that nobody will.

        Args:
            now: seconds since 1970 UTC; the clock's, unless given.

        Returns:
            Those of them that could have been gone on with, to be told.
        """
        before = (time.time() if now is None else now) - ABANDONED_DAYS * 86_400
        dropped: list[LoadState] = []
        for path in sorted(self._folder.glob("*.json")):
            if path.stat().st_mtime < before:
                with suppress(LoadUnknown):
                    dropped.append(self.find(path.stem))
                self.forget(path.stem)
        for workspace in self._folder.glob("*/"):
            if not self._path(workspace.name).exists() and _last_used(workspace) < before:
                shutil.rmtree(workspace, ignore_errors=True)
        return dropped

    def find(self, load: str) -> LoadState:
        """The state of that load.

        Raises:
            LoadUnknown: nothing, or nothing readable, was kept of it.
        """
        path = self._path(load)
        try:
            return LoadState(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError as error:
            message = f"There is no unfinished load {load} in {self._folder}."
            raise LoadUnknown(message, remedy="Start a new one.") from error
        except (OSError, ValueError, TypeError) as error:
            raise LoadUnknown(f"{path} cannot be read: {error}.", remedy="Remove it and start a new load.") from error

    def latest(self, source: str, scope: str | None = None) -> LoadState:
        """The unfinished load of that source that was last at work.

        Args:
            source: the name under which the system speaks.
            scope: of the load; None where there is but one.

        Raises:
            LoadUnknown: there is none, or several of different scopes.
        """
        of_source = [state for state in self._all() if state.source == source]
        scopes = sorted({state.scope for state in of_source})
        if scope is None and len(scopes) > 1:
            raise LoadUnknown(
                f"There are unfinished loads of the source {source} with several scopes: "
                f"{', '.join(each or 'none' for each in scopes)}.",
                remedy="Name one of them with --scope.",
            )
        found = next((state for state in of_source if scope in {None, state.scope}), None)
        if found is None:
            raise LoadUnknown(self._none_of(source, scope), remedy="Name what it began with, or load without --resume.")
        return found

    def _none_of(self, source: str, scope: str | None) -> str:
        wanted = f"the source {source}{f' and the scope {scope}' if scope else ''}"
        others = sorted({f"{state.source}{f', scope {state.scope}' if state.scope else ''}" for state in self._all()})
        there = f" There are some of: {'; '.join(others)}." if others else ""
        return f"There is no unfinished load of {wanted} in {self._folder}.{there}"

    def _all(self) -> list[LoadState]:
        """The unfinished loads, the one that was last at work first."""
        files = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        return [self.find(path.stem) for path in files]

    def _path(self, load: str) -> Path:
        return self._folder / f"{_file_name(load)}.json"

    def _lock(self, load: str) -> Path:
        return self._folder / f"{_file_name(load)}.lock"


def _file_name(load: str) -> str:
    """The load's name where it can name a file, else a digest of it."""
    return load if re.fullmatch(r"[\w.-]{1,100}", load) else hashlib.sha256(load.encode()).hexdigest()


def _last_used(workspace: Path) -> float:
    return max(path.stat().st_mtime for path in (workspace, *workspace.iterdir()))


def load_name(source: str, now: datetime | None = None) -> str:
    """A name for a new load: its source and when it began."""
    return f"{source}-{(now or datetime.now(UTC)).astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
