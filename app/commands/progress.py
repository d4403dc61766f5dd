"""Progress of what takes long: a bar on a terminal, plain lines elsewhere."""

from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Self

from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from app.commands.terminal import err
from app.loading.report import LoadReport

_EVERY = 5.0
"""Seconds between plain lines."""


class _Shown:
    """A context manager, so that the bar goes at the end.

    Args:
        quiet: say nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._console = err()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said = monotonic()

    def __enter__(self) -> Self:
        if not self._quiet and self._console.is_terminal:
            self._bar = Progress(*self._columns(), console=self._console, transient=True)
            self._bar.start()
            self._begin(self._bar)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _columns(self) -> tuple[ProgressColumn, ...]:
        return TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()

    def _begin(self, bar: Progress) -> None:
        self._task = bar.add_task("Reading …", total=None)

    def _show(self, text: str, done: int, total: int | None, *, description: str | None = None) -> None:
        """Shows it on the bar, or as a line if it is time for one.

        Args:
            text: the line.
            done: how much is done.
            total: of how much; None where nobody knows.
            description: what the bar says in place of the line.
        """
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=description or text, completed=done, total=total)
        elif not self._quiet and monotonic() - self._said >= _EVERY:
            self._said = monotonic()
            self._console.print(text, soft_wrap=True)


class LoadProgress(_Shown):
    """Called after each batch; a context manager, so that the bar goes when the load ends.

    Args:
        quiet: say nothing.
    """

    def say(self, text: str) -> None:
        """Says something on standard error, also where progress is not shown."""
        self._console.print(text, soft_wrap=True, markup=False)

    def __call__(self, report: LoadReport, total: int | None) -> None:
        """Shows how far a load is."""
        text = f"{report.done:,}{'' if total is None else f' of {total:,}'} read, {_rows(report):,} rows sent"
        self._show(text, report.done, total)


def _rows(report: LoadReport) -> int:
    return report.created + report.updated + report.unchanged + report.rejected


class CountProgress(_Shown):
    """How many things are done, of which nobody knows how many there are; a context manager.

    Args:
        quiet: say nothing.
        what: the things, and what is done with them.
    """

    def __init__(self, *, quiet: bool, what: str) -> None:
        super().__init__(quiet=quiet)
        self._what, self._done = what, 0

    def advance(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        self._show(f"{self._done:,} {self._what}", self._done, None)


class WaitProgress(_Shown):
    """How far something is that the service does; a context manager, so that the bar goes at the end.

    Args:
        quiet: say nothing.
        what: what is done, as `versions done`.
    """

    def __init__(self, *, quiet: bool, what: str) -> None:
        super().__init__(quiet=quiet)
        self._what = what

    def _begin(self, bar: Progress) -> None:
        self._task = bar.add_task("Waiting …", total=None)

    def show(self, done: int, total: int | None) -> None:
        """So much is done, of so much; None where nobody knows."""
        self._show(f"{done:,}{'' if total is None else f' of {total:,}'} {self._what}", done, total)


class BytesProgress(_Shown):
    """How many bytes of a stage are done; a context manager, so that the bar goes at the end. Threads may call it.

    Args:
        quiet: say nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(quiet=quiet)
        self._what, self._done, self._total = "", 0, 0
        self._lock = Lock()

    def _columns(self) -> tuple[ProgressColumn, ...]:
        return TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()

    def _begin(self, bar: Progress) -> None:
        """Nothing is shown before the first stage."""

    def begin(self, what: str, total: int) -> None:
        """A stage begins, of so many bytes; the one before it is over."""
        with self._lock:
            self._what, self._done, self._total = what, 0, total
            if self._bar is not None:
                if self._task is not None:
                    self._bar.remove_task(self._task)
                self._task = self._bar.add_task(what, total=total)

    def advance(self, count: int) -> None:
        """So many bytes more are done; fewer than none where some must be done again."""
        with self._lock:
            self._done += count
            text = f"{self._what}: {decimal(self._done)} of {decimal(self._total)}"
            self._show(text, self._done, self._total, description=self._what)
