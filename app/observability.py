"""Logs: a line for each event, for people or as JSON, on standard error: standard output is the answer alone."""

import io
import logging
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TextIO, cast

import orjson
import structlog
from structlog.typing import ExcInfo, Processor

LogFormat = Literal["auto", "text", "json"]


def configure_logs(form: LogFormat, stream: TextIO | None = None) -> None:
    """Sends every log line of this process to one place in one form, those of libraries from warnings on.

    Args:
        form: `auto` is text for a terminal and JSON for anything else.
        stream: where to; standard error unless given.
    """
    out = sys.stderr if stream is None else stream
    as_json = form == "json" or (form == "auto" and not out.isatty())
    structlog.configure(
        processors=[*_shared(), *(_json() if as_json else _text(colours=out.isatty()))],
        logger_factory=structlog.WriteLoggerFactory(file=out),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Forwarding()], force=True)


_LOG_BYTES = 1_000_000
"""A log file that has grown to this is begun anew."""


@contextmanager
def logs_in_file(path: Path) -> Generator[None]:
    """Sends the log lines of this block to the end of that file; where there can be no file, nowhere.

    For a command, whose terminal is for its reader.
    """
    with _opened(path) as stream:
        configure_logs("json", stream)
        try:
            yield
        finally:
            structlog.reset_defaults()


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = "w" if path.exists() and path.stat().st_size > _LOG_BYTES else "a"
        return path.open(mode, encoding="utf-8")
    except OSError:
        return io.StringIO()


def _shared() -> list[Processor]:
    return [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]


def _json() -> list[Processor]:
    return [
        structlog.processors.ExceptionRenderer(_plain_traceback_of),
        structlog.processors.JSONRenderer(serializer=_dumps),
    ]


def _text(*, colours: bool) -> list[Processor]:
    # Without the values of variables, unlike the renderer's default: they may be secrets.
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]


def _dumps(value: object, **_: object) -> str:
    return orjson.dumps(value, default=repr).decode()


def _plain_traceback_of(exc_info: ExcInfo) -> str:
    return "".join(traceback.format_exception(*exc_info))


class _Forwarding(logging.Handler):
    """Hands the lines of libraries, which know the standard library's logging, to ours."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        cast("structlog.typing.FilteringBoundLogger", log).log(
            record.levelno, record.getMessage(), exc_info=record.exc_info
        )
