"""`pedigree load mlflow --with-artifacts`: the files of a store that was really trained, in a real Pedigree."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from app.cli import run
from app.commands.exits import Exit
from tests.loaders.conftest import Trained
from tests.loaders.filed import Load, files_in

Printed = pytest.CaptureFixture[str]

VERSIONS = {
    "iris.clf/1": "clf",
    "iris.clf/3": "clf",
    "iris.clf/4": "clf",
    "serving/1": "clf",
    "Модель 1.0 – é/1": "tuned",
    "small/1": "distilled",
}
"""The versions that have files, and which logged model's; beside those of models that were forgotten."""

HELD = len(VERSIONS) + 2
S3 = "iris.clf/5"
"""The version that was registered from elsewhere."""


def logged(store: Trained, name: str) -> Path:
    """The folder of a logged model's files."""
    [found] = store.folder.rglob(f"models/{store.ids[name]}/artifacts")
    return found


def trained(request: pytest.FixtureRequest, name: str) -> Trained:
    return request.getfixturevalue(name)


@pytest.mark.parametrize("kind", ("database", "folder", "proxied"))
def test_the_files_are_the_stores_byte_for_byte(
    kind: str, request: pytest.FixtureRequest, load: Load, tmp_path: Path
) -> None:
    store = trained(request, kind)
    code, found = load(store.location)
    assert [each["modelVersion"] for each in found["failures"]] == [load.ref(S3)]
    assert code == Exit.PARTLY
    assert found["handedOver"]["versions"] == HELD
    assert found["there"]["versions"] == 0
    for number, (version, model) in enumerate(VERSIONS.items()):
        expected = files_in(logged(store, model))
        assert "MLmodel" in expected
        assert load.pulled(version, tmp_path / str(number)) == expected
    code, again = load(store.location)
    assert (again["handedOver"]["versions"], again["sent"]) == (0, {"files": 0, "bytes": 0})
    assert again["there"] == found["handedOver"]


def test_what_is_at_s3_is_told(database: Trained, load: Load, capsys: Printed) -> None:
    _, found = load(database.location)
    [failure] = found["failures"]
    assert failure["place"] == "s3://elsewhere/model"
    assert failure["code"] == "SOURCE_UNUSABLE"
    assert "at s3:" in failure["message"]
    assert "pedigree push" in failure["message"]
    assert load.run(database.location) == Exit.PARTLY
    printed = capsys.readouterr()
    assert f"{HELD} versions" in printed.out
    assert "1 failed; sent: 0 files" in printed.out
    assert f"{load.ref(S3)} from s3://elsewhere/model (SOURCE_UNUSABLE)" in printed.err


def test_a_folder_that_is_gone_costs_no_other(database: Trained, load: Load) -> None:
    place = logged(database, "tuned")
    away = place.rename(place.with_name("away"))
    try:
        code, found = load(database.location)
    finally:
        away.rename(place)
    assert code == Exit.PARTLY
    [gone] = [each for each in found["failures"] if each["modelVersion"] != load.ref(S3)]
    assert unquote(gone["modelVersion"]) == load.ref("Модель 1.0 – é/1")
    assert str(place) in gone["place"]
    assert "There is no folder" in gone["message"]
    assert "Restore it" in gone["message"]
    assert found["handedOver"]["versions"] == HELD - 1
    _, again = load(database.location)
    assert (again["handedOver"]["versions"], again["there"]["versions"]) == (1, HELD - 1)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(database: Trained, load: Load, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    link = logged(database, "distilled") / "link"
    link.symlink_to(tmp_path / "secret")
    try:
        _, found = load(database.location)
    finally:
        link.unlink()
    [refused] = [each for each in found["failures"] if each["modelVersion"] != load.ref(S3)]
    assert refused["code"] == "BAD_MANIFEST"
    assert "link is a link that leads out of the folder" in refused["message"]
    assert found["handedOver"]["versions"] == HELD - 1


def test_a_version_with_other_files_by_now_is_told(database: Trained, load: Load) -> None:
    load(database.location)
    more = logged(database, "tuned") / "more.txt"
    more.write_text("more")
    try:
        code, found = load(database.location)
    finally:
        more.unlink()
    assert code == Exit.PARTLY
    [differs] = [each for each in found["failures"] if each["modelVersion"] != load.ref(S3)]
    assert differs["code"] == "MANIFEST_DIFFERS"
    assert "more.txt" in differs["message"]


def test_a_home_without_a_server(database: Trained, home: Path, capsys: Printed) -> None:
    words = ["load", "mlflow", database.location, "--with-artifacts", "--home", str(home), "--json"]
    assert run(words) == Exit.PARTLY
    found = json.loads(capsys.readouterr().out)["artifacts"]
    assert found["handedOver"]["versions"] == HELD
    sizes = {len(data) for model in VERSIONS.values() for data in files_in(logged(database, model)).values()}
    assert found["sent"]["bytes"] > max(sizes)


def test_files_of_a_folder_that_only_the_server_reads(server: Trained, load: Load) -> None:
    code, found = load(server.location)
    assert code == Exit.PARTLY
    assert found["handedOver"]["versions"] == 0
    assert found["failed"] == HELD + 1
    assert all(
        "in a folder that the server names" in each["message"]
        for each in found["failures"]
        if each["modelVersion"] != load.ref(S3)
    )


@pytest.mark.parametrize("words", (["--dry-run"], ["--to-file", "file.jsonl"]))
def test_what_registers_nothing_hands_nothing_over(words: list[str], home: Path, capsys: Printed) -> None:
    assert run(["load", "mlflow", "file:nowhere", "--with-artifacts", "--home", str(home), *words]) == Exit.USAGE
    assert "Leave out --with-artifacts" in " ".join(capsys.readouterr().err.split())
    assert not home.exists()


def test_a_loader_that_brings_no_files(home: Path, capsys: Printed) -> None:
    assert run(["load", "items", "nowhere", "--with-artifacts", "--home", str(home)]) == Exit.USAGE
    assert "brings no files" in capsys.readouterr().err
