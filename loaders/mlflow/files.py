"""The files of the registered versions of an MLflow store, one version after another."""

from collections.abc import Iterator

from app.errors import PedigreeError
from app.loading.loader import LoadOptions, SourceUnusable
from app.transfer.bringing import Folder, VersionFiles
from graph_schema.credentials import without_credentials
from loaders.mlflow.connection import Connection
from loaders.mlflow.mapping import Rows
from loaders.mlflow.models import PROMPT
from loaders.mlflow.passing import list_pages
from loaders.mlflow.places import Nearby, folder_at, place_of
from loaders.mlflow.records import RegisteredModel, StoreOfFiles, Version
from loaders.mlflow.sayable import SayableStore


def files_of(store: StoreOfFiles, options: LoadOptions, near: Connection | Nearby) -> Iterator[VersionFiles]:
    """The versions that a load registers, each with its files or why they cannot be had.

    Args:
        store: the store.
        options: of the load.
        near: the store's server, or where it is on this machine and what may be read there.

    Raises:
        SourceUnreachable: the store went away.
        SourceUnusable: a part of it cannot be understood.
    """
    kept, rows = SayableStore(store, lambda _reason, _row: None), Rows(options)  # the load has told what is left out
    prompts = {
        model.name for _, page in list_pages(kept.registered_models, "") for model in page.things if _is_prompt(model)
    }
    for _, page in list_pages(kept.versions, ""):
        for version in page.things:
            if version.deleted or version.status.startswith("FAILED") or version.name in prompts or _is_prompt(version):
                continue
            key = rows.version_key(version.name, version.version)
            try:
                place = place_of(store, version)
            except PedigreeError as error:
                yield VersionFiles(key, "", error)
            else:
                yield VersionFiles(key, _sayable(place), _folder(place, version, near))


def _is_prompt(thing: RegisteredModel | Version) -> bool:
    return thing.tags.get(PROMPT, "").lower() == "true"


def _folder(place: str, version: Version, near: Connection | Nearby) -> Folder | PedigreeError:
    if version.status.startswith("PENDING"):
        # Its files may still be written, and those that a version is given once are its for ever.
        return SourceUnusable("It is still being registered in MLflow.", remedy="Load again when it is READY.")
    try:
        return folder_at(place, near)
    except PedigreeError as error:
        return error


def _sayable(place: str) -> str:
    try:
        return without_credentials(place)
    except ValueError:
        return ""
