"""The folder of an embedded graph, its locks and the engine's options."""

import errno
import os
import stat
from pathlib import Path

import pytest

from app.errors import ErrorCode
from app.graph.embedded import home
from app.graph.embedded.folder import Address, Folder
from app.graph.embedded.locks import Lock, is_held
from app.graph.embedded.options import EngineOptions, java_arguments, java_library, logging_properties, package

ADDRESS = Address(bolt=1, http=2, password="hush", pid=3)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "home" / "graph")
    folder.make()
    return folder


def test_what_is_published_is_found_and_its_owner_s_only(folder: Folder) -> None:
    assert folder.address() is None
    for _ in range(2):
        folder.publish(ADDRESS)
        assert folder.address() == ADDRESS
    assert stat.S_IMODE(folder.address_file.stat().st_mode) == 0o600
    assert "hush" not in repr(ADDRESS)


@pytest.mark.parametrize(
    "content", ("", "{", "[]", '{"bolt": 1}', '{"bolt": 1, "http": 2, "password": "x", "pid": 3, "more": 4}')
)
def test_what_is_not_whole_is_nothing(folder: Folder, content: str) -> None:
    folder.address_file.write_text(content)
    assert folder.address() is None


def test_last_words(folder: Folder) -> None:
    assert folder.last_words() == ""
    (folder.root / "engine.log.0").write_text("one\ntwo\n")
    folder.host_log.write_text("three\n")
    assert folder.last_words(2) == "two\nthree"


def test_a_lock_is_held_alone_or_shared(folder: Folder) -> None:
    with Lock(folder.users_lock) as one, Lock(folder.users_lock) as two:
        assert one.share()
        assert two.share()
        assert not two.take()
        assert not is_held(folder.users_lock)
        one.release()
        assert two.take()
        assert not one.share()
        assert is_held(folder.users_lock)
    assert not is_held(folder.users_lock)
    one.close()


def test_no_secret_is_among_the_arguments_of_the_engine(folder: Folder) -> None:
    arguments = java_arguments(folder, EngineOptions(heap="2g", statement_seconds=1.5), bolt=11, http=12)
    assert "-Xmx2g" in arguments
    assert "-Darcadedb.command.timeout=1500" in arguments
    assert "-Darcadedb.bolt.port=11" in arguments
    assert "-Darcadedb.server.httpIncomingPort=12" in arguments
    assert "-Darcadedb.server.mode=production" in arguments
    assert not [each for each in arguments if "rootPassword=" in each]


def test_the_log_is_bounded(folder: Folder) -> None:
    assert "limit=1000000" in logging_properties(folder)


@pytest.mark.parametrize(("platform", "name"), (("linux", "libjvm.so"), ("darwin", "libjvm.dylib")))
def test_the_wheel_brings_its_own_java(monkeypatch: pytest.MonkeyPatch, platform: str, name: str) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert java_library(Path("wheel")) == Path("wheel/jre/lib/server") / name


def test_the_wheel_is_found_or_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (package() / "jars").is_dir()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="arcadedb-embedded"):
        package()


@pytest.mark.parametrize(
    ("number", "says"),
    (
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.ENOLCK, "locks"),
        (errno.EACCES, "Permission denied"),
        (errno.EROFS, "Read-only"),
        (errno.ENOTDIR, "Not a directory"),
    ),
)
def test_a_home_that_cannot_be_used_says_why_and_what_to_do(folder: Folder, number: int, says: str) -> None:
    told = home._unusable(folder, OSError(number, os.strerror(number)))
    assert told.code is ErrorCode.HOME_UNUSABLE
    assert says in told.message
    assert "PEDIGREE_HOME" in told.message
    assert str(folder.root) in told.message
