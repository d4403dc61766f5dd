"""Whose folders a store of this machine may name: its own, and those that the user allowed."""

import json
import shutil
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml

from app.cli import run
from app.commands.exits import Exit
from app.commands.load_options import Sends
from app.commands.resuming import going_on
from app.errors import PedigreeError
from app.loading.loader import LoadOptions
from app.loading.unfinished import LoadState
from app.transfer.bringing import BringsFiles
from loaders.mlflow import LOADER
from loaders.mlflow.places import LocalFolder
from tests.loaders.conftest import Trained
from tests.loaders.filed import Load, Unwatched

EVIL = "small/1"
"""The version that was registered by somebody who is after the files of the user."""

SECRET = {"id_rsa": b"secret"}


@dataclass(frozen=True)
class Misled:
    """A store in which a version's files are said to be elsewhere.

    Attributes:
        folder: of the store, without its files.
        own: the folder that is the store's own.
        location: of the store.
    """

    folder: Path
    own: Path
    location: str

    def says(self, source: str) -> None:
        """Makes it say that the files of the version are there."""
        name, _, number = EVIL.partition("/")
        if self.location.startswith("sqlite:"):
            with sqlite3.connect(self.folder / "mlflow.db") as store:
                changed = "UPDATE model_versions SET source = ?, storage_location = NULL WHERE name = ? AND version = ?"
                store.execute(changed, (source, name, int(number)))
            store.close()
        else:
            path = self.own / "models" / name / f"version-{number}" / "meta.yaml"
            meta = yaml.safe_load(path.read_text("utf-8")) | {"source": source, "storage_location": None}
            path.write_text(yaml.safe_dump(meta), "utf-8")


@pytest.fixture(params=("database", "folder"))
def misled(request: pytest.FixtureRequest, tmp_path: Path) -> Misled:
    """A copy of a trained store, with a folder of its own for it."""
    made: Trained = request.getfixturevalue(request.param)
    place = tmp_path / "store"
    place.mkdir()
    if request.param == "database":
        shutil.copy(made.folder / "mlflow.db", place)
        return Misled(place, place, f"sqlite:///{place / 'mlflow.db'}")
    own = Path(shutil.copytree(made.folder / "mlruns", place / "mlruns"))
    return Misled(place, own, f"file:{own}")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder that is none of the store's business."""
    place = tmp_path / "ssh"
    place.mkdir()
    for name, data in SECRET.items():
        (place / name).write_bytes(data)
    return place


def refused(load: Load, misled: Misled, *words: str) -> dict[str, Any]:
    """Why the version's files are not handed over; and Pedigree has nothing of them."""
    code, found = load(misled.location, *words)
    assert code == Exit.PARTLY
    [failure] = [each for each in found["failures"] if each["modelVersion"] == load.ref(EVIL)]
    assert failure["code"] == "SOURCE_UNUSABLE"
    assert run(["pull", load.ref(EVIL), "pulled", *load.where]) != Exit.DONE
    assert not list(Path("pulled").glob("*"))
    load.capsys.readouterr()
    return failure


def test_a_folder_outside_is_not_read(misled: Misled, secret: Path, load: Load) -> None:
    misled.says(f"file://{secret}")
    failure = refused(load, misled)
    assert failure["place"] == f"file://{secret}"
    assert f"{secret}, which lies neither in the store's own folder nor in one that was allowed" in failure["message"]
    assert "Name the folder by --artifact-root if you trust it." in failure["message"]


@pytest.mark.parametrize("form", ("file://{own}/../{up}ssh", "{own}/models/../../{up}ssh", "../ssh"))
def test_nor_by_a_way_up(form: str, misled: Misled, secret: Path, load: Load) -> None:
    (misled.own / "models").mkdir(exist_ok=True)
    up = "" if misled.own == misled.folder else "../"
    misled.says(form.format(own=misled.own, up=up))
    assert f"in {secret}, which" in refused(load, misled)["message"]


@pytest.mark.parametrize("within", ("", "/deeper"))
def test_nor_through_a_link(within: str, misled: Misled, secret: Path, load: Load) -> None:
    (secret / "deeper").mkdir()
    (secret / "deeper" / "id_rsa").write_bytes(b"secret")
    (misled.own / "link").symlink_to(secret)
    misled.says(f"file://{misled.own}/link{within}")
    failure = refused(load, misled)
    assert failure["place"] == f"file://{misled.own}/link{within}"
    assert f"in {secret}{within}, which" in failure["message"], "where it leads is told"


