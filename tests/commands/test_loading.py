"""`pedigree load`: what it reports, and what its end says to a script."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit
from tests.commands.conftest import ITEMS, write_items

Where = list[str]
Printed = pytest.CaptureFixture[str]


def _report(capsys: Printed) -> Any:
    return json.loads(capsys.readouterr().out)


def test_loading_again_changes_nothing(where: Where, inventory: Path, capsys: Printed) -> None:
    assert run(["load", "items", str(inventory), "--json", *where]) == Exit.DONE
    report = _report(capsys)
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 0, len(ITEMS))
    assert run(["load", "items", str(inventory), *where]) == Exit.DONE
    assert f"{len(ITEMS)} unchanged" in capsys.readouterr().out


def test_a_dry_run_changes_nothing(where: Where, tmp_path: Path, capsys: Printed) -> None:
    file = write_items(tmp_path / "more.jsonl", [{"dataset": {"namespace": "sales", "name": "returns"}}])
    for _ in range(2):
        assert run(["load", "items", str(file), "--dry-run", "--json", *where]) == Exit.DONE
        assert _report(capsys)["created"] == 1
    assert run(["load", "items", str(file), "--dry-run", *where]) == Exit.DONE
    assert capsys.readouterr().out.startswith("Would be: 1 created")


def test_refused_rows_are_shown_with_their_reason(where: Where, tmp_path: Path, capsys: Printed) -> None:
    version = {"namespace": "sales", "name": "orders", "version": "1"}
    file = write_items(tmp_path / "odd.jsonl", [{"derivedFrom": {"data": version, "from": version}}, *ITEMS])
    assert run(["load", "items", str(file), "--json", *where]) == Exit.PARTLY
    [refusal] = _report(capsys)["refusals"]
    assert refusal["code"] == "SELF_REFERENCE"
    assert run(["load", "items", str(file), *where]) == Exit.PARTLY
    assert "derivedFrom" in capsys.readouterr().err


def test_another_store_under_the_name_of_a_source_is_refused(where: Where, tmp_path: Path, capsys: Printed) -> None:
    file = write_items(tmp_path / "other.jsonl", ITEMS, store="mlflow:2")
    assert run(["load", "items", str(file), *where]) == Exit.USAGE
    assert "--source" in capsys.readouterr().err


def test_a_complete_load_that_would_retract_much_is_stopped(where: Where, tmp_path: Path, capsys: Printed) -> None:
    file = write_items(tmp_path / "less.jsonl", ITEMS[:1])
    assert run(["load", "items", str(file), "--complete", *where]) == Exit.NO
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    assert run(["load", "items", str(file), "--complete", "--json", *where]) == Exit.NO
    assert _report(capsys)["failure"]["code"] == "RETRACTION_TOO_LARGE"


def test_a_file_is_written_whole_and_loads_as_well(
    where: Where, inventory: Path, tmp_path: Path, capsys: Printed
) -> None:
    again = tmp_path / "again.jsonl"
    assert run(["load", "items", str(inventory), "--to-file", str(again)]) == Exit.DONE
    assert again.read_text(encoding="utf-8") == inventory.read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["load", "items", str(again), "--json", *where]) == Exit.DONE
    assert _report(capsys)["unchanged"] == len(ITEMS)


def test_a_file_that_cannot_be_written(inventory: Path, tmp_path: Path, capsys: Printed) -> None:
    assert run(["load", "items", str(inventory), "--to-file", str(tmp_path / "no" / "file")]) == Exit.USAGE
    assert "cannot be written" in capsys.readouterr().err


def test_what_is_no_file_is_never_replaced(inventory: Path, tmp_path: Path, capsys: Printed) -> None:
    os.mkfifo(tmp_path / "queue")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("queue")
    (tmp_path / "endless").symlink_to("endless")
    for name in ("queue", "folder", "link", "endless", "x" * 300):
        assert run(["load", "items", str(inventory), "--to-file", str(tmp_path / name)]) == Exit.USAGE
        printed = capsys.readouterr()
        assert f"/{name}"[:40] in printed.err.replace("\n", "")
        assert "Traceback" not in printed.err
    assert (tmp_path / "queue").is_fifo()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["endless", "folder", "link", "queue"]


def test_a_link_to_a_file_stays_one(inventory: Path, tmp_path: Path, capsys: Printed) -> None:
    link, kept = tmp_path / "link", tmp_path / "kept" / "latest.jsonl"
    kept.parent.mkdir()
    link.symlink_to(kept)
    for _ in range(2):  # before the file is there, and over it
        assert run(["load", "items", str(inventory), "--to-file", str(link)]) == Exit.DONE
        assert link.readlink() == kept
        assert kept.read_text(encoding="utf-8") == inventory.read_text(encoding="utf-8")
        assert [each.name for each in kept.parent.iterdir()] == [kept.name]
    capsys.readouterr()


_KEY = {"namespace": "odd", "name": "m"}
_DATA = {"namespace": "odd", "name": "d", "version": "1"}
_DIGEST = f"sha256:{0:064}"
_MEASURED = {"modelVersion": {**_KEY, "version": "1"}, "name": "e", "evaluatedAt": "2026-01-01T00:00:00Z"}
_READ = (
    {"datasetVersion": {**_DATA, "schema": {"a": math.nan}}},
    {"datasetVersion": {**_DATA, "schema": math.inf}},
    {"datasetVersion": {**_DATA, "schema": {"a": 2**64}}},
    {"evaluation": {**_MEASURED, "metrics": {"acc": -math.inf}}},
    {"model": {**_KEY, "name": "s\ud800"}},
)
"""What the registry reads, and refuses."""

_UNREAD = (
    {"run": 5},
    {"nosuch": {"a": 1}},
    {"run": {"source": "s", "runId": "r", "startedAt": "2026-01-01T00:00:00"}},
    {"artifact": {"digest": _DIGEST, "bytes": 2**64}},
    {"datasetVersion": {**_DATA, "rows": True}},
    {"model": {**_KEY, "description": math.nan}},
)
"""What it cannot even read."""


@pytest.mark.parametrize("row", (*_READ, *_UNREAD), ids=lambda row: json.dumps(row)[:60])
def test_a_value_that_cannot_be_sent_costs_its_row_alone(
    row: dict[str, Any], where: Where, tmp_path: Path, capsys: Printed
) -> None:
    good = {"datasetVersion": {**_DATA, "schema": {"a": 1}}}, {"model": _KEY}
    file = write_items(tmp_path / "odd.jsonl", [good[0], row, good[1]])
    assert run(["load", "items", str(file), "--json", *where]) == Exit.PARTLY
    report = _report(capsys)
    assert report["created"] + report["updated"] + report["unchanged"] == 2
    [refusal] = report["refusals"]
    assert refusal["place"] == f"line 3 of {file}"
    assert run(["load", "items", str(file), *where]) == Exit.PARTLY
    assert "line 3 of" in " ".join(capsys.readouterr().err.split())
    (tmp_path / "schema.graphql").write_text(
        'query { datasetVersion(key: {namespace: "odd", name: "d", version: "1"}) { schema } }', encoding="utf-8"
    )
    assert run(["query", str(tmp_path / "schema.graphql"), *where]) == Exit.DONE
    assert _report(capsys)["data"]["datasetVersion"]["schema"] == {"a": 1}


def test_a_row_that_is_too_large_costs_that_row_alone(where: Where, tmp_path: Path, capsys: Printed) -> None:
    large = {"model": {**_KEY, "name": "large", "description": "d" * 9 * 1024 * 1024}}
    file = write_items(tmp_path / "large.jsonl", [{"model": _KEY}, large, {"model": {**_KEY, "name": "after"}}])
    assert run(["load", "items", str(file), "--json", *where]) == Exit.PARTLY
    report = _report(capsys)
    assert (report["created"] + report["unchanged"], report["failure"]) == (2, None)
    assert [each["place"] for each in report["refusals"]] == [f"line 3 of {file}"]


def test_refused_rows_spare_what_they_name_and_the_load_is_complete(
    where: Where, tmp_path: Path, capsys: Printed
) -> None:
    said = [
        {"datasetVersion": {**_DATA, "schema": {"a": 1}}},
        *({"model": {**_KEY, "name": str(n)}} for n in range(40)),
    ]
    head = {"source": where[1], "store": "odd:1"}
    file = write_items(tmp_path / "all.jsonl", said, **head)
    assert run(["load", "items", str(file), "--complete", *where]) == Exit.DONE
    capsys.readouterr()
    file = write_items(
        tmp_path / "less.jsonl", [{"datasetVersion": {**_DATA, "schema": math.nan}}, *said[1:-1]], **head
    )
    assert run(["load", "items", str(file), "--complete", "--json", *where]) == Exit.PARTLY
    report = _report(capsys)
    assert (report["rejected"], report["retracted"], report["completed"]) == (1, 1, True)


def test_a_row_that_nobody_can_read_keeps_the_load_from_being_complete(
    where: Where, tmp_path: Path, capsys: Printed
) -> None:
    file = write_items(tmp_path / "unread.jsonl", [*ITEMS[1:], {"run": 5}])
    assert run(["load", "items", str(file), "--complete", *where]) == Exit.PARTLY
    assert "1 row could not be read" in " ".join(capsys.readouterr().err.split())
    assert run(["load", "items", str(file), "--complete", "--json", *where]) == Exit.PARTLY
    report = _report(capsys)
    assert (report["completed"], report["retracted"]) == (False, 0)
    assert "--complete" in report["notCompleted"]


@pytest.mark.parametrize("line", (b"{]", b'{"model": {"namespace": "odd", "name": "\xff"}}', b"[" * 100_000))
def test_a_line_that_cannot_be_read_is_told_by_its_number(
    line: bytes, where: Where, tmp_path: Path, capsys: Printed
) -> None:
    file = write_items(tmp_path / "broken.jsonl", ITEMS[:1])
    with file.open("ab") as end:
        end.write(line + b"\n" + json.dumps(ITEMS[1]).encode())
    assert run(["load", "items", str(file), "--json", *where]) == Exit.PARTLY
    report = _report(capsys)
    assert (report["unchanged"], [each["place"] for each in report["refusals"]]) == (2, [f"line 3 of {file}"])
    assert "Mend the line" in report["refusals"][0]["message"]


def _things(count: int) -> list[dict[str, Any]]:
    return [{"model": {"namespace": "going on", "name": str(number)}} for number in range(count)]


@pytest.fixture
def stopped(where: Where, tmp_path: Path) -> tuple[Path, Where]:
    """A load that stopped at its end, since it would have retracted too much; its file, and the goal of both."""
    head = {"source": f"stopped {where[0]}", "store": "odd:1"}
    assert run(["load", "items", str(write_items(tmp_path / "all.jsonl", _things(4), **head)), *where]) == Exit.DONE
    file = write_items(tmp_path / "less.jsonl", _things(1), **head)
    begun = ["--stage", "champion=PRODUCTION", "--namespace", "prod", "--complete"]
    assert run(["load", "items", str(file), *begun, *where]) == Exit.NO
    return file, where


def test_a_load_that_would_retract_much_is_told_the_option(capsys: Printed, stopped: tuple[Path, Where]) -> None:
    assert stopped[0].is_file()
    said = " ".join(capsys.readouterr().err.split())
    assert "--resume --max-retracted-share" in said
    assert "send the batch again" not in said


@pytest.mark.parametrize(
    ("options", "told"),
    (
        (["--namespace", "test"], ("with --namespace prod", "with --namespace test")),
        (["--stage", "champion=STAGING"], ("with --stage champion=PRODUCTION", "--stage champion=STAGING")),
        (["--stage", "champion=PRODUCTION", "--stage", "old=ARCHIVED"], ("--stage old=ARCHIVED",)),
        (["--datasets-by", "uri"], ("with --datasets-by name", "with --datasets-by uri")),
        (["--repository", "https://git.example.com/a"], ("without --repository", "with --repository https://")),
        (["--scope", "part"], ("no unfinished load", "part")),
    ),
)
def test_a_load_does_not_go_on_with_other_options(
    options: list[str], told: tuple[str, ...], stopped: tuple[Path, Where], capsys: Printed
) -> None:
    file, where = stopped
    assert run(["load", "items", str(file), "--resume", *options, *where]) == Exit.USAGE
    said = " ".join(capsys.readouterr().err.split())
    assert all(each in said for each in told)
    assert "--resume" in said


@pytest.mark.parametrize("again", ([], ["--namespace", "prod", "--stage", "champion=PRODUCTION", "--complete"]))
def test_a_load_goes_on_with_what_it_began_with(again: list[str], stopped: tuple[Path, Where], capsys: Printed) -> None:
    file, where = stopped
    share = ["--resume", "--max-retracted-share", "1"]
    assert run(["load", "items", str(file), *share, *again, "--json", *where]) == Exit.DONE
    report = _report(capsys)
    assert (report["completed"], report["retracted"]) == (True, 3)


def test_a_load_does_not_go_on_into_another_graph(stopped: tuple[Path, Where], tmp_path: Path, capsys: Printed) -> None:
    file, where = stopped
    home = where[1] if where[0] == "--home" else str(tmp_path / "nobody")
    other = ["--server", "http://127.0.0.1:9", "--home", home]
    assert run(["load", "items", str(file), "--resume", *other]) == Exit.USAGE
    assert "the server at http://127.0.0.1:9" in " ".join(capsys.readouterr().err.split())


def test_what_was_kept_of_an_old_load_goes_with_the_next(stopped: tuple[Path, Where], capsys: Printed) -> None:
    file, where = stopped
    loads = Path(where[1] if where[0] == "--home" else os.environ["PEDIGREE_HOME"]) / "loads"
    of_source = [path for path in loads.glob("*.json") if f"stopped {where[0]}" in path.read_text(encoding="utf-8")]
    kept = max(of_source, key=lambda path: path.stat().st_mtime)
    os.utime(kept, (0, 0))
    assert run(["load", "items", str(file), *where]) == Exit.DONE
    assert f"The load {kept.stem} of stopped {where[0]}" in " ".join(capsys.readouterr().err.split())
    assert not kept.exists()


def test_a_load_that_does_not_begin_leaves_nothing(where: Where, tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "own"), *where] if where[0] == "--server" else where
    loads = Path(home[1]) / "loads"
    before = sorted(loads.iterdir()) if loads.exists() else []
    assert run(["load", "items", str(tmp_path / "missing"), *home]) == Exit.UNREACHABLE
    assert sorted(loads.iterdir()) == before
