"""What a folder holds that a version can have, and what it holds that none can."""

import os
import socket
import unicodedata
from pathlib import Path

import pytest

from app.artifacts.failures import BadManifest
from app.transfer import walking
from app.transfer.walking import FolderUnfit, walk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files at two depths."""
    made = tmp_path / "model"
    (made / "a" / "b").mkdir(parents=True)
    for path in ("z", "a/b/c.bin", "a.log", ".hidden"):
        (made / path).write_text(path, encoding="utf-8")
    return made


def paths(folder: Path, *exclude: str) -> list[str]:
    return [found.path for found in walk(folder, exclude)]


def told(folder: Path, *exclude: str) -> str:
    with pytest.raises(FolderUnfit) as caught:
        walk(folder, exclude)
    return caught.value.message


def test_files_by_path(folder: Path) -> None:
    assert paths(folder) == [".hidden", "a.log", "a/b/c.bin", "z"]
    assert [found.look.bytes for found in walk(folder)] == [7, 5, 9, 1]


@pytest.mark.parametrize(
    ("pattern", "left"),
    (
        ("a", [".hidden", "a.log", "z"]),
        ("a/", [".hidden", "a.log", "z"]),
        ("*.log", [".hidden", "a/b/c.bin", "z"]),
        ("a/b/c.bin", [".hidden", "a.log", "z"]),
        ("c.bin", [".hidden", "a.log", "z"]),
        (".*", ["a.log", "a/b/c.bin", "z"]),
        ("A", [".hidden", "a.log", "a/b/c.bin", "z"]),
    ),
)
def test_what_is_left_out(pattern: str, left: list[str], folder: Path) -> None:
    assert paths(folder, pattern) == left


def test_links(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model2").mkdir()
    (tmp_path / "model2" / "file").write_text("", encoding="utf-8")
    links = {"in": "a/b/c.bin", "out": "../model2/file", "up": "..", "dir": "a", "nowhere": "nope", "self": "self"}
    for name, goal in links.items():
        (folder / name).symlink_to(goal)
    said = told(folder)
    for name, why in (
        ("out", "leads out of"),
        ("up", "leads out of"),
        ("dir", "is a link to a folder"),
        ("nowhere", "leads nowhere"),
        ("self", "leads nowhere"),
    ):
        assert f"  {name} is a link" in said
        assert why in said
    assert "  in " not in said
    assert "in" in paths(folder, "out", "up", "dir", "nowhere", "self")


def test_what_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    here = Path.cwd()
    os.chdir(folder)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("socket")
    finally:
        os.chdir(here)
    said = told(folder)
    assert "pipe is a pipe" in said
    assert "socket is a socket" in said


@pytest.mark.parametrize(
    ("name", "why"),
    (
        (".git", "--exclude .git"),
        (".svn", "--exclude .svn"),
        (".x.pedigree-part", "has not finished"),
        ("back\\slash", "backslash"),
        ("new\nline", "control character"),
        (unicodedata.normalize("NFD", "größe"), "NFC"),
        (os.fsdecode(b"\xff"), "control character"),
    ),
)
def test_names_that_are_no_paths(name: str, why: str, folder: Path) -> None:
    (folder / name).write_text("", encoding="utf-8")
    assert why in told(folder)
    assert len(paths(folder, name)) == 4


def test_names_that_differ_by_case_only(folder: Path) -> None:
    (folder / "Z").write_text("", encoding="utf-8")
    if len(list(folder.iterdir())) == 5:
        with pytest.raises(BadManifest):
            walk(folder)


def test_a_folder_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadManifest):
        walk(tmp_path)
    assert "no folder that can be read" in told(tmp_path / "nope")
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "no folder that can be read" in told(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read(folder: Path) -> None:
    (folder / "a").chmod(0)
    assert "a/ cannot be read" in told(folder)
    (folder / "a").chmod(0o700)


def test_many_flaws_are_told_together_and_counted(folder: Path) -> None:
    for number in range(15):
        (folder / f"{number:02}").symlink_to("nope")
    said = told(folder)
    assert said.count("leads nowhere") == 10
    assert "and 5 more" in said


def test_too_many_files_end_the_walk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_FILES", 2)
    assert "more than 2 files" in told(folder)
