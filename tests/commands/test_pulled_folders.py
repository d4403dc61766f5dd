"""The folder that `pedigree pull` writes into: never outside of it, never through a link, never over what is there."""

import fcntl
import os
from pathlib import Path

import pytest

from app.cli import run
from app.commands.exits import Exit
from tests.commands.contents import REF, write
from tests.commands.pretended import Pretended
from tests.commands.pulling import Printed, found, pulled, refused

LARGE = os.urandom(400_000)
FILES = {"model.safetensors": LARGE, "config.json": b"{}", "tokenizer/größe 模型.txt": b"words", "empty": b""}
PART = ".model.safetensors.pedigree-part"


@pytest.mark.parametrize(
    "path", ("../out", "/out", "a/../../out", "a\\..\\out", "c:/out", "a//b", "./a", "a\u202eb", PART)
)
def test_no_path_leads_out_of_the_folder(path: str, service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds({"config.json": b"{}"})
    service.listed[0]["path"] = path
    code, _ = refused(capsys, into)
    assert code == Exit.USAGE
    assert service.gets == []
    assert found(into.parent.parent) == {}


def test_names_that_one_folder_cannot_hold(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds({"config.json": b"{}", "other": b"1"})
    service.listed[1]["path"] = "CONFIG.json"
    code, said = refused(capsys, into)
    assert code == Exit.USAGE
    assert "case only" in said


def test_what_else_the_folder_holds_stays_and_is_named(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    index, odd = "model.safetensors.index.json", f"{PART}s"
    before = {index: b"{}", "code/modeling.py": b"1", "tokenizer/old.txt": b"", odd: b"x"}
    write(into, before)
    (into / "linked").symlink_to(into / "code")
    foreign = into / os.fsdecode(b"caf\xe9.txt")
    foreign.touch()
    report = pulled(capsys, into)
    assert report["others"] == [odd, "caf\\xe9.txt", "linked", index, "code/modeling.py", "tokenizer/old.txt"]
    assert report["matches"]
    assert run(["pull", REF, str(into)]) == Exit.DONE
    said = capsys.readouterr().err
    assert "Also there, and not of the version: " in said
    assert "code/modeling.py" in said
    (into / "linked").unlink()
    foreign.unlink()
    assert found(into) == FILES | before


@pytest.mark.parametrize("linked", ("tokenizer", "config.json", ".config.json.pedigree-part"))
@pytest.mark.parametrize("force", (False, True))
def test_nothing_is_written_through_a_link(
    linked: str, force: bool, service: Pretended, into: Path, tmp_path: Path, capsys: Printed
) -> None:
    service.holds(FILES)
    out = write(tmp_path / "out", {"kept": b"kept"})
    into.mkdir(parents=True)
    (into / linked).symlink_to(out if linked == "tokenizer" else out / "kept")
    code, said = refused(capsys, into, *(["--force"] if force else []))
    assert code == Exit.USAGE
    assert "link" in said
    assert found(out) == {"kept": b"kept"}


def test_nothing_is_written_into_a_file_that_is_another_too(
    service: Pretended, into: Path, tmp_path: Path, capsys: Printed
) -> None:
    service.holds({"config.json": b"{}"})
    out = write(tmp_path / "out", {"kept": b"kept"})
    into.mkdir(parents=True)
    (into / ".config.json.pedigree-part").hardlink_to(out / "kept")
    code, _ = refused(capsys, into)
    assert code == Exit.USAGE
    assert found(out) == {"kept": b"kept"}


def test_a_folder_that_is_a_link_is_what_its_user_named(service: Pretended, tmp_path: Path, capsys: Printed) -> None:
    service.holds(FILES)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    pulled(capsys, tmp_path / "link")
    assert found(tmp_path / "real") == FILES


@pytest.mark.parametrize("there", (b"[]", b"other"))
def test_a_file_that_differs_is_replaced_only_when_told(
    there: bytes, service: Pretended, into: Path, capsys: Printed
) -> None:
    service.holds(FILES)
    write(into, {"config.json": there, "mine": b"mine"})
    code, said = refused(capsys, into)
    assert code == Exit.USAGE
    assert "config.json" in said
    assert "--force" in said
    assert service.gets == []
    assert found(into) == {"config.json": there, "mine": b"mine"}
    pulled(capsys, into, "--force")
    assert found(into) == {**FILES, "mine": b"mine"}


def test_a_file_that_comes_meanwhile_is_not_replaced(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds({"config.json": b"{}"})
    service.on_send = lambda _kind, _count: (into / "config.json").write_bytes(b"mine")
    code, said = refused(capsys, into)
    assert code == Exit.USAGE
    assert "has come meanwhile" in said
    assert (into / "config.json").read_bytes() == b"mine"


def test_two_pulls_into_one_folder(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds({"model.safetensors": LARGE})
    write(into, {PART: LARGE[:5]})
    with (into / PART).open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        code, said = refused(capsys, into)
    assert code == Exit.USAGE
    assert "Another pull" in said
    assert pulled(capsys, into)["matches"] is True


def test_a_folder_where_a_file_belongs(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    (into / "config.json").mkdir(parents=True)
    for words in ([], ["--force"]):
        code, said = refused(capsys, into, *words)
        assert code == Exit.USAGE
        assert "config.json is no file" in said


def test_a_file_where_the_folder_belongs(service: Pretended, tmp_path: Path, capsys: Printed) -> None:
    service.holds(FILES)
    write(tmp_path, {"file": b""})
    code, said = refused(capsys, tmp_path / "file")
    assert code == Exit.USAGE
    assert "cannot be used as a folder" in said
