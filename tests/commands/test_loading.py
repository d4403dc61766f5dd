"""`pedigree load`: what it reports, and what its end says to a script."""

import json
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


def test_a_broken_file_is_told_by_its_line(where: Where, tmp_path: Path, capsys: Printed) -> None:
    file = write_items(tmp_path / "broken.jsonl", ITEMS[:1])
    with file.open("a", encoding="utf-8") as end:
        end.write("{]\n")
    assert run(["load", "items", str(file), *where]) == Exit.USAGE
    assert "Line 3" in " ".join(capsys.readouterr().err.split())
