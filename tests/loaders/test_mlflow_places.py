"""Where the files of a version are: through the names that stand for it, of stores of any age."""

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

import pytest
import yaml

from app.errors import PedigreeError
from app.loading.loader import LoadOptions
from app.transfer.bringing import BringsFiles
from loaders.mlflow import LOADER
from loaders.mlflow.places import LocalFolder, Nearby, folder_at
from tests.loaders.conftest import Trained
from tests.loaders.filed import Unwatched, files_in


def found(location: str, into: Path, roots: Sequence[Path]) -> dict[str, set[str]]:
    """The names of the files of each version that has any, where these folders are allowed."""
    into.mkdir()
    files: dict[str, set[str]] = {}
    assert isinstance(LOADER, BringsFiles)
    with LOADER.open_files(location, LoadOptions("mlflow", artifact_roots=roots)) as versions:
        for each in versions:
            if not isinstance(each.folder, PedigreeError):
                place = each.folder.fetch(into, Unwatched(), Event())
                files[f"{each.key['name']}/{each.key['version']}"] = set(files_in(place))
    return files


def sources_of(ids: Mapping[str, str]) -> dict[str, str]:
    """What versions are made to come from."""
    return {
        "iris.clf/1": f"models:/{ids['clf']}",
        "iris.clf/3": "files",
        "iris.clf/4": "models:/iris.clf/1",
        "serving/1": "models:/iris.clf/4",
        "small/1": f"runs:/{ids['prepare']}",
        "lost/1": "models:/m-nothing",
        "forgotten/1": "models:/forgotten/1",
    }


def check(files: Mapping[str, set[str]]) -> None:
    assert "MLmodel" in files["iris.clf/1"]
    assert files["iris.clf/4"] == files["serving/1"] == files["iris.clf/1"]
    assert files["small/1"] == {"clean.csv"}
    assert files["iris.clf/3"] == {"beside.txt"}, "a relative path goes from the store's place on"
    assert not {"lost/1", "forgotten/1"} & set(files), "what stands for nothing or for itself"


@pytest.mark.parametrize("old", (False, True), ids=("empty", "no column"))
def test_names_in_a_database(old: bool, database: Trained, tmp_path: Path) -> None:
    path = Path(shutil.copy(database.folder / "mlflow.db", tmp_path))
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "beside.txt").write_text("x")
    with sqlite3.connect(path) as store:
        store.execute("UPDATE model_versions SET storage_location = NULL")
        if old:
            store.execute("ALTER TABLE model_versions DROP COLUMN storage_location")
        for version, source in sources_of(database.ids).items():
            name, _, number = version.partition("/")
            changed = "UPDATE model_versions SET source = ? WHERE name = ? AND version = ?"
            store.execute(changed, (source, name, int(number)))
    store.close()
    check(found(f"sqlite:///{path}", tmp_path / "into", [database.folder]))


def test_names_in_a_folder(folder: Trained, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder.folder / "mlruns", tmp_path / "mlruns"))
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "beside.txt").write_text("x")
    for version, source in sources_of(folder.ids).items():
        name, _, number = version.partition("/")
        path = place / "models" / name / f"version-{number}" / "meta.yaml"
        meta = yaml.safe_load(path.read_text("utf-8")) | {"source": source, "storage_location": None}
        path.write_text(yaml.safe_dump(meta), "utf-8")
    check(found(f"file:{place}", tmp_path / "into", [folder.folder, tmp_path / "files"]))


@pytest.mark.parametrize(
    ("place", "path"),
    (
        ("file:///a/b%20c", "/a/b c"),
        ("file:/a/b", "/a/b"),
        ("file:b", "/near/b"),
        ("file://localhost/a", "/a"),
        ("/a/b%20c?d#e", "/a/b%20c?d#e"),
        ("./b", "/near/b"),
    ),
)
def test_folders_of_this_machine(place: str, path: str) -> None:
    near = Nearby(Path("/near"), (Path("/allowed"),))
    assert folder_at(place, near) == LocalFolder(Path(path), near.roots)


@pytest.mark.parametrize(
    ("place", "said"),
    (
        ("file://elsewhere/a", "a folder of another host"),
        ("mlflow-artifacts:/1/a", "with the server of the store"),
        ("http://host/a", "with the server of the store"),
        ("s3://bucket/a", "at s3:"),
    ),
)
def test_what_is_not_on_this_machine(place: str, said: str) -> None:
    with pytest.raises(PedigreeError) as caught:
        folder_at(place, Nearby(Path("/near"), (Path("/"),)))
    assert said in caught.value.message
    assert caught.value.message != caught.value.what, "with a remedy"
