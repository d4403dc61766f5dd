"""What is no MLflow store, or goes away, is told clearly; no store is ever changed."""

import hashlib
import http.server
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import ErrorCode, PedigreeError
from app.loading.loader import LoadOptions
from loaders.mlflow import LOADER
from tests.loaders.conftest import Trained
from tests.loaders.loaded import read
from tests.servers.ports import free_port

OPTIONS = LoadOptions("mlflow")


class _Answers(http.server.BaseHTTPRequestHandler):
    """Answers everything with one status and body."""

    status = 200
    body = b"<html>hello</html>"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base calls it so
        """Stay quiet."""


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[str]:
    status, body = request.param
    handler = type("Handler", (_Answers,), {"status": status, "body": body})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://user:pw@127.0.0.1:{server.server_port}/path"
        server.shutdown()
        thread.join()


def refused(location: str, workspace: Path) -> PedigreeError:
    with pytest.raises(PedigreeError) as caught:
        read(location, workspace, OPTIONS)
    return caught.value


@pytest.mark.parametrize(
    "answering",
    ((200, b"<html>hello</html>"), (404, b"not here"), (200, b"[]")),
    ids=["html", "404", "list"],
    indirect=True,
)
def test_a_server_that_is_no_mlflow(answering: str, tmp_path: Path) -> None:
    error = refused(answering, tmp_path)
    assert error.code is ErrorCode.SOURCE_UNUSABLE
    assert "is no MLflow server" in error.message
    assert "MLFLOW_TRACKING_URI" in error.message
    assert "pw" not in error.message


@pytest.mark.parametrize("answering", ((401, b"{}"), (403, b"no")), indirect=True)
def test_a_server_that_lets_nobody_in(answering: str, tmp_path: Path) -> None:
    error = refused(answering, tmp_path)
    assert error.code is ErrorCode.SOURCE_UNREACHABLE
    assert "MLFLOW_TRACKING_USERNAME" in error.message


@pytest.mark.parametrize(
    ("answering", "said"),
    (((500, b"{}"), ""), ((500, b'{"error_code": "INTERNAL_ERROR", "message": "disk"}'), ": disk")),
    indirect=["answering"],
)
def test_a_server_that_fails(answering: str, said: str, tmp_path: Path) -> None:
    error = refused(answering, tmp_path)
    assert error.code is ErrorCode.SOURCE_UNREACHABLE
    assert f" answers 500 to /experiments/get{said}. See its log." in error.message


@pytest.mark.parametrize("answering", ((503, b"busy"),), indirect=True)
def test_a_server_that_stays_busy(answering: str, tmp_path: Path) -> None:
    error = refused(answering, tmp_path)
    assert error.code is ErrorCode.SOURCE_UNREACHABLE
    assert "503" in error.message


