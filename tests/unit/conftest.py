"""Unit tests open no socket, not even to loopback: what needs one belongs in `tests/engines` or `tests/api`."""

from collections.abc import Generator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Run the test with sockets off; an event loop's own pair of Unix sockets is no connection."""
    disable_socket(allow_unix_socket=True)
    try:
        return (yield)
    finally:
        enable_socket()
