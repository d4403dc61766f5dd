"""The driver describes what it sends only for a log that is kept."""

import inspect
import logging
from importlib import import_module
from typing import Any

import pytest

from app.graph.tuning.describing import describe_for_a_log


class _Told:
    """What says whether it was described."""

    described = False

    def __repr__(self) -> str:
        self.described = True
        return "told"


@pytest.fixture
def described() -> Any:
    describe_for_a_log()
    return vars(import_module("neo4j._async.io._bolt._bolt5"))["repr"]


@pytest.mark.parametrize(("level", "wanted"), ((logging.INFO, False), (logging.DEBUG, True)))
def test_for_a_log_alone(described: Any, level: int, wanted: bool) -> None:
    log, told = logging.getLogger("neo4j.io"), _Told()
    before = log.level
    log.setLevel(level)
    try:
        assert described(told) == ("told" if wanted else "")
    finally:
        log.setLevel(before)
    assert told.described is wanted


def test_all_that_send_are_found() -> None:
    """A release of the driver that sends elsewhere is noticed here."""
    describe_for_a_log()
    for name in ("_bolt5", "_bolt6"):
        module = import_module(f"neo4j._async.io._bolt.{name}")
        assert "repr" in vars(module)
        assert "map(repr, " in inspect.getsource(module)
