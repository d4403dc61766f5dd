"""What is kept of unfinished loads is one process's at a time."""

from pathlib import Path

import pytest

from app.loading.unfinished import LoadState, LoadStates, LoadUnderWay


def _state(load: str) -> LoadState:
    return LoadState(load, "s", "store", "", {}, "1", done=1, batches=1, rejected=0, unread=0)


def test_a_load_is_of_one_process_at_a_time(tmp_path: Path) -> None:
    mine, theirs = LoadStates(tmp_path), LoadStates(tmp_path)
    with mine.held("a"):
        mine.save(_state("a"))
        with pytest.raises(LoadUnderWay, match="The load a is under way in another process"), theirs.held("a"):
            pytest.fail("two have it")
        with theirs.held("b"):
            pass
    with theirs.held("a"):
        assert theirs.find("a") == _state("a")


def test_nothing_is_left_of_a_load_that_ended(tmp_path: Path) -> None:
    states = LoadStates(tmp_path)
    with states.held("a"):
        states.save(_state("a"))
        states.forget("a")
    with states.held("ended by another meanwhile"):
        pass
    assert list(tmp_path.iterdir()) == []
