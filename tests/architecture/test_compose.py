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

from app.settings import Settings, read_settings
from tests.architecture import tree

FILE = tree.ROOT / "docker-compose.yml"
IMAGE = tree.ROOT / "Dockerfile"
IGNORED = tree.ROOT / ".dockerignore"
LOADER = Path(__file__).parent / "compose"
VARIABLES = (
    "PEDIGREE_GRAPH_PASSWORD",
    "PEDIGREE_ARTIFACTS_ACCESS_KEY",
    "PEDIGREE_ARTIFACTS_SECRET_KEY",
    "MINIO_ROOT_USER",
    "MINIO_ROOT_PASSWORD",
)
ENDING = {"minio-bucket"}
"""What ends when it has done its work, and others wait for."""

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
    assert set(json.loads(loaded.stdout)["services"]) == {"pedigree", "neo4j", "minio"} | ENDING


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
    silent = {name for name, service in written["services"].items() if not service.get("healthcheck", {}).get("test")}
    assert silent == ENDING
    # Only where another service waits for its end does `up --wait` take that for a good one.
    awaited = {
        name
        for service in written["services"].values()
        for name, how in service.get("depends_on", {}).items()
        if how == {"condition": "service_completed_successfully"}
    }
    assert awaited == ENDING


def test_every_secret_comes_from_the_environment(written: dict[str, Any]) -> None:
    for service in written["services"].values():
        for name, value in service["environment"].items():
            if re.search("AUTH|PASSWORD|SECRET|USER|KEY", name) and name not in NO_SECRETS:
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
    assert service["depends_on"] == {
        "neo4j": {"condition": "service_healthy"},
        "minio-bucket": {"condition": "service_completed_successfully"},
    }
    found = _settings(service)
    assert (found.host, found.auth, found.graph_url) == ("0.0.0.0", "tokens", "bolt://neo4j:7687")  # noqa: S104 - in its container


def _settings(service: dict[str, Any]) -> Settings:
    """What Pedigree reads there."""
    settings = {name.removeprefix("PEDIGREE_").lower(): value for name, value in service["environment"].items()}
    return read_settings(**{**settings, "graph_password": "chosen-by-the-user"})


def test_artifacts_are_in_minio_which_clients_reach_where_it_is_published(written: dict[str, Any]) -> None:
    services = written["services"]
    found = _settings(services["pedigree"])
    assert (found.artifacts_url, found.artifacts_endpoint) == ("s3://artifacts", "http://minio:9000")
    assert found.artifacts_public_endpoint == "http://127.0.0.1:9000"
    assert "127.0.0.1:9000:9000" in services["minio"]["ports"]
    for name in ("PEDIGREE_ARTIFACTS_ACCESS_KEY", "PEDIGREE_ARTIFACTS_SECRET_KEY"):
        assert services["pedigree"]["environment"][name] == services["minio-bucket"]["environment"][name]
    assert not [name for name in services["pedigree"]["environment"] if name.startswith("MINIO_")]


def test_the_bucket_is_made_beside_the_service_for_a_user_who_may_little(written: dict[str, Any]) -> None:
    service = written["services"]["minio-bucket"]
    assert service["image"] == written["services"]["minio"]["image"]
    assert service["depends_on"] == {"minio": {"condition": "service_healthy"}}
    [script] = service["command"]
    assert "mc mb --ignore-existing root/artifacts" in script
    assert "$" not in script.replace("$$", "")  # the shell's variables, not those of compose
    policy = json.loads(re.search(r"printf '%s' '([^']+)'", script)[1])  # type: ignore[index] - it is there
    allowed = {action: set(each["Resource"]) for each in policy["Statement"] for action in each["Action"]}
    assert {resource for resources in allowed.values() for resource in resources} == {
        "arn:aws:s3:::artifacts",
        "arn:aws:s3:::artifacts/*",
    }
    documented = set(re.findall(r"`(s3:\w+)`", tree.text(Path("docs/guides/settings.md"))))
    assert set(allowed) == documented | {"s3:GetBucketLocation"}  # which `mc` asks for
    made = [path.as_posix() for path in tree.python_files("app", "loaders") if "make_bucket" in tree.text(path)]
    assert made == []


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
    assert {name: value for name, value in settings.items() if re.search("PASSWORD|SECRET", name) and value} == {}
