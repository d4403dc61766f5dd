"""What a tracking server says of files is not believed: a lie costs the version that it is about, and no other."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from app.commands.exits import Exit
from loaders.mlflow.connection import Connection
from loaders.mlflow.served import ServedFolder
from tests.loaders.filed import Load, Unwatched, files_in
from tests.loaders.pretended_tracking import Pretended, tracking

GOOD = {"MLmodel": b"flavors: {}\n", "model.bin": os.urandom(3_000_000), "empty": b""}


@pytest.fixture
def server() -> Iterator[Pretended]:
    with tracking() as found:
        found.holds("good", GOOD)
        yield found


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, watched."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def told(load: Load, server: Pretended, name: str) -> dict[str, Any]:
    """Why the files of that version are not handed over; those of the good one are."""
    code, found = load(server.address)
    assert code == Exit.PARTLY
    assert found["handedOver"]["versions"] == 1
    [failure] = found["failures"]
    assert failure["modelVersion"] == load.ref(f"{name}/1")
    return failure


@pytest.mark.parametrize("path", ("../../etc/x", "/etc/x", "..", ".", "a/b", "a\\b", "", "nul\0", "C:x"), ids=repr)
@pytest.mark.parametrize("folder", (False, True), ids=("file", "folder"))
def test_a_path_that_leads_elsewhere(path: str, folder: bool, server: Pretended, load: Load, temporary: Path) -> None:
    server.places["evil"] = "mlflow-artifacts:/evil"
    server.listings["evil"] = [{"path": "MLmodel", "file_size": 1}, {"path": path, "file_size": 1, "is_dir": folder}]
    server.bodies["evil/MLmodel"] = b"x"
    failure = told(load, server, "evil")
    assert failure["code"] == "SOURCE_UNUSABLE"
    assert "nothing of that folder is fetched" in failure["message"]
    assert not [each for each in server.asked if "artifacts/evil/" in each]
    assert files_in(temporary) == {}


@pytest.mark.parametrize(("listed", "said"), ((2_999, "more came"), (3_001, "3,000 came"), (0, "more came")))
def test_a_file_that_is_longer_or_shorter_than_listed(
    listed: int, said: str, server: Pretended, load: Load, temporary: Path
) -> None:
    server.holds("evil", {"weights": b"x" * 3_000, "other": b"y"}, weights=listed)
    failure = told(load, server, "evil")
    assert failure["code"] == "SOURCE_UNUSABLE"
    assert f"weights is listed with {listed:,} bytes, and {said}" in failure["message"]
    assert files_in(temporary) == {}


@pytest.mark.parametrize("size", (-1, "many", 1.5, [1], {"a": 1}), ids=str)
def test_a_size_that_is_none(size: Any, server: Pretended, load: Load) -> None:
    server.places["evil"] = "mlflow-artifacts:/evil"
    server.listings["evil"] = [{"path": "MLmodel", "file_size": size}]
    assert "as MLflow does not" in told(load, server, "evil")["message"]


def test_more_than_there_is_room_for(server: Pretended, load: Load) -> None:
    server.holds("evil", {"weights": b"x"}, weights=2**62)
    failure = told(load, server, "evil")
    assert "has room for" in failure["message"]
    assert "TMPDIR" in failure["message"]


def test_folders_without_end(server: Pretended, load: Load) -> None:
    server.places["evil"] = "mlflow-artifacts:/evil"
    path = "evil"
    for _ in range(700):
        server.listings[path] = [{"path": "a", "is_dir": True}]
        path += "/a"
    assert "has more than 1,024 characters" in told(load, server, "evil")["message"]


def test_a_name_that_is_listed_twice(server: Pretended, load: Load) -> None:
    server.places["evil"] = "mlflow-artifacts:/evil"
    server.listings["evil"] = [{"path": "a", "file_size": 1}, {"path": "a", "file_size": 1}]
    assert "which it lists twice" in told(load, server, "evil")["message"]


def test_nothing_leads_to_another_host(server: Pretended, load: Load) -> None:
    with tracking() as other:
        other.holds("evil", GOOD)
        server.holds("evil", GOOD)
        server.moved["evil/MLmodel"] = f"{other.address}/api/2.0/mlflow-artifacts/artifacts/evil/MLmodel"
        assert "answers 302" in told(load, server, "evil")["message"]
        assert other.asked == []


@pytest.mark.parametrize(
    ("place", "said"),
    (
        ("mlflow-artifacts://{other}/evil", "at another host"),
        ("http://{other}/api/2.0/mlflow-artifacts/artifacts/evil", "at another host"),
        ("https://{here}/api/2.0/mlflow-artifacts/artifacts/evil", "at another host"),
        ("http://{here}/elsewhere/evil", "hands out no artifacts"),
        ("mlflow-artifacts:/../evil", "`.` or `..`"),
        ("mlflow-artifacts:/", "is empty"),
        ("file:///etc", "in a folder that the server names"),
        ("/etc", "in a folder that the server names"),
        ("etc", "in a folder that the server names"),
        ("s3://bucket/evil", "at s3:"),
        ("gs://bucket/evil", "at gs:"),
        ("dbfs:/evil", "at dbfs:"),
        ("hdfs://host/evil", "at hdfs:"),
        ("models:/evil/1", "does not know where its files are"),
        ("runs:/0/evil", "does not know where its files are"),
        ("http://[", "cannot be read"),
        ("", "does not know where its files are"),
    ),
)
def test_a_place_from_where_nothing_is_fetched(place: str, said: str, server: Pretended, load: Load) -> None:
    with tracking() as other:
        other.holds("evil", GOOD)
        here, there = (each.address.removeprefix("http://") for each in (server, other))
        server.places["evil"] = place.format(here=here, other=there)
        failure = told(load, server, "evil")
        assert failure["code"] == "SOURCE_UNUSABLE"
        assert said in failure["message"]
        assert other.asked == []


@pytest.mark.parametrize("place", ("mlflow-artifacts://{}/odd", "http://{}/api/2.0/mlflow-artifacts/artifacts/odd"))
def test_the_server_itself_may_be_named(place: str, server: Pretended, load: Load, tmp_path: Path) -> None:
    files = {"größe %41?#": b"1", "MLmodel": b"2"}
    server.holds("odd", files)
    server.places["odd"] = place.format(server.address.removeprefix("http://"))
    code, found = load(server.address)
    assert (code, found["failures"]) == (Exit.DONE, [])
    assert load.pulled("odd/1", tmp_path / "odd") == files
    assert load.pulled("good/1", tmp_path / "good") == GOOD


def test_what_is_there_is_not_fetched_again(server: Pretended, load: Load) -> None:
    load(server.address)
    server.asked.clear()
    code, found = load(server.address)
    assert (code, found["there"]["versions"], found["sent"]) == (Exit.DONE, 1, {"files": 0, "bytes": 0})
    assert not [each for each in server.asked if "artifacts/good/" in each]


def test_a_file_that_does_not_come(server: Pretended, load: Load) -> None:
    server.holds("evil", {"MLmodel": b"x"})
    server.bodies.clear()
    server.holds("good", GOOD)
    failure = told(load, server, "evil")
    assert "answers 404" in failure["message"]


def test_a_version_that_is_still_registered(server: Pretended, load: Load) -> None:
    server.holds("evil", {"MLmodel": b"x"})
    server.statuses["evil"] = "PENDING_REGISTRATION"
    assert "still being registered" in told(load, server, "evil")["message"]


def test_folders_within_the_folder(server: Pretended, load: Load, tmp_path: Path) -> None:
    server.holds("deep", {"MLmodel": b"x"})
    server.listings["deep"].append({"path": "code", "is_dir": True})
    server.listings["deep/code"] = [{"path": "a.py", "file_size": "2"}]
    server.bodies["deep/code/a.py"] = b"42"
    assert load(server.address)[0] == Exit.DONE
    found = load.pulled("deep/1", tmp_path / "deep")
    assert found == {"MLmodel": b"x", "code/a.py": b"42"}


def test_a_file_that_breaks_off_is_asked_for_again(server: Pretended, load: Load, tmp_path: Path) -> None:
    server.broken = ["good/model.bin"] * 2
    assert load(server.address)[0] == Exit.DONE
    assert load.pulled("good/1", tmp_path / "good") == GOOD


def test_a_file_that_breaks_off_each_time(server: Pretended, load: Load, temporary: Path) -> None:
    server.holds("evil", {"MLmodel": b"flavors: {}"})
    server.broken = ["evil/MLmodel"] * 100
    failure = told(load, server, "evil")
    assert failure["code"] == "SOURCE_UNREACHABLE"
    assert "broke off" in failure["message"]
    assert files_in(temporary) == {}


def test_a_folder_is_there_for_one_version_at_a_time(
    server: Pretended, load: Load, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.holds("second", {"MLmodel": b"2"})
    most: list[int] = []
    answer = Pretended.listed

    def counted(self: Pretended, path: str) -> list[dict[str, Any]]:
        most.append(len(list(temporary.iterdir())))
        return answer(self, path)

    monkeypatch.setattr(Pretended, "listed", counted)
    assert load(server.address)[1]["handedOver"] == {"versions": 2, "files": 4, "bytes": 3_000_013}
    assert most == [0, 0], "the folder of the first was gone before the second was looked at"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("place", ("runs:/4f/odd", "models:/m-1", "models:/good/1"))
def test_names_that_stand_for_a_place(place: str, server: Pretended, load: Load, tmp_path: Path) -> None:
    server.named = {"4f": "mlflow-artifacts:/kept", "m-1": "mlflow-artifacts:/kept/odd"}
    server.holds("kept/odd", GOOD)
    del server.places["kept/odd"]
    server.places["odd"] = place
    assert load(server.address)[0] == Exit.DONE
    assert load.pulled("odd/1", tmp_path / "odd") == GOOD


@pytest.mark.parametrize("said", (None, 1, ["x"], {"a": "b"}), ids=str)
def test_an_address_that_is_no_text(said: Any, server: Pretended, load: Load) -> None:
    server.named = {"4f": said}
    server.places["evil"] = "runs:/4f/x"
    assert "does not know where" in told(load, server, "evil")["message"]


def test_a_run_leads_nowhere_else(server: Pretended, load: Load) -> None:
    server.named = {"4f": "mlflow-artifacts:/kept"}
    server.places["evil"] = "runs:/4f/../../etc"
    assert "`.` or `..`" in told(load, server, "evil")["message"]


def test_who_is_stopped_fetches_no_more(server: Pretended, tmp_path: Path) -> None:
    stopped = Event()
    server.on_file = lambda _path: stopped.set()
    connection = Connection(server.address, {})
    try:
        with pytest.raises(InterruptedError):
            ServedFolder(connection, "good").fetch(tmp_path, Unwatched(), stopped)
    finally:
        connection.close()
    assert files_in(tmp_path) == {"MLmodel": b""}
