"""`pedigree doctor` where the disk is full, and where artifacts cannot be kept."""

import json
from pathlib import Path

import pytest

from app.artifacts.folder_files import FolderFiles
from app.cli import run
from app.commands.exits import Exit


def test_a_full_disk_fails(
    served: tuple[str, Path], where: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An engine that runs still answers, but nothing can be stored, and none can be started."""

    class Usage:
        free = 4 * 1024 * 1024

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    code = run(["doctor", "--json", *where])
    rooms = [each for each in json.loads(capsys.readouterr().out)["findings"] if each["check"] == "room"]
    if where[0] == "--server":  # whose disk is not this one
        assert rooms == []
        return
    assert code == Exit.NO
    [finding] = rooms
    assert finding["state"] == "fails"
    assert str(served[1]) in finding["says"]
    assert "Make room, or set PEDIGREE_HOME" in finding["says"]


def _artifacts(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    found = json.loads(capsys.readouterr().out)["findings"]
    return [each for each in found if each["check"] == "artifacts"]


def test_it_says_where_artifacts_are(
    served: tuple[str, Path], where: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--json", *where]) == Exit.DONE
    found = _artifacts(capsys)
    if where[0] == "--server":  # which says by itself whether it is ready
        assert found == []
        return
    [finding] = found
    assert (finding["state"], finding["says"]) == ("ok", f"in {served[1] / 'artifacts'}: can be written and read")


def test_a_folder_that_cannot_be_written_fails(
    served: tuple[str, Path], where: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FolderFiles, "try_writing", refused)
    code = run(["doctor", "--json", *where])
    if where[0] == "--server":
        return
    [finding] = _artifacts(capsys)
    assert (code, finding["state"]) == (Exit.NO, "fails")
    assert str(served[1] / "artifacts") in finding["says"]
    assert "Let this user read and write" in finding["says"]
