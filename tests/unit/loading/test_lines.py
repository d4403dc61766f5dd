"""Rows in a file of lines: written by `--to-file`, read back by `load items`."""

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import ErrorCode
from app.loading.loader import Batch, LoadOptions, SourceUnreachable, SourceUnusable, Unreadable
from app.loading.sending import write_lines
from loaders.items import LOADER as ITEMS
from tests.unit.loading.pretended import Store, run, used


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
    report = write_lines(Store(leaves_after=1), "mlflow", io.StringIO())
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


@pytest.mark.parametrize(
    "first", ("", "{}", "[1]", "not json", '"text"', '{"source": 5, "store": "a", "namespace": "b"}')
)
def test_a_file_that_no_load_wrote(first: str, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(f"{first}\n")
    with pytest.raises(SourceUnusable, match="names no source"):
        ITEMS.open(str(tmp_path / "other"), LoadOptions("x"), tmp_path)


@pytest.mark.parametrize(
    ("line", "told"),
    (
        (b"[]", "no row"),
        (b"5", "no row"),
        (b'{"run": {}, "model": {}}', "no row"),
        (b'{"run": {}', "not JSON from column 11"),
        (b'{"run": {"name": "\xff"}}', "not text in UTF-8: byte 19"),
        (b"[" * 100_000, "nested too deeply"),
    ),
)
def test_a_line_that_is_no_row_costs_that_line(line: bytes, told: str, tmp_path: Path) -> None:
    first, last = json.dumps(run(1)).encode(), json.dumps(used(1)).encode()
    path = tmp_path / "other"
    path.write_bytes(b'{"source": "s", "store": "t", "namespace": "n"}\n' + b"\n".join((first, b"", line, last)))
    reading = ITEMS.open(str(path), LoadOptions("x"), tmp_path)
    [batch] = reading.batches()
    assert (batch.nodes, batch.node_places) == ([run(1)], [f"line 2 of {path}"])
    assert (batch.relationships, batch.relationship_places) == ([used(1)], [f"line 5 of {path}"])
    [row] = batch.unreadable
    assert row.place == f"line 4 of {path}"
    assert told in row.message
    assert "Mend the line" in row.message
    reading.close()


def test_a_file_that_was_changed_is_not_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    lines = [{"source": "s", "store": "t", "namespace": "n"}, *(run(number) for number in range(600))]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    whole = ITEMS.open(str(path), LoadOptions("x"), tmp_path)
    first = next(whole.batches())
    whole.close()
    path.write_text("".join(f"{json.dumps(line)}\n" for line in (lines[0], *lines[2:])))
    rest = ITEMS.open(str(path), LoadOptions("x"), tmp_path)
    with pytest.raises(SourceUnusable, match=r"changed before its line 502.*without --resume"):
        next(rest.batches(first.cursor))
    rest.close()


def test_a_value_that_json_cannot_say_is_written_and_read_back(tmp_path: Path) -> None:
    """Left out, it would count as no longer said; read back, it is refused with its line."""

    class Odd(Store):
        def batches(self, after: str | None = None) -> Iterator[Batch]:
            del after
            yield Batch([{"run": {"runId": "\ud800", "metrics": {"loss": math.inf}}}], [], "1", 1, 1)

    path = tmp_path / "items.jsonl"
    with path.open("w", encoding="utf-8") as file:
        assert write_lines(Odd(), "mlflow", file).failure is None
    reading = ITEMS.open(str(path), LoadOptions("x"), tmp_path)
    [batch] = reading.batches()
    assert batch.nodes == [{"run": {"runId": "\ud800", "metrics": {"loss": math.inf}}}]
    reading.close()


def test_a_row_that_cannot_be_read_ends_the_writing() -> None:
    class Odd(Store):
        def batches(self, after: str | None = None) -> Iterator[Batch]:
            del after
            yield Batch([], [], "1", 1, 1, unreadable=[Unreadable("line 3 of a", "It is no row.", "[]")])

    report = write_lines(Odd(), "mlflow", io.StringIO())
    assert report.failure is not None
    assert report.failure.message == "Line 3 of a cannot be read: It is no row."


def test_no_file_of_lines(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="missing"):
        ITEMS.open(str(tmp_path / "missing"), LoadOptions("x"), tmp_path)
