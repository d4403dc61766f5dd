"""Loads from MLflow: a tracking server over REST, an SQLite file, or a folder, none of which it ever changes."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.loading.loader import Loader, LoadOptions, Reading, SourceUnreachable, SourceUnusable
from app.transfer.bringing import VersionFiles
from graph_schema.canonical import shown
from loaders.mlflow.database import DatabaseStore
from loaders.mlflow.files import files_of
from loaders.mlflow.folder import FolderStore
from loaders.mlflow.locations import unreadable_location
from loaders.mlflow.places import Nearby
from loaders.mlflow.reading import MlflowReading
from loaders.mlflow.server import ServerStore
from loaders.mlflow.workspaces import NAMES, is_elsewhere, refused_workspace


class MlflowLoader:
    """Loads experiments, runs, datasets, logged and registered models from an MLflow store."""

    @property
    def name(self) -> str:
        """The word on the command line."""
        return "mlflow"

    @property
    def summary(self) -> str:
        """One sentence for the command line's help."""
        return "An MLflow store: http(s)://…, sqlite:///path/mlflow.db, or file:path/mlruns."

    def open(self, location: str, options: LoadOptions, workspace: Path) -> Reading:
        """A reading of the store at that location, in the form of `MLFLOW_TRACKING_URI`.

        Raises:
            SourceUnreachable: nothing answers there, or there is no such file.
            SourceUnusable: what is there is no MLflow store.
        """
        workspace.mkdir(parents=True, exist_ok=True)
        return MlflowReading(_opened(location, options.workspace), options, workspace)

    @contextmanager
    def open_files(self, location: str, options: LoadOptions) -> Generator[Iterator[VersionFiles]]:
        """The registered versions of the store at that location, each with its files. See `BringsFiles`.

        Raises:
            SourceUnreachable: nothing answers there, or there is no such file.
            SourceUnusable: what is there is no MLflow store.
        """
        store = _opened(location, options.workspace)
        try:
            near = store.connection if isinstance(store, ServerStore) else _nearby(store, options)
            yield files_of(store, options, near)
        finally:
            store.close()


def _nearby(store: DatabaseStore | FolderStore, options: LoadOptions) -> Nearby:
    place = store.path.absolute()
    own = place if isinstance(store, FolderStore) else place.parent
    return Nearby(place.parent, (own, *options.artifact_roots))


def _opened(location: str, workspace: str) -> ServerStore | DatabaseStore | FolderStore:
    if workspace and not NAMES.fullmatch(workspace):
        raise SourceUnusable(f"No workspace is called {shown(workspace)!r}.", remedy="Name one with --workspace.")
    try:
        return _store(location, workspace)
    except OSError as error:
        raise SourceUnreachable(
            f"{shown(location)} cannot be read: {error.strerror}.", remedy="Check the path, and who may read it."
        ) from error


def _store(location: str, workspace: str) -> ServerStore | DatabaseStore | FolderStore:
    try:
        parts = urlsplit(location)
    except ValueError:
        raise unreadable_location() from None  # its words may quote a password
    if parts.scheme in {"http", "https"}:
        return ServerStore(location, os.environ, workspace)
    if location.startswith("sqlite:///"):
        return DatabaseStore(Path(unquote(location.removeprefix("sqlite:///").partition("?")[0])), workspace)
    if parts.scheme in {"file", ""}:
        path = Path(unquote(parts.path) if parts.scheme else location)
        if path.is_file():
            return DatabaseStore(path, workspace)
        if is_elsewhere(workspace):
            raise refused_workspace(shown(location), workspace)
        return FolderStore(path)
    raise SourceUnusable(
        f"A store at {parts.scheme}: cannot be read directly.",
        remedy="Start `mlflow server` on it and give its http:// address; or give sqlite:///path or file:path.",
    )


LOADER: Loader = MlflowLoader()
"""What the entry point `mlflow` of the group `pedigree.loaders` names."""
