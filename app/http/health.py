"""Whether the service is alive, and whether it can do its work."""

from collections.abc import Awaitable, Callable, Mapping

from app.errors import PedigreeError
from app.http.answers import TEXT, Receive, Scope, Send, answer, answer_json

Check = Callable[[], Awaitable[None]]
"""Something that must hold for the service to do its work; it raises a `PedigreeError` where it does not."""

_UNCACHED = ((b"cache-control", b"no-store"),)


class Healthz:
    """Answers 200: this process answers, whatever it depends on."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        del scope, receive
        await answer(send, 200, TEXT, b"alive\n", _UNCACHED)


class Readyz:
    """Answers 200 while every check passes, else 503; either way with what each of them found.

    Args:
        checks: by their names.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the checks."""
        del scope, receive
        found: dict[str, str] = {}
        for name, check in self._checks.items():
            try:
                await check()
                found[name] = "ok"
            except PedigreeError as error:
                found[name] = error.message
        ready = all(value == "ok" for value in found.values())
        await answer_json(send, 200 if ready else 503, {"ready": ready, "checks": found}, headers=_UNCACHED)
