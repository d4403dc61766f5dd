"""A push and a pull that are stopped or killed: the same command goes on, and nothing half stands for a whole."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest

from app.cli import run
from app.commands.exits import Exit
from tests.commands.contents import REF, sha256, write
from tests.commands.pretended import Pretended
from tests.serving import PEDIGREE, clean_environment

FILES = {f"{number}.bin": os.urandom(300_000) for number in range(6)}

STOPS = pytest.mark.parametrize("how", (signal.SIGKILL, signal.SIGINT, signal.SIGTERM))


def start(service: Pretended, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(PEDIGREE), *words],
        env=clean_environment(server=service.address),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], how: signal.Signals) -> None:
    printed, said = process.communicate(timeout=60)
    assert process.returncode == (Exit.INTERRUPTED if how is signal.SIGINT else -how)
    assert printed == ""
    assert "Traceback" not in said
    assert how is not signal.SIGINT or "The same command goes on" in said


@STOPS
def test_a_push_goes_on(how: signal.Signals, service: Pretended, tmp_path: Path) -> None:
    folder = write(tmp_path / "model", FILES)
    service.part_bytes = 100_000
    started: list[subprocess.Popen[str]] = []

    def stop(_kind: str, count: int) -> None:
        if count == 7:
            started[0].send_signal(how)

    service.on_send = stop
    started.append(start(service, "push", REF, str(folder), "--parallel", "2"))
    ended(started[0], how)
    arrived = set(service.arrived)
    assert len(arrived) >= 5
    service.puts.clear()
    service.on_send = lambda _kind, _count: None
    assert run(["push", REF, str(folder)]) == Exit.DONE
    assert not arrived & set(service.puts)
    assert set(service.held) == {sha256(data) for data in FILES.values()}


@STOPS
def test_a_pull_goes_on(how: signal.Signals, service: Pretended, tmp_path: Path) -> None:
    service.holds(FILES)
    service.get_faults = [None, None, "stall"]
    into = tmp_path / "into"
    started: list[subprocess.Popen[str]] = []

    async def stop() -> None:
        part = into / ".2.bin.pedigree-part"
        while not part.exists() or not part.stat().st_size:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
        started[0].send_signal(how)
        await asyncio.to_thread(started[0].wait, 60)

    service.stalled = stop
    started.append(start(service, "pull", REF, str(into), "--parallel", "1"))
    ended(started[0], how)
    assert {path.name for path in into.iterdir()} == {"0.bin", "1.bin", ".2.bin.pedigree-part"}
    assert all((into / name).read_bytes() == FILES[name] for name in ("0.bin", "1.bin"))
    come = (into / ".2.bin.pedigree-part").stat().st_size
    service.gets.clear()
    assert run(["pull", REF, str(into)]) == Exit.DONE
    assert {path.name: path.read_bytes() for path in into.iterdir()} == FILES
    assert [asked for _, asked in service.gets if asked] == [f"bytes={come}-"]
    assert len(service.gets) == 4
