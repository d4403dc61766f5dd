"""Logs: one line for each event, and no variable of a failing function in any of them."""

import io
import logging
from collections.abc import Generator

import orjson
import pytest
import structlog

from app.observability import LogFormat, configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Generator[None]:
    """What is set up here ends here."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def _logged(form: LogFormat) -> str:
    stream = io.StringIO()
    configure_logs(form, stream)
    log = structlog.get_logger("pedigree")
    log.info("request", path="/graphql", odd=object)
    _fail(log, "topsecret")
    logging.getLogger("neo4j").warning("careful: %s", "slow")
    logging.getLogger("neo4j").info("nobody needs to know")
    return stream.getvalue()


def _fail(log: structlog.typing.FilteringBoundLogger, password: str) -> None:
    try:
        int(password)
    except ValueError as error:
        error.args = ("it broke",)
        log.exception("unforeseen")


@pytest.mark.parametrize("form", ("json", "auto"))
def test_json_is_a_line_for_each_event(form: LogFormat) -> None:
    first, second, third = (orjson.loads(line) for line in _logged(form).splitlines())
    assert (first["event"], first["level"], first["path"]) == ("request", "info", "/graphql")
    assert second["exception"].endswith("ValueError: it broke\n")
    assert (third["event"], third["level"]) == ("careful: slow", "warning")
    assert first["timestamp"].endswith("Z")


@pytest.mark.parametrize("form", ("json", "text"))
def test_no_variable_is_in_the_log(form: LogFormat) -> None:
    printed = _logged(form)
    assert "it broke" in printed
    assert "topsecret" not in printed
    assert "nobody needs" not in printed
