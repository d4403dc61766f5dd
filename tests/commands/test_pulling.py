"""`pedigree pull`, from a service and a store that fail or lie; nothing half or wrong is left under a file's name."""

import os
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit
from app.transfer.placing import Target
from tests.commands.contents import REF, manifest_of, sha256, write
from tests.commands.pretended import Pretended
from tests.commands.pretended_store import Fault
from tests.commands.pulling import Printed, found, pulled, refused

LARGE = os.urandom(400_000)
FILES = {"model.safetensors": LARGE, "config.json": b"{}", "tokenizer/größe 模型.txt": b"words", "empty": b""}
PART = ".model.safetensors.pedigree-part"


def test_all_files_come_and_make_the_manifest(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    report = pulled(capsys, into)
    total = sum(map(len, FILES.values()))
    assert found(into) == FILES
    digest = manifest_of(FILES).digest
    assert report == {
        "modelVersion": REF,
        "folder": str(into),
        "manifestDigest": digest,
        "foundDigest": digest,
        "matches": True,
        "files": 4,
        "bytes": total,
        "fetched": {"files": 4, "bytes": total},
        "kept": {"files": 0, "bytes": 0},
        "failures": [],
        "others": [],
    }
    assert len(service.gets) == 3, "nothing is fetched for a file without bytes"
    assert not any("authorization" in each for each in service.headers)


def test_what_is_there_is_not_fetched_again(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    pulled(capsys, into)
    (into / "config.json").unlink()
    before = len(service.gets)
    report = pulled(capsys, into)
    assert (report["fetched"]["files"], report["kept"]["files"], report["matches"]) == (1, 3, True)
    assert len(service.gets) - before == 1


def test_a_person_is_told_that_the_files_are_those_of_the_version(
    service: Pretended, into: Path, capsys: Printed
) -> None:
    service.holds(FILES)
    assert run(["pull", REF, str(into)]) == Exit.DONE
    printed = capsys.readouterr().out
    assert f"The files make the version's manifest, {manifest_of(FILES).digest}." in printed
    assert "Fetched: 4 files, 400.0 kB" in printed


def test_many_files_come_by_pages(service: Pretended, into: Path, capsys: Printed) -> None:
    files = {f"{number:03}.bin": str(number % 110).encode() for number in range(250)}
    service.holds(files)
    assert pulled(capsys, into, "--parallel", "8")["matches"] is True
    assert found(into) == files
    assert service.asked["PedigreePullFiles"] == 3
    assert len(service.gets) == 110


@pytest.mark.parametrize("fault", ("cut", "short", 403, 429, 500, 503))
@pytest.mark.parametrize("parallel", ("1", "4"))
def test_what_fails_is_fetched_again(
    fault: Fault, parallel: str, service: Pretended, into: Path, capsys: Printed
) -> None:
    service.holds(FILES)
    service.get_faults = [fault, None, fault, fault]
    assert pulled(capsys, into, "--parallel", parallel)["matches"] is True
    assert found(into) == FILES


def test_what_has_come_is_not_fetched_again(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds({"model.safetensors": LARGE})
    service.get_faults = ["short", "short", "cut"]
    assert pulled(capsys, into)["matches"] is True
    ranges = [asked for _, asked in service.gets]
    assert ranges[:3] == ["", "bytes=200000-", "bytes=300000-"]
    assert found(into) == {"model.safetensors": LARGE}


def test_addresses_that_have_expired_are_asked_for_anew(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    service.valid_from = 3
    assert pulled(capsys, into)["matches"] is True


def test_a_pull_goes_on_with_what_another_left(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    write(into, {PART: LARGE[:123_456]})
    assert pulled(capsys, into)["matches"] is True
    assert (sha256(LARGE), "bytes=123456-") in service.gets
    assert found(into) == FILES


@pytest.mark.parametrize("left", (b"x" * 1000, b"x" * len(LARGE), b"x" * (len(LARGE) + 1)))
def test_what_another_left_of_something_else_is_thrown_away(
    left: bytes, service: Pretended, into: Path, capsys: Printed
) -> None:
    service.holds(FILES)
    write(into, {PART: left})
    assert pulled(capsys, into)["matches"] is True
    assert found(into) == FILES


def test_a_store_that_knows_no_ranges(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds({"model.safetensors": LARGE})
    service.get_faults = ["cut", "whole"]
    assert pulled(capsys, into)["matches"] is True


@pytest.mark.parametrize("fault", ("wrong", "long"))
def test_other_bytes_leave_nothing(fault: Fault, service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds({"model.safetensors": LARGE})
    service.get_faults = [fault]
    report = pulled(capsys, into, code=Exit.NO)
    assert found(into) == {}
    assert [each["code"] for each in report["failures"]] == ["ARTIFACT_DAMAGED"]
    assert report["matches"] is False


def test_one_damaged_file_keeps_no_other_from_coming(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    service.get_faults = ["wrong"]
    report = pulled(capsys, into, "--parallel", "1", code=Exit.PARTLY)
    assert [each["path"] for each in report["failures"]] == ["config.json"]
    assert found(into) == {path: data for path, data in FILES.items() if path != "config.json"}


@pytest.mark.parametrize("fault", (500, "short", "cut"))
def test_a_store_that_gives_nothing_ends_the_pull(
    fault: Fault, service: Pretended, into: Path, capsys: Printed
) -> None:
    service.holds({"config.json": b"{"})
    service.get_faults = [fault] * 1000
    service.held[sha256(b"{")] = b"" if fault == "cut" else b"{"
    code, said = refused(capsys, into)
    assert code == Exit.UNREACHABLE
    assert "config.json" in said
    assert len(service.gets) == 6
    assert "config.json" not in found(into)


def test_an_artifact_that_was_moved_meanwhile_is_fetched_from_where_it_lies(
    service: Pretended, into: Path, capsys: Printed
) -> None:
    service.holds(FILES)
    service.get_faults = [404, 404]
    report = pulled(capsys, into)
    assert report["failures"] == []
    assert found(into) == FILES


def test_an_artifact_that_is_gone(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    service.no_address = {sha256(LARGE): "NOT_FOUND"}
    del service.held[sha256(b"{}")]
    report = pulled(capsys, into, code=Exit.PARTLY)
    assert {each["path"]: each["code"] for each in report["failures"]} == {
        "model.safetensors": "NOT_FOUND",
        "config.json": "ARTIFACT_MISSING",
    }
    assert run(["pull", REF, str(into)]) == Exit.PARTLY
    printed = capsys.readouterr()
    assert "model.safetensors" in printed.err
    assert "do not make the version's manifest" in printed.err


def test_files_that_are_only_claimed(service: Pretended, into: Path, capsys: Printed) -> None:
    service.claimed = ["model.safetensors", "b.bin"]
    code, said = refused(capsys, into)
    assert code == Exit.NO
    assert "2 are only claimed" in said
    assert not into.exists()
    service.holds({"model.safetensors": LARGE})
    service.manifest_digest = f"sha256:{'1' * 64}"
    report = pulled(capsys, into, code=Exit.PARTLY)
    assert [each["path"] for each in report["failures"]] == ["b.bin"]


def test_files_that_do_not_make_the_manifest(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds(FILES)
    service.manifest_digest = f"sha256:{'1' * 64}"
    assert pulled(capsys, into, code=Exit.NO)["matches"] is False
    assert run(["pull", REF, str(into)]) == Exit.NO
    assert "Not the version" in capsys.readouterr().err


def test_equal_files_come_once(service: Pretended, into: Path, capsys: Printed) -> None:
    files = {"a.bin": LARGE, "b/c.bin": LARGE, "d.bin": LARGE, "one": b"1", "other": b"1", "empty": b"", "none": b""}
    service.holds(files)
    assert pulled(capsys, into)["fetched"]["files"] == 7
    assert found(into) == files
    assert sorted(digest for digest, _ in service.gets) == sorted([sha256(LARGE), sha256(b"1")])
    (into / "a.bin").unlink()
    write(into, {".a.bin.pedigree-part": LARGE[:1000]})
    assert pulled(capsys, into)["matches"] is True
    assert found(into) == files
    assert len(service.gets) == 2


@pytest.mark.parametrize("change", ("changed", "longer", "shorter", "gone"))
def test_an_equal_file_that_changes_meanwhile_is_not_copied(
    change: str, service: Pretended, into: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.holds({"a.bin": LARGE, "b.bin": LARGE})
    copy = Target.copy

    def copied(target: Target, path: str, *words: Any) -> None:
        there = into / path
        there.unlink()
        if change != "gone":
            there.write_bytes({"changed": b"x" * len(LARGE), "longer": b"x" + LARGE, "shorter": LARGE[:-1]}[change])
        copy(target, path, *words)

    monkeypatch.setattr(Target, "copy", copied)
    assert pulled(capsys, into)["failures"] == []
    assert (into / "b.bin").read_bytes() == LARGE
    assert len(service.gets) == 2


def test_what_is_not_to_be_had_is_asked_for_once_more(service: Pretended, into: Path, capsys: Printed) -> None:
    service.holds({"a.bin": LARGE, "b.bin": LARGE, "config.json": b"{}"})
    del service.held[sha256(LARGE)]
    report = pulled(capsys, into, code=Exit.PARTLY)
    assert [each["path"] for each in report["failures"]] == ["a.bin", "b.bin"]
    of = [digest for digest, _ in service.gets]
    assert (of.count(sha256(LARGE)), of.count(sha256(b"{}"))) == (2, 1), "it may have been moved since the address was"


@pytest.mark.parametrize(
    ("ref", "words", "staged", "told"),
    (
        ("model:churn/scorer", [], ["12"], ""),
        ("model:churn/scorer", ["--stage", "staging"], ["12"], ""),
        ("model:churn/scorer", [], [], "no model version of model:churn/scorer in PRODUCTION"),
        ("model:churn/scorer", [], ["11", "12"], "model-version:churn/scorer/11, model-version:churn/scorer/12"),
        ("endpoint:prod/churn", [], ["12", "12"], ""),
        ("endpoint:prod/churn", [], ["11", "12"], "served by endpoint:prod/churn now"),
        ("endpoint:prod/churn", [], [], "no model version served by"),
    ),
)
def test_which_version_is_meant(
    ref: str, words: list[str], staged: list[str], told: str, service: Pretended, into: Path, capsys: Printed
) -> None:
    service.holds({"config.json": b"{}"})
    service.staged = service.served = staged
    if told:
        code, said = refused(capsys, into, *words, ref=ref)
        assert code == Exit.USAGE
        assert told in said
        assert not into.exists()
    else:
        assert pulled(capsys, into, *words, ref=ref)["modelVersion"] == REF
