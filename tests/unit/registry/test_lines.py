"""Rows in a file of lines: written by `--to-file`, read back by `load items`."""

import io
import json
from pathlib import Path

import pytest

from app.errors import ErrorCode
from app.registry.loading import LoadOptions, SourceUnreachable, SourceUnusable
from app.registry.sending import LoadReport, write_lines
from loaders.items import LOADER as ITEMS
from tests.unit.registry.pretended import Store, run, used


def test_lines_are_read_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    with path.open("w", encoding="utf-8") as file:
        report = write_lines(Store(), "mlflow", file, progress=lambda *_: None)
    assert (report.batches, report.done, report.skipped) == (3, 3, {"It is odd.": 3})
    reading = ITEMS.open(str(path), LoadOptions("ignored"), tmp_path)
    assert (reading.store_id, reading.namespace) == ("store-1", "science")
    (batch,) = reading.batches()
    assert batch.nodes == [run(0), run(1), run(2)]
    assert batch.relationships == [used(0), used(1), used(2)]
    assert list(reading.skipped()) == []
    reading.close()


def test_lines_of_a_store_that_goes_away_say_so() -> None:
    report: LoadReport = write_lines(Store(leaves_after=1), "mlflow", io.StringIO())
    assert report.failure is not None
    assert report.failure.code is ErrorCode.SOURCE_UNREACHABLE


def test_lines_are_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    lines = [{"source": "s", "store": "t", "namespace": "n"}, *(run(number) for number in range(1200))]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    options = LoadOptions("ignored")
    whole = ITEMS.open(str(path), options, tmp_path)
    first, second, third = whole.batches()
    assert [len(batch.nodes) for batch in (first, second, third)] == [500, 500, 200]
    whole.close()
    rest = ITEMS.open(str(path), options, tmp_path)
    assert list(rest.batches(first.cursor)) == [second, third]
    rest.close()


@pytest.mark.parametrize("first", ("", "{}", "[1]", "not json", '"text"'))
def test_a_file_that_no_load_wrote(first: str, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(f"{first}\n")
    with pytest.raises(SourceUnusable, match="names no source"):
        ITEMS.open(str(tmp_path / "other"), LoadOptions("x"), tmp_path)


def test_a_line_that_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "other").write_text('{"source": "s", "store": "t", "namespace": "n"}\n{"run": {}}\n[]\n')
    reading = ITEMS.open(str(tmp_path / "other"), LoadOptions("x"), tmp_path)
    with pytest.raises(SourceUnusable, match="Line 3 of"):
        list(reading.batches())
    reading.close()


def test_no_file_of_lines(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="missing"):
        ITEMS.open(str(tmp_path / "missing"), LoadOptions("x"), tmp_path)
