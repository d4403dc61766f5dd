"""Sending a reading: what is sent, what is reported, and what is kept for going on."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.errors import ErrorCode, PedigreeError
from app.loading.loader import Batch
from app.loading.sending import LoadRequest, send
from app.loading.unfinished import LoadState, LoadStates, LoadUnknown, load_name
from tests.unit.loading.pretended import Registry, Store, run, used

REQUEST = LoadRequest("load-1", "mlflow")


async def test_batches_go_in_order_under_one_name() -> None:
    registry = Registry()
    report = await send(Store(), registry, REQUEST)
    assert [body["nodes"] for body in registry.received] == [[run(0)], [run(1)], [run(2)]]
    first = registry.received[0]
    assert (first["source"], first["store"], first["namespace"], first["load"]) == (
        "mlflow",
        "store-1",
        "science",
        "load-1",
    )
    assert not any(body["complete"] or body["dryRun"] for body in registry.received)
    assert len({body["idempotencyKey"] for body in registry.received}) == 3
    assert "expectedEvery" not in first
    assert (report.created, report.unchanged, report.batches, report.done) == (6, 0, 3, 3)
    assert report.failure is None
    assert not report.completed


async def test_sent_again_it_is_unchanged() -> None:
    registry = Registry()
    await send(Store(), registry, REQUEST)
    again = await send(Store(), registry, LoadRequest("load-2", "mlflow"))
    assert (again.created, again.unchanged) == (0, 6)


async def test_a_complete_load_ends_with_a_batch_that_says_so() -> None:
    registry = Registry()
    report = await send(
        Store(), registry, LoadRequest("load-1", "mlflow", scope="all", complete=True, expected_every=60)
    )
    last = registry.received[-1]
    assert [body["complete"] for body in registry.received] == [False, False, False, True]
    assert (last["nodes"], last["relationships"], last["scope"], last["expectedEvery"]) == ([], [], "all", 60)
    assert report.completed
    assert report.retracted == 2
    assert report.done == 3


async def test_refused_rows_are_told_and_what_they_name_is_spared() -> None:
    """The registry read them, and spares what they name: the load can end as complete."""
    registry = Registry()
    registry.rejects = '"runId": "1"'
    report = await send(Store(), registry, LoadRequest("load-1", "mlflow", complete=True))
    assert report.rejected == 2
    assert [(each.code, each.message, each.row) for each in report.refusals] == [
        ("BAD", "no", run(1)),
        ("BAD", "no", used(1)),
    ]
    assert report.completed
    assert report.unread == 0


async def test_what_became_no_row_is_counted_by_its_reason() -> None:
    report = await send(Store(batches=5), Registry(), REQUEST)
    assert report.skipped == {"It is odd.": 5}
    assert report.examples == {"It is odd.": ["run 0", "run 1", "run 2"]}


async def test_a_dry_run_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    registry = Registry()
    request = LoadRequest("load-1", "mlflow", complete=True, dry_run=True)
    report = await send(Store(), registry, request, states=LoadStates(tmp_path))
    assert all(body["dryRun"] for body in registry.received)
    assert report.retracted == 2
    with pytest.raises(LoadUnknown):
        LoadStates(tmp_path).latest("mlflow")


async def test_progress_is_told_after_each_batch() -> None:
    told: list[tuple[int, int | None]] = []
    await send(Store(), Registry(), REQUEST, progress=lambda report, total: told.append((report.done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


async def test_a_source_that_goes_away_is_gone_on_from(tmp_path: Path) -> None:
    states, registry = LoadStates(tmp_path), Registry()
    request = LoadRequest("load-1", "mlflow", complete=True)
    report = await send(Store(leaves_after=2), registry, request, states=states)
    assert isinstance(report.failure, PedigreeError)
    assert report.failure.code is ErrorCode.SOURCE_UNREACHABLE
    assert "The store went away. The load load-1 stopped after 2 batches" in report.failure.message
    assert "--resume" in report.failure.message
    assert not any(body["complete"] for body in registry.received)

    state = states.latest("mlflow")
    assert state == states.find("load-1")
    again = Store()
    report = await send(again, registry, request, states=states, resume=state)
    assert again.started_after == ["2"]
    assert [body["nodes"] for body in registry.received[2:]] == [[run(2)], []]
    assert report.completed
    assert (report.batches, report.done) == (4, 3)
    with pytest.raises(LoadUnknown, match="no unfinished load"):
        states.latest("mlflow")


async def test_a_registry_that_goes_away_is_gone_on_from(tmp_path: Path) -> None:
    registry = Registry()

    async def leaves(body: dict[str, Any]) -> dict[str, Any]:
        if registry.received:
            raise ConnectionError("reset")
        return await registry(body)

    states = LoadStates(tmp_path)
    report = await send(Store(), leaves, REQUEST, states=states)
    assert report.failure is not None
    assert "reset" in report.failure.message
    again = Store()
    await send(again, registry, REQUEST, states=states, resume=states.find("load-1"))
    assert again.started_after == ["1"]


def _sqlite_full() -> sqlite3.Error:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


@pytest.mark.parametrize("error", (OSError(errno.ENOSPC, "No space left on device"), _sqlite_full()))
async def test_a_full_disk_of_the_load_itself_is_told_with_its_place(error: Exception, tmp_path: Path) -> None:
    class Spools(Store):
        def batches(self, after: str | None = None) -> Iterator[Batch]:
            yield next(super().batches(after))
            raise error

    states = LoadStates(tmp_path)
    report = await send(Spools(), Registry(), REQUEST, states=states, workspace=tmp_path / "load-1")
    assert report.failure is not None
    assert report.failure.code is ErrorCode.HOME_UNUSABLE
    assert f"The disk of {tmp_path / 'load-1'} is full" in report.failure.message
    assert "Make room there." in report.failure.message
    assert report.failure.message.endswith("Go on with --resume.")


async def test_how_far_a_load_came_stays_where_the_disk_runs_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states, kept = LoadStates(tmp_path), list[int]()

    def fsync(_: int) -> None:
        kept.append(1)
        if len(kept) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    report = await send(Store(), Registry(), REQUEST, states=states, workspace=tmp_path / "load-1")
    assert report.failure is not None
    assert "is full" in report.failure.message
    assert states.find("load-1").batches == 1
    assert not (tmp_path / "load-1.new").exists()


async def test_a_load_of_which_nothing_was_taken_is_not_gone_on_with(tmp_path: Path) -> None:
    async def refuses(body: dict[str, Any]) -> dict[str, Any]:
        return {"code": "SOURCE_MISMATCH", "message": "Another store.", "path": "store"}

    states = LoadStates(tmp_path)
    report = await send(Store(), refuses, REQUEST, states=states)
    assert report.failure is not None
    assert "Another store." in report.failure.message
    assert report.failure.path == "store"
    assert "--resume" not in report.failure.message
    with pytest.raises(LoadUnknown):
        states.find("load-1")


async def test_a_refused_request_ends_the_load(tmp_path: Path) -> None:
    registry = Registry()
    registry.answers = {"code": "RETRACTION_TOO_LARGE", "message": "It would retract 40 %.", "path": None}
    states = LoadStates(tmp_path)
    request = LoadRequest("load-1", "mlflow", complete=True)
    report = await send(Store(), registry, request, states=states)
    assert report.failure is not None
    assert "It would retract 40 %." in report.failure.message
    assert not report.completed
    # With another share it goes on where it was: at the end.
    registry.answers = None
    report = await send(Store(), registry, request, states=states, resume=states.latest("mlflow"))
    assert report.completed
    assert [len(body["nodes"]) for body in registry.received[4:]] == [0]


async def test_refused_rows_of_before_are_remembered(tmp_path: Path) -> None:
    registry = Registry()
    registry.rejects = '"runId": "0"'
    states = LoadStates(tmp_path)
    await send(Store(leaves_after=2), registry, REQUEST, states=states)
    report = await send(Store(), registry, REQUEST, states=states, resume=states.latest("mlflow"))
    assert report.rejected == 2


async def test_another_store_is_not_gone_on_from(tmp_path: Path) -> None:
    states = LoadStates(tmp_path)
    await send(Store(leaves_after=1), Registry(), REQUEST, states=states)
    report = await send(Store(store_id="other"), Registry(), REQUEST, states=states, resume=states.find("load-1"))
    assert isinstance(report.failure, LoadUnknown)
    assert "another store" in report.failure.message


def test_a_state_that_cannot_be_read(tmp_path: Path) -> None:
    states = LoadStates(tmp_path)
    (tmp_path / "load-1.json").write_text("{")
    with pytest.raises(LoadUnknown, match="cannot be read"):
        states.find("load-1")
    with pytest.raises(LoadUnknown, match="no unfinished load other"):
        states.find("other")


async def test_states_are_kept_apart(tmp_path: Path) -> None:
    states = LoadStates(tmp_path)
    for load, source, scope in (("a/b", "one", ""), ("c", "one", "part"), ("d", "two", "")):
        await send(Store(leaves_after=1), Registry(), LoadRequest(load, source, scope), states=states)
    assert [states.latest(*key).load for key in (("one", ""), ("one", "part"), ("two", None))] == ["a/b", "c", "d"]
    with pytest.raises(LoadUnknown, match=r"several scopes: none, part.*--scope"):
        states.latest("one")
    with pytest.raises(LoadUnknown, match="There are some of: one; one, scope part; two"):
        states.latest("three")
    workspace = states.workspace("c")
    workspace.mkdir()
    (workspace / "spool").touch()
    states.forget("c")
    assert not workspace.exists()


def test_loads_that_nobody_goes_on_with_are_dropped_and_told(tmp_path: Path) -> None:
    states = LoadStates(tmp_path)
    for load in ("old", "new"):
        states.save(LoadState(load, "mlflow", "store-1", "", {}, "1", 1, 1, 0, 0))
        states.workspace(load).mkdir()
    (tmp_path / "broken.json").write_text("{")
    states.workspace("nothing").mkdir()
    (states.workspace("nothing") / "spool").touch()
    now = (tmp_path / "new.json").stat().st_mtime
    days = 86_400.0
    os.utime(tmp_path / "old.json", (now - 31 * days, now - 31 * days))
    assert [state.load for state in states.forget_abandoned(now)] == ["old"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.json", "new", "new.json", "nothing"]
    assert [state.load for state in states.forget_abandoned(now + 31 * days)] == ["new"]
    assert list(tmp_path.iterdir()) == []


def test_a_load_is_named_by_its_source_and_time() -> None:
    assert load_name("mlflow", datetime(2026, 1, 2, 3, 4, 5, 6, UTC)) == "mlflow-20260102T030405000006Z"
