"""Loaders, found by entry point and never by import."""

from importlib.metadata import EntryPoint, entry_points

from app.errors import ErrorCode, PedigreeError
from app.loading.loader import Loader

GROUP = "pedigree.loaders"


def loader_names() -> list[str]:
    """The names of the loaders that are installed."""
    return sorted(entry_points(group=GROUP).names)


def find_loader(name: str) -> Loader:
    """The loader of that name.

    Raises:
        PedigreeError: there is none, or a package that it needs is not installed.
    """
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise PedigreeError(
            f"There is no loader {name!r}.", code=ErrorCode.BAD_USAGE, remedy=f"There are: {', '.join(loader_names())}."
        )
    return _loaded(next(iter(found)))


def _loaded(entry: EntryPoint) -> Loader:
    try:
        return entry.load()
    except ModuleNotFoundError as error:
        raise PedigreeError(
            f"The loader {entry.name!r} needs the package {error.name}, which is not installed.",
            code=ErrorCode.BAD_USAGE,
            remedy=f"Install it: pip install 'pedigree[{entry.name}]'.",
        ) from error
