"""The statements that a test itself sends, and none of what the service does meanwhile on its own."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from app.graph.driver import Graph


@contextmanager
def overheard(graph: Graph) -> Generator[list[tuple[str, dict[str, Any]]]]:
    """Each statement, with its parameters, that is sent within the block by this task and those that it starts.

    What looks at due stages every few seconds was started elsewhere, and is not heard.
    """
    heard = list[tuple[str, dict[str, Any]]]()
    mine = ContextVar("mine", default=False)

    def hear(text: str, parameters: Any) -> None:
        if mine.get():
            heard.append((text, dict(parameters)))

    mark, stop = mine.set(True), graph.on_statement(hear)
    try:
        yield heard
    finally:
        stop()
        mine.reset(mark)
