"""`pedigree push`, against a service and a store that fail."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate

from app.cli import run
from app.commands.exits import Exit
from app.commands.file_questions import FILE_DOCUMENTS
from graph_schema.identity import to_id
from tests.commands.contents import REF, manifest_of, sha256, write
from tests.commands.pretended import Pretended
from tests.commands.pretended_store import Fault

Printed = pytest.CaptureFixture[str]

FILES = {
    "model.safetensors": os.urandom(2_500),
    "config.json": b"{}",
    "tokenizer/größe 模型.txt": b"words",
    "empty": b"",
    "same.json": b"{}",
}
PARTS = {("model.safetensors", 1), ("model.safetensors", 2), ("model.safetensors", 3)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "model", FILES)


def pushed(capsys: Printed, folder: Path, *words: str) -> Any:
    assert run(["push", REF, str(folder), "--json", *words]) == Exit.DONE
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


def refused(capsys: Printed, folder: Path, *words: str) -> tuple[int, str]:
    code = run(["push", REF, str(folder), *words])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return code, " ".join(printed.err.split())


@pytest.mark.parametrize("name", FILE_DOCUMENTS)
def test_each_document_fits_the_api(name: str, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(FILE_DOCUMENTS[name])) == []


def test_all_is_sent_once_and_the_second_time_nothing(service: Pretended, folder: Path, capsys: Printed) -> None:
    report = pushed(capsys, folder)
    total = sum(map(len, FILES.values()))
    assert report == {
        "modelVersion": REF,
        "manifestDigest": manifest_of(FILES).digest,
        "files": 5,
        "bytes": total,
        "sent": {"files": 3, "bytes": total - 2},
        "there": {"files": 2, "bytes": 2},
    }
    assert {data for data in FILES.values() if data} == set(service.held.values())
    assert len(service.puts) == len(set(service.puts)) == 5
    again = pushed(capsys, folder)
    assert (again["manifestDigest"], again["sent"]) == (report["manifestDigest"], {"files": 0, "bytes": 0})
    assert len(service.puts) == 5


def test_a_person_is_told_what_was_sent(service: Pretended, folder: Path, capsys: Printed) -> None:
    assert run(["push", REF, str(folder)]) == Exit.DONE
    printed = capsys.readouterr().out
    assert manifest_of(FILES).digest in printed
    assert "Sent: 3 files, 2.5 kB. There already, or the same as another: 2 files" in printed


def test_the_store_sees_sizes_and_no_token(service: Pretended, folder: Path, capsys: Printed) -> None:
    pushed(capsys, folder)
    sizes = sorted(int(each["content-length"]) for each in service.headers)
    assert sizes == [2, 5, 500, 1000, 1000]
    assert not any({"authorization", "transfer-encoding"} & set(each) for each in service.headers)


def test_the_version_may_be_named_by_its_id(service: Pretended, folder: Path, capsys: Printed) -> None:
    assert run(["push", to_id("ModelVersion", "0" * 64), str(folder), "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["modelVersion"] == REF


def test_many_files_come_by_pages(service: Pretended, tmp_path: Path, capsys: Printed) -> None:
    files = {f"{number:03}.bin": str(number).encode() for number in range(130)}
    assert pushed(capsys, write(tmp_path / "many", files))["sent"]["files"] == 130
    assert len(service.puts) == 130
    assert service.asked["PedigreePushMissing"] > 130 // service.page


def test_what_has_arrived_is_not_sent_again(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.put_faults = [None, None, 507]
    code, said = refused(capsys, folder, "--parallel", "1")
    assert code == Exit.UNREACHABLE
    assert "507" in said
    assert "It does not work" in said
    before = len(service.puts)
    assert len(service.arrived) == 2
    pushed(capsys, folder)
    assert len(service.puts) - before == 3
    assert sha256(FILES["model.safetensors"]) in service.held


@pytest.mark.parametrize("fault", ("cut", 403, 404, 429, 500, 503, 400))
@pytest.mark.parametrize("parallel", ("1", "4"))
def test_what_fails_is_sent_again(
    fault: Fault, parallel: str, service: Pretended, folder: Path, capsys: Printed
) -> None:
    service.put_faults = [fault, None, fault, fault]
    pushed(capsys, folder, "--parallel", parallel)
    assert {data for data in FILES.values() if data} == set(service.held.values())


def test_addresses_that_have_expired_are_asked_for_anew(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.expire_after_page = True
    pushed(capsys, folder, "--parallel", "2")
    assert len(service.puts) <= 5 + 2, "the other addresses of the page were not tried"


def test_a_store_that_takes_nothing_ends_the_push(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.put_faults = [500] * 1000
    code, said = refused(capsys, folder)
    assert code == Exit.UNREACHABLE
    assert "answers 500 for part" in said
    assert len(service.puts) <= 6 * 4


def test_a_store_that_keeps_nothing_ends_the_push(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.put_faults = ["lost"] * 1000
    code, said = refused(capsys, folder)
    assert code == Exit.UNREACHABLE
    assert "does not have it" in said
    assert len(service.puts) <= 5 * 5


@pytest.mark.parametrize("parallel", (1, 3))
def test_so_many_are_on_their_way_at_once(parallel: int, service: Pretended, tmp_path: Path, capsys: Printed) -> None:
    files = {f"{number}.bin": bytes([number]) * 900_000 for number in range(8)}
    service.part_bytes = 1_000_000
    pushed(capsys, write(tmp_path / "many", files), "--parallel", str(parallel))
    assert service.most_together <= parallel
    assert parallel == 1 or service.most_together > 1


def test_other_bytes_than_announced(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.put_faults = [422]
    code, said = refused(capsys, folder, "--parallel", "1")
    assert code == Exit.NO
    assert "part 1 of config.json" in said


@pytest.mark.parametrize("change", ("content", "length", "gone", "replaced"))
def test_a_file_that_changes_meanwhile_is_named(change: str, service: Pretended, folder: Path, capsys: Printed) -> None:
    path = folder / "model.safetensors"

    def changed() -> None:
        if change == "content":
            path.write_bytes(b"y" * 2_500)
        elif change == "length":
            with path.open("ab") as file:
                file.write(b"more")
        elif change == "gone":
            path.unlink()
        else:
            status = path.stat()
            other = write(folder.parent, {"other": b"z" * 2_500}) / "other"
            os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
            other.replace(path)

    service.on_begin = changed
    code, said = refused(capsys, folder)
    assert code == Exit.NO
    assert "model.safetensors changed while it was read or sent" in said
    assert sha256(b"y" * 2_500) not in service.held


def test_a_file_that_changes_between_its_parts_is_named(service: Pretended, folder: Path, capsys: Printed) -> None:
    def changed(_kind: str, count: int) -> None:
        if count == 3:
            (folder / "model.safetensors").write_bytes(b"y" * 2_500)

    service.on_send = changed
    code, said = refused(capsys, folder, "--parallel", "1")
    assert code == Exit.NO
    assert "model.safetensors changed" in said


def test_the_service_takes_its_time_to_verify(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.completions = ["VERIFYING"] * 5
    pushed(capsys, folder)
    assert service.asked["PedigreePushComplete"] == 6


@pytest.mark.parametrize("code", ("UPLOAD_INCOMPLETE", "UPLOAD_MISMATCH"))
def test_what_was_lost_at_the_end_is_sent_again(code: str, service: Pretended, folder: Path, capsys: Printed) -> None:
    service.completions = [code, "VERIFYING"]
    pushed(capsys, folder)
    assert len(service.puts) == (5 if code == "UPLOAD_INCOMPLETE" else 10)


def test_what_is_lost_again_and_again_ends_the_push(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.completions = ["UPLOAD_MISMATCH"] * 100
    code, said = refused(capsys, folder)
    assert code == Exit.NO
    assert "files[0]" in said
    assert len(service.puts) == 15


def test_what_is_broken_is_not_sent_again(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.completions = ["BAD_FILE"] * 100
    code, said = refused(capsys, folder)
    assert code == Exit.NO
    assert "files[0]" in said
    assert service.asked["PedigreePushComplete"] == 1


def test_what_the_api_refuses_is_told(service: Pretended, folder: Path, capsys: Printed) -> None:
    service.refuses_begin = {"code": "FORBIDDEN", "message": "You may not."}
    code, said = refused(capsys, folder)
    assert code == Exit.USAGE
    assert "You may not." in said
    assert service.puts == []


@pytest.mark.parametrize(
    ("words", "told"),
    (
        (["push", "model:a/b", "."], "no model version"),
        (["push", "churn/scorer/12", "."], "A REF is kind:key"),
        (["push", REF, "nowhere"], "no folder that can be read"),
        (["push", REF, ".", "--parallel", "0"], "1 to 16"),
        (["push", REF, ".", "--parallel", "17"], "1 to 16"),
        (["pull", "dataset:a/b", "."], "no model version or model or endpoint"),
        (["pull", REF, ".", "--stage", "best"], "Choose from DEVELOPMENT"),
    ),
)
def test_what_makes_no_sense_is_told_before_anything_is_asked(
    words: list[str], told: str, service: Pretended, capsys: Printed
) -> None:
    assert run(words) == Exit.USAGE
    assert told in " ".join(capsys.readouterr().err.split())
    assert not service.asked


def test_a_folder_with_what_no_version_has(service: Pretended, folder: Path, tmp_path: Path, capsys: Printed) -> None:
    write(folder, {".git/HEAD": b"ref", "notes/a.log": b"", "b.log": b""})
    (folder / "out").symlink_to(tmp_path)
    code, said = refused(capsys, folder)
    assert code == Exit.USAGE
    assert "out is a link that leads out of the folder" in said
    assert "--exclude .git" in said
    words = ["--exclude", ".git", "--exclude", "out", "--exclude", "*.log"]
    assert pushed(capsys, folder, *words)["manifestDigest"] == manifest_of(FILES).digest


def test_links_to_files_of_the_folder_are_files(service: Pretended, folder: Path, capsys: Printed) -> None:
    (folder / "latest").symlink_to("model.safetensors")
    found = manifest_of({**FILES, "latest": FILES["model.safetensors"]})
    assert pushed(capsys, folder)["manifestDigest"] == found.digest


def test_a_store_that_is_not_there(service: Pretended, folder: Path, capsys: Printed) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        service.on_begin = lambda: setattr(service, "address", f"http://127.0.0.1:{taken.getsockname()[1]}")
        code, said = refused(capsys, folder)
    assert code == Exit.UNREACHABLE
    assert "cannot be reached for part" in said