def test_no_server(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    error = refused(address, tmp_path)
    assert error.code is ErrorCode.SOURCE_UNREACHABLE
    assert address in error.message


@pytest.mark.parametrize("location", ("sqlite:///{}/missing.db", "file:{}/missing", "{}/missing"))
def test_no_file(location: str, tmp_path: Path) -> None:
    place = tmp_path / "store"
    place.mkdir()
    error = refused(location.format(place), tmp_path / "work")
    assert error.code is ErrorCode.SOURCE_UNREACHABLE
    assert "missing" in error.message
    assert list(place.iterdir()) == []


def test_another_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE experiments (id INTEGER)")
    before = digest(tmp_path / "other.db")
    error = refused(f"sqlite:///{tmp_path}/other.db", tmp_path / "work")
    assert error.code is ErrorCode.SOURCE_UNUSABLE
    assert "no MLflow store: it has no table alembic_version" in error.message
    assert digest(tmp_path / "other.db") == before


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello " * 100)
    error = refused(f"sqlite:///{tmp_path}/text.db", tmp_path / "work")
    assert error.code is ErrorCode.SOURCE_UNUSABLE
    assert "is not an SQLite database" in error.message


@pytest.mark.parametrize("damage", ("cut short", "overwritten"))
def test_a_database_that_is_damaged(database: Trained, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "damaged.db"
    whole = (database.folder / "mlflow.db").read_bytes()
    half = len(whole) // 8192 * 4096
    path.write_bytes(whole[:half] if damage == "cut short" else whole[:4096] + b"\x55" * (len(whole) - 4096))
    error = refused(f"sqlite:///{path}", tmp_path / "work")
    assert error.code is ErrorCode.SOURCE_UNUSABLE
    assert "is an SQLite database, and damaged" in error.message
    assert "Restore it" in error.message


def test_a_folder_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "store" / "1").mkdir(parents=True)
    error = refused(f"file:{tmp_path}/store", tmp_path / "work")
    assert error.code is ErrorCode.SOURCE_UNUSABLE
    assert "no MLflow store" in error.message
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["1"]


def test_a_broken_file_in_a_folder(folder: Trained, tmp_path: Path) -> None:
    shutil.copytree(folder.folder / "mlruns", tmp_path / "mlruns")
    (meta,) = (tmp_path / "mlruns").glob(f"*/{folder.ids['train']}/meta.yaml")
    meta.write_text("{")
    error = refused(f"file:{tmp_path}/mlruns", tmp_path / "work")
    assert error.code is ErrorCode.SOURCE_UNUSABLE
    assert folder.ids["train"] in error.message


def test_a_database_of_another_kind(tmp_path: Path) -> None:
    error = refused("postgresql://db.example.com/mlflow", tmp_path)
    assert error.code is ErrorCode.SOURCE_UNUSABLE
    assert "mlflow server" in error.message


@pytest.mark.parametrize(
    "location",
    (
        "http://user:pw@[bad",
        "http://user:pw@host:port",
        "http://user:pw@",
        "http:///user:pw",
        "http://user:pw@ho\0st",
        "http://user:pw@host/\ud800",
        "http://user:pw@xn--a",
        "//user:pw@[bad",
    ),
)
def test_a_location_that_is_no_address(location: str, tmp_path: Path) -> None:
    error = refused(location, tmp_path)
    assert error.code is ErrorCode.SOURCE_UNUSABLE
    assert "cannot be read as an address" in error.message
    assert "http://host:port" in error.message
    assert "pw" not in error.message


@pytest.mark.parametrize(
    "location", (f"http://user:pw@{'x' * 64}.example", "http://user:pw@.", "http://user:pw@h\udcff")
)
def test_a_host_that_cannot_be_looked_up(location: str, tmp_path: Path) -> None:
    error = refused(location, tmp_path)
    assert error.code in {ErrorCode.SOURCE_UNREACHABLE, ErrorCode.SOURCE_UNUSABLE}
    assert "address" in error.message
    assert "pw" not in error.message


@pytest.mark.parametrize("location", ("sqlite:///{}", "file:{}", "{}"))
def test_a_path_that_is_too_long(location: str, tmp_path: Path) -> None:
    error = refused(location.format("x" * 5000), tmp_path)
    assert error.code is ErrorCode.SOURCE_UNREACHABLE
    assert "name too long" in error.message
    assert "Check the path" in error.message


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): digest(path) for path in folder.rglob("*") if path.is_file()}


def test_a_database_is_not_changed(database: Trained, tmp_path: Path) -> None:
    before = tree(database.folder)
    read(database.location, tmp_path)
    assert tree(database.folder) == before


def test_a_folder_is_not_changed(folder: Trained, tmp_path: Path) -> None:
    before = tree(folder.folder)
    read(folder.location, tmp_path)
    assert tree(folder.folder) == before


def test_a_database_of_another_release_is_read_and_not_migrated(database: Trained, tmp_path: Path) -> None:
    copy = tmp_path / "old.db"
    shutil.copy(database.folder / "mlflow.db", copy)
    with sqlite3.connect(copy) as old:
        old.execute("UPDATE alembic_version SET version_num = 'cc1f77228345'")
        for table in ("logged_models", "logged_model_metrics", "logged_model_params", "registered_model_aliases"):
            old.execute(f"DROP TABLE {table}")
    old.close()
    before = digest(copy)
    loaded = read(f"sqlite:///{copy}", tmp_path / "work")
    assert loaded.one("run", runId=database.ids["train"])
    assert digest(copy) == before


def test_a_store_is_the_same_however_it_is_reached(
    database: Trained, server: Trained, folder: Trained, tmp_path: Path
) -> None:
    readings = [LOADER.open(each.location, OPTIONS, tmp_path) for each in (database, server, folder)]
    ids = [reading.store_id for reading in readings]
    for reading in readings:
        reading.close()
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]
