"""Rows in groups that an engine takes in one message."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, cast

import orjson

STATEMENT_BYTES = 6 * 1024 * 1024
"""The most bytes of rows in one statement; an engine never answers a message of more than 16 MiB."""

_SURELY = 4
"""No value takes more bytes on the wire than so many times those of its JSON with what parts it from the next."""


def chunks(rows: Sequence[list[Any]]) -> Iterator[list[list[Any]]]:
    """The rows in groups that each fit into a statement."""
    if rows and _surely_fit(rows):
        yield list(rows)  # as most batches: weighing each value would take longer than writing all of them down
        return
    chunk: list[list[Any]] = []
    size = 0
    for row in rows:
        weight = _weight(row)
        if chunk and size + weight > STATEMENT_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += weight
    if chunk:
        yield chunk


def _surely_fit(rows: Sequence[list[Any]]) -> bool:
    with suppress(TypeError):  # something that JSON has not: it is weighed
        return _SURELY * len(orjson.dumps(rows)) <= STATEMENT_BYTES
    return False


def _weight(value: object) -> int:
    """At most how many bytes a value takes on the wire."""
    if isinstance(value, str):
        return len(value) + 5 if value.isascii() else 4 * len(value) + 5
    if isinstance(value, dict):
        inner = cast("dict[str, object]", value)
        return 5 + sum(map(len, inner)) + 2 * len(inner) + sum(map(_weight, inner.values()))
    if isinstance(value, list | tuple):
        return 5 + sum(map(_weight, cast("list[object]", value)))
    return 9
