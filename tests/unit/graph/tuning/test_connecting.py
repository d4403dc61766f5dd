"""What the driver opens for a task that was cancelled is closed; `tests/engines/test_driver.py` asks a server."""

from importlib import import_module
from typing import Any

from app.graph.tuning.connecting import close_what_is_left


def test_it_is_done_once() -> None:
    sockets: Any = import_module("neo4j._async_compat.network._bolt_socket").AsyncBoltSocketBase
    close_what_is_left()
    before = sockets.__dict__["_connect_secure"]
    assert before.__func__.__qualname__.startswith("_opening_to_the_end")
    close_what_is_left()
    assert sockets.__dict__["_connect_secure"] is before