def test_nor_past_a_loop_of_links(misled: Misled, secret: Path, load: Load) -> None:
    (misled.own / "loop").symlink_to("loop")
    (misled.own / "link").symlink_to(secret)
    misled.says(f"file://{misled.own}/loop/../link")
    assert "There is no folder" in refused(load, misled)["message"]


def test_nor_beside_what_is_allowed(misled: Misled, secret: Path, load: Load) -> None:
    begins_alike = secret.with_name(f"{misled.own.name}-of-another")
    secret.rename(misled.own.parent / begins_alike.name)
    (misled.folder / "allowed").mkdir()
    misled.says(f"file://{misled.own.parent / begins_alike.name}")
    refused(load, misled, "--artifact-root", str(misled.folder / "allowed"))


def test_what_the_user_allows_is_read(misled: Misled, secret: Path, load: Load, tmp_path: Path) -> None:
    (tmp_path / "allowed").symlink_to(secret.parent)  # a link that the user names is the folder that it leads to
    (tmp_path / "other").mkdir()
    misled.says(f"file://{secret}")
    _, found = load(misled.location, "--artifact-root", "other", "--artifact-root", "allowed")
    assert load.ref(EVIL) not in {each["modelVersion"] for each in found["failures"]}
    assert load.pulled(EVIL, tmp_path / "pulled") == SECRET


def test_what_is_in_the_stores_own_folder_is_read(misled: Misled, secret: Path, load: Load, tmp_path: Path) -> None:
    secret.rename(misled.own / "kept")
    misled.says(f"file://{misled.own}/kept")
    _, found = load(misled.location)
    assert load.ref(EVIL) not in {each["modelVersion"] for each in found["failures"]}
    assert load.pulled(EVIL, tmp_path / "pulled") == SECRET


def test_the_folder_beside_a_store_in_a_folder_is_not_its_own(folder: Trained) -> None:
    assert isinstance(LOADER, BringsFiles)
    with LOADER.open_files(folder.location, LoadOptions("mlflow")) as versions:
        roots = {each.folder.roots for each in versions if isinstance(each.folder, LocalFolder)}
    assert roots == {(folder.folder / "mlruns",)}


@pytest.mark.parametrize(
    "path",
    ("/a\0b", "/allowed/\ud800", "/allowed/" + "a" * 5_000, "/allowed/nothing"),
    ids=("nul", "no Unicode", "long", "not there"),
)
def test_a_path_that_is_none(path: str, tmp_path: Path) -> None:
    with pytest.raises(PedigreeError) as caught:
        LocalFolder(Path(path), (Path("/allowed"),)).fetch(tmp_path, Unwatched(), Event())
    assert "There is no folder" in caught.value.message


@pytest.mark.parametrize("root", ("nowhere", "a-file", ""))
def test_an_option_that_names_no_folder(root: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a-file").write_text("")
    words = ["load", "mlflow", "file:nowhere", "--with-artifacts", "--home", str(home), "--artifact-root", root]
    assert run(words) == Exit.USAGE
    assert "is no folder" in " ".join(capsys.readouterr().err.split())
    assert not home.exists()


def test_the_option_without_files(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["load", "mlflow", "file:nowhere", "--home", str(home), "--artifact-root", str(tmp_path)]
    assert run(words) == Exit.USAGE
    assert "without --with-artifacts none are" in " ".join(capsys.readouterr().err.split())
    assert not home.exists()


def test_a_load_goes_on_with_the_folders_that_it_began_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    begun = json.loads(json.dumps(Sends(with_artifacts=True, artifact_root=["allowed"]).kept()))
    state = LoadState("load-1", "mlflow", "store-1", "", begun, "", 0, 0, 0, 0)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    asked = going_on(state, Sends(resume=True).given())
    assert replace(Sends(), artifact_root=asked["artifact_root"]).artifact_roots == (tmp_path / "allowed",)
    anew = going_on(state, Sends(resume=True, with_artifacts=True, artifact_root=["other"]).given())
    assert anew["artifact_root"] == [str(tmp_path / "elsewhere" / "other")]
