"""`pedigree load … --to-file`: a file is there whole or not at all, whoever else writes it."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.commands.load import _Work
from app.commands.load_options import Reads, Sends
from app.commands.progress import LoadProgress
from app.loading.loader import Batch, LoadOptions, Skipped, SourceUnreachable
from app.loading.report import LoadReport
from app.settings import Settings


class _Reading:
    """Waits for another one to have begun before it says anything."""

    def __init__(self, name: str, meeting: threading.Barrier, *, fails: bool) -> None:
        self.name = name
        self.meeting = meeting
        self.fails = fails

    @property
    def store_id(self) -> str:
        return "store"

    @property
    def namespace(self) -> str:
        return self.name

    def batches(self, after: str | None = None) -> Iterator[Batch]:
        assert after is None
        for number in range(3):
            self.meeting.wait(timeout=60)
            yield Batch([{"model": {"name": f"{self.name} {number}"}}], [], str(number), number, None)
        if self.fails:
            raise SourceUnreachable("It went away.")

    def skipped(self) -> Iterator[Skipped]:
        return iter(())

    def close(self) -> None:
        """Nothing is held."""


class _Loader:
    """Opens such a reading."""

    name = "pretended"
    summary = ""

    def __init__(self, reading: _Reading) -> None:
        self.reading = reading

    def open(self, location: str, options: LoadOptions, workspace: Path) -> _Reading:
        assert (location, options.source) == ("there", self.name)
        assert workspace.is_dir()
        return self.reading


def _write(path: Path, name: str, meeting: threading.Barrier, told: dict[str, LoadReport], *, fails: bool) -> None:
    loader = _Loader(_Reading(name, meeting, fails=fails))
    work = _Work(loader, "there", Reads(), Sends(to_file=path), Settings(), LoadProgress(quiet=True))
    told[name] = work.write(path)


def _both_write(path: Path, *, second_fails: bool) -> dict[str, LoadReport]:
    meeting = threading.Barrier(2)
    told: dict[str, LoadReport] = {}
    threads = [
        threading.Thread(target=_write, args=(path, name, meeting, told), kwargs={"fails": fails})
        for name, fails in (("first", False), ("second", second_fails))
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return told


@pytest.mark.parametrize("name", ("inventory.jsonl", "é" * 120))
def test_two_that_write_one_file_at_once_each_write_all_of_it(tmp_path: Path, name: str) -> None:
    told = _both_write(tmp_path / name, second_fails=False)
    assert [each.failure for each in told.values()] == [None, None]
    head, *rows = map(json.loads, (tmp_path / name).read_text("utf-8").splitlines())
    assert [row["model"]["name"] for row in rows] == [f"{head['namespace']} {number}" for number in range(3)]
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_one_that_fails_takes_nothing_from_the_other(tmp_path: Path) -> None:
    path = tmp_path / "inventory.jsonl"
    path.write_text("what was there")
    told = _both_write(path, second_fails=True)
    assert told["first"].failure is None
    assert told["second"].failure is not None
    assert json.loads(path.read_text("utf-8").splitlines()[0])["namespace"] == "first"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
