"""`pedigree verify`, of a service that runs, and of its home."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit
from app.commands.verify import stretches
from tests.commands.contents import sha256, write

Where = list[str]
Printed = pytest.CaptureFixture[str]

SPACE = 2**64


@pytest.fixture
def pushed(where: Where, tmp_path: Path, capsys: Printed, request: pytest.FixtureRequest) -> tuple[str, bytes]:
    """A version of two files that no other has, and the bytes of one of them."""
    data = os.urandom(100)
    folder = write(tmp_path / "model", {"weights.bin": data, "config.json": json.dumps(data.hex()).encode()})
    ref = f"model-version:verified/{request.node.originalname}/{where[0].strip('-')}"
    assert run(["push", ref, str(folder), *where]) == Exit.DONE
    capsys.readouterr()
    return ref, data


def _damaged(home: Path, data: bytes) -> None:
    """Changes one byte of what the home holds as that, past the service."""
    [stored] = (home / "artifacts" / "sha256").rglob(f"*{sha256(data)[8:]}")
    stored.chmod(0o600)
    stored.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def _verified(capsys: Printed, *words: str, code: Exit = Exit.DONE) -> Any:
    assert run(["verify", *words, "--json"]) == code
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


def test_all_is_as_it_was(where: Where, pushed: tuple[str, bytes], capsys: Printed) -> None:
    ref, data = pushed
    assert run(["verify", ref, *where]) == Exit.DONE
    assert capsys.readouterr().out == "2 artifacts read (302 bytes): all as they were.\n"
    assert _verified(capsys, ref, *where) == {"read": 2, "bytes": 302, "wrong": []}
    assert len(data) == 100


def test_what_is_damaged_is_told_until_it_is_mended(
    where: Where, pushed: tuple[str, bytes], served: tuple[str, Path], tmp_path: Path, capsys: Printed
) -> None:
    ref, data = pushed
    _damaged(served[1], data)
    assert run(["verify", ref, *where]) == Exit.NO
    printed = capsys.readouterr()
    assert f"DAMAGED     sha256:{sha256(data)}  100 bytes" in printed.out
    assert "1 not as they were" in printed.out
    assert "Push the files" in printed.err
    report = _verified(capsys, ref, *where, code=Exit.NO)
    assert report["read"] == 2
    [wrong] = report["wrong"]
    assert (wrong["state"], wrong["digest"], wrong["bytes"]) == ("DAMAGED", f"sha256:{sha256(data)}", 100)
    assert sha256(data) in wrong["message"]

    everything = _verified(capsys, *where, code=Exit.NO)
    assert wrong["digest"] in {each["digest"] for each in everything["wrong"]}
    assert everything["read"] >= 2

    assert run(["push", ref, str(tmp_path / "model"), *where]) == Exit.DONE
    capsys.readouterr()
    assert _verified(capsys, ref, *where)["wrong"] == []


def test_only_what_nobody_has_read_for_so_long(where: Where, pushed: tuple[str, bytes], capsys: Printed) -> None:
    ref, _ = pushed
    assert _verified(capsys, ref, "--unread-for", "1", *where)["read"] == 0
    assert run(["verify", ref, "--unread-for", "1e300", *where]) == Exit.DONE
    assert capsys.readouterr().out == "0 artifacts read (0 bytes): none was to be.\n"
    assert _verified(capsys, ref, "--unread-for", "0", *where)["read"] == 2


def test_many_artifacts_come_by_pages(where: Where, tmp_path: Path, capsys: Printed) -> None:
    files = {f"{number:03}.bin": f"{where[0]} {number}".encode() for number in range(130)}
    ref = f"model-version:verified/many/{where[0].strip('-')}"
    assert run(["push", ref, str(write(tmp_path / "many", files)), "--parallel", "16", *where]) == Exit.DONE
    capsys.readouterr()
    assert _verified(capsys, ref, *where)["read"] == 130
    assert 0 < _verified(capsys, ref, "--sample", "0.5", *where)["read"] < 130


@pytest.mark.parametrize("start", (0, 1, SPACE // 2, SPACE * 3 // 4, SPACE - 1))
@pytest.mark.parametrize("share", (0.25, 0.001, 0.999))
def test_a_sample_is_a_share_of_all_digests_wherever_it_begins(share: float, start: int) -> None:
    chosen = stretches(share, start)
    assert sum(_length(*each) for each in chosen) == pytest.approx(share * SPACE, abs=2)
    assert chosen[0][0] == f"sha256:{start:016x}{'0' * 48}"
    wraps = start + share * SPACE >= SPACE
    assert len(chosen) == (2 if wraps else 1)
    assert not wraps or (chosen[0][1], chosen[1][0]) == ("", "")


def _length(after: str, to: str) -> int:
    first = int(after[7:23], 16) if after else 0
    return (int(to[7:23], 16) if to else SPACE) - first


def test_a_sample_begins_anywhere_and_all_is_all() -> None:
    assert stretches(1.0) == [("", "")]
    assert len({stretches(0.25)[0] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("words", "told"),
    (
        (["--sample", "0"], "--sample is 0"),
        (["--sample", "1.5"], "Give a ratio above 0 and up to 1"),
        (["--sample", "nan"], "--sample is nan"),
        (["--sample", "some"], "--sample"),
        (["--unread-for", "-1"], "--unread-for is -1"),
        (["--unread-for", "nan"], "Give a number of days"),
        (["dataset:a/b"], "no model version or model or endpoint"),
        (["churn/scorer/12"], "A REF is kind:key"),
        (["model-version:verified/nobody/1"], "There is no model-version:verified/nobody/1"),
    ),
)
def test_what_makes_no_sense_is_told(words: Sequence[str], told: str, where: Where, capsys: Printed) -> None:
    assert run(["verify", *words, *where]) == Exit.USAGE
    printed = capsys.readouterr()
    assert told in " ".join(printed.err.replace("│", " ").split())
    assert printed.out == ""
