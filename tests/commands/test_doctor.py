"""`pedigree doctor` where the disk is full."""

import json
from pathlib import Path

import pytest

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
