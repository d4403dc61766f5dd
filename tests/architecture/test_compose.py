"""`docker-compose.yml`: read as Docker's own client reads it, and held to what the security of it rests on.

No container engine is needed: the client's loader (schema, interpolation, consistency) is a Go module, and a few lines
run it.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import read_settings
from tests.architecture import tree

FILE = tree.ROOT / "docker-compose.yml"
IMAGE = tree.ROOT / "Dockerfile"
IGNORED = tree.ROOT / ".dockerignore"
LOADER = Path(__file__).parent / "compose"
VARIABLES = ("PEDIGREE_GRAPH_PASSWORD", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD")
NO_SECRETS = {"PEDIGREE_AUTH", "PEDIGREE_GRAPH_USER"}
REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built loader; skip where there is no Go, unless everything is required."""
    go = shutil.which("go")
    if go is None:
        message = "Go is not installed, so docker-compose.yml was not read by Docker's own loader"
        (pytest.fail if os.environ.get("PEDIGREE_REQUIRE_SERVERS") == "1" else pytest.skip)(message)
    program = tmp_path_factory.mktemp("compose") / "compose"
    subprocess.run([go, "build", "-mod=readonly", "-o", str(program), "."], cwd=LOADER, check=True)
    return program


def _load(loader: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(loader), str(FILE)], env=environment, check=False, capture_output=True, text=True)


@pytest.mark.timeout(600)
def test_dockers_own_loader_accepts_it(loader: Path) -> None:
    loaded = _load(loader, dict.fromkeys(VARIABLES, "chosen-by-the-user"))
    assert loaded.returncode == 0, loaded.stderr
    assert set(json.loads(loaded.stdout)["services"]) == {"pedigree", "neo4j", "minio"}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("missing", VARIABLES)
def test_without_a_secret_it_says_which(loader: Path, missing: str) -> None:
    loaded = _load(loader, {name: "chosen-by-the-user" for name in VARIABLES if name != missing})
    assert loaded.returncode == 1
    assert f"set {missing} in .env" in loaded.stderr


def test_every_port_but_that_of_pedigree_is_bound_to_loopback(written: dict[str, Any]) -> None:
    services = {name: service for name, service in written["services"].items() if name != "pedigree"}
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert written["services"]["pedigree"]["ports"] == ["8000:8000"]
    assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", str(port))] == []
    assert [name for name, service in written["services"].items() if service.get("network_mode") == "host"] == []


def test_every_service_says_whether_it_is_healthy(written: dict[str, Any]) -> None:
    assert [
        name for name, service in written["services"].items() if not service.get("healthcheck", {}).get("test")
    ] == []


def test_every_secret_comes_from_the_environment(written: dict[str, Any]) -> None:
    for service in written["services"].values():
        for name, value in service["environment"].items():
            if re.search("AUTH|PASSWORD|SECRET|USER", name) and name not in NO_SECRETS:
                assert REQUIRED.fullmatch(str(value).removeprefix("neo4j/")), name


def test_every_folder_mounted_is_a_named_volume(written: dict[str, Any]) -> None:
    mounted = [str(volume) for service in written["services"].values() for volume in service.get("volumes", [])]
    assert {volume.partition(":")[0] for volume in mounted} == set(written["volumes"])


def test_every_image_is_named_with_its_version(written: dict[str, Any]) -> None:
    images = [service["image"] for service in written["services"].values() if "build" not in service]
    assert [image for image in images if not re.search(r":.*\d", image) or image.endswith("latest")] == []


def test_pedigree_wants_to_know_who_is_calling_and_may_little(written: dict[str, Any]) -> None:
    service = written["services"]["pedigree"]
    assert service["environment"]["PEDIGREE_AUTH"] == "tokens"
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    settings = {name.removeprefix("PEDIGREE_").lower(): value for name, value in service["environment"].items()}
    found = read_settings(**{**settings, "graph_password": "chosen-by-the-user"})
    assert (found.host, found.auth, found.graph_url) == ("0.0.0.0", "tokens", "bolt://neo4j:7687")  # noqa: S104 - in its container


def test_the_image_is_made_of_what_is_pinned_and_is_not_run_by_root() -> None:
    lines = [line for line in IMAGE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert "0" not in users
    assert "root" not in users
    installed = [line for line in lines if "pip install" in line]
    assert all("--no-deps" in line for line in installed)
    assert "--require-hashes --requirement requirements/runtime.txt" in installed[0]
    assert [line for line in lines if line.startswith("HEALTHCHECK")]
    assert "/healthz" in "\n".join(lines)
    copied = [line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert [path for path in copied if not (tree.ROOT / path).exists()] == []


def test_the_image_is_given_nothing_else() -> None:
    first, *rest = (line for line in IGNORED.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    assert first == "*"
    assert not [line for line in rest if line.startswith("!") and (".env" in line or "*" in line)]


def test_the_known_hole_is_named() -> None:
    assert "CVE-2026-40344" in FILE.read_text(encoding="utf-8")


def test_the_example_environment_holds_no_password_that_works() -> None:
    lines = (tree.ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    settings = dict(line.split("=", maxsplit=1) for line in lines if line and not line.startswith("#"))
    assert set(VARIABLES) <= set(settings)
    assert {name: value for name, value in settings.items() if "PASSWORD" in name and value} == {}
