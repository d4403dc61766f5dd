"""Progress of a load: a bar on a terminal, plain lines elsewhere."""

from time import monotonic
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app.commands.terminal import err
from app.loading.report import LoadReport

_EVERY = 5.0
"""Seconds between plain lines."""


class LoadProgress:
    """Called after each batch; a context manager, so that the bar goes when the load ends.

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
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("Reading …", total=None)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, text: str) -> None:
        """Says something on standard error, also where progress is not shown."""
        self._console.print(text, soft_wrap=True, markup=False)

    def __call__(self, report: LoadReport, total: int | None) -> None:
        """Shows how far a load is."""
        text = f"{report.done:,}{'' if total is None else f' of {total:,}'} read, {_rows(report):,} rows sent"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=text, completed=report.done, total=total)
        elif not self._quiet and monotonic() - self._said >= _EVERY:
            self._said = monotonic()
            self._console.print(text, soft_wrap=True)


def _rows(report: LoadReport) -> int:
    return report.created + report.updated + report.unchanged + report.rejected
