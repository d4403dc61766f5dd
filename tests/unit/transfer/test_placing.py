"""A folder that files come into."""

import errno
import os
import threading
from pathlib import Path

import pytest

from app.artifacts.content import MIB
from app.transfer.arriving import PlaceUnfit
from app.transfer.placing import Target

NEVER = threading.Event()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def test_a_file_has_its_name_when_it_is_finished(root: Path) -> None:
    target = Target(root)
    with target.arriving("a/b", 4, NEVER) as arriving:
        arriving.write(b"ab")
        assert [path.name for path in (root / "a").iterdir()] == [".b.pedigree-part"]
    with target.arriving("a/b", 4, NEVER) as arriving:
        assert arriving.bytes == 2
        arriving.write(b"cd")
        arriving.finish(replace=False)
    assert [path.name for path in (root / "a").iterdir()] == ["b"]
    assert (root / "a" / "b").read_bytes() == b"abcd"
    assert target.size_of("a/b") == 4
    target.close()


def test_what_has_come_is_on_its_way_to_the_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _, first, count, advice: told.append((first, count, advice)))
    target, chunk = Target(root), bytes(3 * MIB)
    with target.arriving("a", 20 * len(chunk), NEVER) as arriving:
        for _ in range(7):
            arriving.write(chunk)
    with target.arriving("a", 20 * len(chunk), NEVER) as arriving:
        for _ in range(3):
            arriving.write(chunk)
        arriving.restart()
        for _ in range(3):
            arriving.write(chunk)
    nine = (0, 9 * MIB, os.POSIX_FADV_DONTNEED)
    after = [(first * MIB, 9 * MIB, os.POSIX_FADV_DONTNEED) for first in (9, 21)]
    assert told == [nine, *after, nine]
    target.close()


@pytest.mark.parametrize("advice", ("none", "refused"))
def test_a_system_that_takes_no_advice_keeps_nothing_from_coming(
    root: Path, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    if advice == "none":
        monkeypatch.delattr(os, "posix_fadvise")
    else:
        monkeypatch.setattr(os, "posix_fadvise", refuse)
    target, data = Target(root), os.urandom(9 * MIB)
    with target.arriving("a", len(data), NEVER) as arriving:
        arriving.write(data)
        arriving.finish(replace=False)
    assert (root / "a").read_bytes() == data
    target.close()


def test_a_name_that_is_as_long_as_names_are(root: Path) -> None:
    target = Target(root)
    for name in ("x" * 255, "ö" * 127):
        with target.arriving(name, 1, NEVER) as arriving:
            arriving.write(b"1")
            arriving.finish(replace=False)
        assert (root / name).read_bytes() == b"1"
    target.close()


@pytest.mark.parametrize("path", ("../x", "/x", "a/../../x", ""))
def test_no_path_leads_out(path: str, root: Path) -> None:
    target = Target(root)
    for do in (lambda: target.size_of(path), lambda: target.arriving(path, 1, NEVER)):
        with pytest.raises(PlaceUnfit):
            do()
    target.close()
    assert list(root.parent.iterdir()) == [root]


def test_nobody_waits_for_what_nobody_wants(root: Path) -> None:
    target = Target(root)
    with target.arriving("a", 2, NEVER) as arriving:
        arriving.write(b"ab")
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(InterruptedError):
        target.arriving("a", 2, stopped)
    target.close()


def test_a_pipe_in_the_way_is_not_waited_for(root: Path) -> None:
    target = Target(root)
    os.mkfifo(root / ".a.pedigree-part")
    with pytest.raises(PlaceUnfit):
        target.arriving("a", 2, NEVER)
    target.close()
