"""The files of an MLflow store in a folder: a thing's `meta.yaml`, and a file for each of its texts."""

import re
from pathlib import Path
from typing import Any, cast

import yaml

from app.loading.loader import SourceUnusable

META = "meta.yaml"
ELSEWHERE = "Mend it, or move its folder out of the store."
"""What to do about a file that cannot be read: the folder may hold artifacts."""

_LOGGED = ("params", "metrics")
"""The folders that MLflow makes with each run and each logged model; others may have folders of these names too."""

_ID = re.compile(r"(m-)?[0-9a-f]{32}")
"""How MLflow names the folder of a run, and of a logged model."""

_EXPERIMENT = re.compile(r"[0-9]+|[0-9a-f]{32}")
"""How MLflow names the folder of an experiment."""

_THINGS = frozenset({"run_id", "run_uuid", "model_id"})
"""What the meta.yaml of a run or of a logged model says, and no other."""


def folders_in(path: Path) -> list[Path]:
    """The folders directly in that one, by name; none where it is not there."""
    return sorted(each for each in path.iterdir() if each.is_dir()) if path.is_dir() else []


def meta_of(folder: Path, *needed: str, missing: bool = False) -> dict[str, Any]:
    """What the folder's meta.yaml says.

    Args:
        folder: of the thing.
        needed: what it has to say, without which nobody knows which thing it is.
        missing: it need not be there.

    Raises:
        SourceUnusable: there is none (unless it may be missing), it is no mapping, or it lacks what is needed.
    """
    path = folder / META
    if missing and not path.is_file():
        return {}
    try:
        # The C parser where the wheel has it: a store may hold a hundred thousand of these files.
        loaded = yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
    except (OSError, ValueError, yaml.YAMLError) as error:  # the second: a date that no calendar has
        raise SourceUnusable(f"{path} cannot be read: {error}", remedy=ELSEWHERE) from error
    if not isinstance(loaded, dict):
        if missing:
            return {}
        raise SourceUnusable(f"{path} is not what MLflow writes.", remedy=ELSEWHERE)
    said = cast("dict[str, Any]", loaded)
    if lacks := [each for each in needed if said.get(each) is None]:
        raise SourceUnusable(f"{path} does not say {', '.join(lacks)}: it is cut short.", remedy=ELSEWHERE)
    return said


def meta_if_any(folder: Path) -> dict[str, Any]:
    """What the folder's meta.yaml says; nothing where there is none, or one that is not of MLflow's kind."""
    try:
        return meta_of(folder, missing=True)
    except SourceUnusable:
        return {}


def is_thing(folder: Path) -> bool:
    """Whether a run or a logged model is kept in that folder, be it without its meta.yaml.

    MLflow passes over a folder that has none: artifacts may lie among the runs, and editors leave folders of their own.
    """
    return (folder / META).is_file() or _has_logged(folder)


def may_be_experiment(folder: Path) -> bool:
    """Whether MLflow would give an experiment that name: a store may be kept among the folders of a project."""
    return _EXPERIMENT.fullmatch(folder.name) is not None


def holds_things(folder: Path) -> bool:
    """Whether runs or logged models are kept below that folder, be it without its own meta.yaml."""
    return any(_is_left_of_thing(each) for each in (*folders_in(folder), *folders_in(folder / "models")))


def _is_left_of_thing(folder: Path) -> bool:
    meta = meta_if_any(folder)
    if meta:
        return not _THINGS.isdisjoint(meta)
    return _ID.fullmatch(folder.name) is not None and _has_logged(folder)


def _has_logged(folder: Path) -> bool:
    return any((folder / part).is_dir() for part in _LOGGED)


def texts_in(folder: Path) -> dict[str, str]:
    """The files below a folder, by their path in it: names may hold slashes. What is no UTF-8 comes as surrogates."""
    if not folder.is_dir():
        return {}
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_text("utf-8", "surrogateescape") for each in files}
