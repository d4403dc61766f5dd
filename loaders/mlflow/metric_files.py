"""The files of an MLflow store in a folder that keep metrics: a line for each value, which MLflow adds to their end.

A last line may end with no newline: where MLflow was stopped while it wrote, or is writing, and where an editor took it
away. It is read where more follows its value, which is whole then, and left out where a part of it is missing.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from app.loading.loader import SourceUnusable
from loaders.mlflow.kept_files import texts_in
from loaders.mlflow.records import Measure

T = TypeVar("T")

CUT_SHORT = "The last line of a metric is cut short: it is left out."


def last_metrics(folder: Path, cut_short: Callable[[str], None]) -> dict[str, float | str]:
    """The last value of each metric: that of the greatest step, then time, then value, as MLflow has it.

    Args:
        folder: of the files.
        cut_short: told the name of each metric whose last line is.

    Raises:
        SourceUnusable: another line cannot be read.
    """
    metrics: dict[str, float | str] = {}
    for name, text in texts_in(folder).items():
        rows = list(_read(folder / name, text, _value, _value_is_whole, lambda name=name: cut_short(name)))
        if rows:
            metrics[name] = max(rows)[2]
    return metrics


def measures(folder: Path, cut_short: Callable[[str], None]) -> Iterator[Measure]:
    """The values of a logged model, each with the run and the dataset that it names.

    Args:
        folder: of the files.
        cut_short: told the name of each metric whose last line is.

    Raises:
        SourceUnusable: another line cannot be read.
    """
    for name, text in texts_in(folder).items():
        yield from _read(
            folder / name,
            text,
            lambda line, name=name: _measure(name, line),
            _measure_is_whole,
            lambda name=name: cut_short(name),
        )


def _read(
    path: Path, text: str, read: Callable[[str], T], is_whole: Callable[[str], bool], cut_short: Callable[[], None]
) -> Iterator[T]:
    *lines, last = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield read(line)
            except ValueError:
                raise SourceUnusable(
                    f"Line {number} of {path} is not what MLflow writes.", remedy="Mend that line, or take it out."
                ) from None
    if last.strip():
        try:
            found = [read(last)] if is_whole(last) else []
        except ValueError:
            found = []
        yield from found
        if not found:
            cut_short()


def _value_is_whole(line: str) -> bool:
    """Whether a last line has a time, a value and a step, of which the last may lack digits."""
    return len(line.split()) > 2  # noqa: PLR2004 - time and value


def _measure_is_whole(line: str) -> bool:
    """Whether a last line has a time, a value, a step and a run, and a dataset's name only with a digest."""
    run, *dataset = line.split(" ")[3:] or [""]
    return bool(run) and len(dataset) != 1 and all(dataset[-1:])


def _value(line: str) -> tuple[int, int, float]:
    """Step (which MLflow 0 did not write), time and value of a line: time, value and step."""
    at, value, *step = line.split()
    return (int(step[0]) if step else 0, int(at), float(value))


def _measure(name: str, line: str) -> Measure:
    """What a line says of a logged model: time, value, step, run, and the dataset's name and digest.

    A dataset's name may hold spaces; the digest is the last word.
    """
    at, value, step, run_id, *dataset = line.split(" ")
    on = (" ".join(dataset[:-1]), dataset[-1]) if len(dataset) > 1 else None
    return Measure(name, float(value), int(at), int(step), run_id, on)
