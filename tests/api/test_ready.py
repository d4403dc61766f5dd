"""What `/readyz` says of artifacts, and what goes on being answered while they are away."""

import socket
from pathlib import Path

import httpx

from tests.serving import PATIENTLY, Serving, pedigree

ASKED = {"query": "{ models { totalCount } }"}
BUCKET = {"artifacts_url": "s3://models", "artifacts_access_key": "somebody", "artifacts_secret_key": "topsecret"}


def _ready(serving: Serving) -> tuple[int, dict[str, str]]:
    answer = httpx.get(f"{serving.address}/readyz", **PATIENTLY)
    return answer.status_code, answer.json()["checks"]


def test_a_folder_that_is_away_and_comes_back(tmp_path: Path) -> None:
    artifacts = tmp_path / "home" / "artifacts"
    with Serving(tmp_path / "home") as serving:
        artifacts.rename(tmp_path / "away")
        status, checks = _ready(serving)
        assert (status, checks["graph"], checks["schema"]) == (503, "ok", "ok")
        assert f"{artifacts}, is not there" in checks["artifacts"]
        asked = httpx.post(f"{serving.address}/graphql", json=ASKED, **PATIENTLY)
        assert asked.json()["data"]["models"]["totalCount"] == 0
        said = pedigree("doctor", "--server", serving.address, folder=tmp_path)
        assert said.returncode == 1
        assert "artifacts: The folder of artifacts" in " ".join(said.stdout.split())
        (tmp_path / "away").rename(artifacts)
        assert _ready(serving) == (200, {"graph": "ok", "schema": "ok", "artifacts": "ok"})


def test_a_bucket_that_does_not_answer_keeps_no_service_from_starting(tmp_path: Path) -> None:
    home, bucket = tmp_path / "home", BUCKET | {"artifacts_endpoint": "http://127.0.0.1:1"}
    with Serving(home, **bucket) as serving:
        status, checks = _ready(serving)
        assert (status, checks["graph"]) == (503, "ok")
        assert "bucket models at 127.0.0.1:1, does not answer" in checks["artifacts"]
        asked = httpx.post(f"{serving.address}/graphql", json=ASKED, **PATIENTLY)
        assert asked.status_code == 200
        # There is no folder whose addresses could be answered.
        assert httpx.get(f"{serving.address}/artifacts/x", **PATIENTLY).status_code == 404
        assert serving.stop() == 0
        assert "topsecret" not in serving.log
    assert not (home / "artifacts").exists()
    said = pedigree("doctor", "--home", str(home), folder=tmp_path, **bucket)
    assert said.returncode == 1
    assert "bucket models at 127.0.0.1:1, does not answer" in " ".join(said.stdout.split())


def test_a_store_that_hangs_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        bucket = BUCKET | {"artifacts_endpoint": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with Serving(tmp_path / "home", **bucket) as serving:
            for _ in range(3):
                status, checks = _ready(serving)
                assert (status, checks["graph"]) == (503, "ok")
                assert "answer" in checks["artifacts"]
            assert serving.stop() == 0


def test_strangers_are_told_the_code_alone(tmp_path: Path) -> None:
    bucket = BUCKET | {"artifacts_endpoint": "http://127.0.0.1:1"}
    with Serving(tmp_path / "home", auth="tokens", **bucket) as serving:
        status, checks = _ready(serving)
        assert (status, checks["artifacts"]) == (503, "ARTIFACTS_UNREACHABLE")


def test_a_folder_that_cannot_be_made_is_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "artifacts").write_text("", encoding="utf-8")
    ended = pedigree("serve", "--port", "0", "--home", str(tmp_path / "home"), folder=tmp_path)
    assert ended.returncode == 3
    assert f"{tmp_path / 'home' / 'artifacts'}, is no folder" in ended.stderr
    assert "Traceback" not in ended.stderr
