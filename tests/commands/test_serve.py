"""`pedigree serve`: how it starts, how it ends, and how it says that it cannot."""

import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.serving import PATIENTLY, Serving, pedigree


@pytest.mark.parametrize("told", (signal.SIGINT, signal.SIGTERM))
def test_it_stops_when_told_to(told: signal.Signals, tmp_path: Path) -> None:
    with Serving(tmp_path) as serving:
        assert httpx.get(f"{serving.address}/readyz", **PATIENTLY).status_code == 200
        serving.process.send_signal(told)
        assert serving.process.wait(120) == 0
        assert "Traceback" not in serving.log


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = pedigree("serve", "--port", str(port), "--home", str(tmp_path), folder=tmp_path)
    assert ended.returncode == 3
    assert f"Port {port} of 127.0.0.1 is in use" in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_address_that_this_machine_does_not_have(tmp_path: Path) -> None:
    ended = pedigree("serve", "--host", "::1%nope", "--home", str(tmp_path), folder=tmp_path)
    assert ended.returncode in {2, 3}
    assert "PEDIGREE_HOST" in ended.stderr


def test_another_address_than_loopback(tmp_path: Path) -> None:
    ended = pedigree("serve", "--host", "0.0.0.0", folder=tmp_path)  # noqa: S104 - to be refused
    assert ended.returncode == 2
    assert "PEDIGREE_AUTH is none" in ended.stderr


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = pedigree("serve", "--port", "0", "--home", str(tmp_path / "file"), folder=tmp_path)
    assert ended.returncode == 3
    assert str(tmp_path / "file") in ended.stderr
    assert "PEDIGREE_HOME" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_neo4j(tmp_path: Path) -> None:
    ended = pedigree("serve", "--port", "0", "--graph-url", "bolt://127.0.0.1:1", folder=tmp_path)
    assert ended.returncode == 3
    assert "No graph answers at bolt://127.0.0.1:1" in ended.stderr
    assert "Traceback" not in ended.stderr
