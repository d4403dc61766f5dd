"""The context of a request over services of which a test has only some."""

from typing import Any

from app.access.service import LOCAL, Caller
from app.wiring import Context


def context_of(services: Any, caller: Caller = LOCAL) -> Context:
    """As the service makes it for a request of that caller."""
    return Context(services, caller, "tests")
