"""Which pages of other origins a browser lets in (CORS, as the Fetch standard has it): none, unless they are named."""

from collections.abc import Iterable

from app.http.answers import Headers, Message, Scope, Send, header

_ASKED = ((b"vary", b"origin"),)
_METHODS = b"GET, HEAD, POST"
_SENT = b"accept, authorization, content-type, if-match, if-range, range, x-correlation-id"
_SHOWN = (
    b"accept-ranges, content-disposition, content-range, etag, ratelimit, ratelimit-policy, retry-after, "
    b"www-authenticate, x-correlation-id"
)
_SECONDS = b"600"
"""For how long a browser need not ask again."""


class Origins:
    """The origins whose pages may ask.

    No cookie and no login of a browser's own is taken, so their pages may do what the token that they have lets them.

    Args:
        allowed: as browsers write them: `https://portal.example.org`.
        methods: what they may do.
    """

    def __init__(self, allowed: Iterable[str] = (), methods: bytes = _METHODS) -> None:
        self._allowed = frozenset(allowed)
        self._methods = methods

    def preflight(self, scope: Scope) -> Headers:
        """What is answered to a browser that asks whether a page may ask; nothing, where it may not."""
        if not self._allowed:
            return ()
        origin = header(scope, b"origin")
        if origin not in self._allowed or not header(scope, b"access-control-request-method"):
            return _ASKED
        return (
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-allow-methods", self._methods),
            (b"access-control-allow-headers", _SENT),
            (b"access-control-max-age", _SECONDS),
            (b"vary", b"origin, access-control-request-method, access-control-request-headers"),
        )

    def telling(self, scope: Scope, send: Send) -> Send:
        """The same way to the caller, by which a browser is told that a page may read the answer, where it may."""
        if not self._allowed:
            return send
        origin = header(scope, b"origin")
        said: Headers = _ASKED
        if origin in self._allowed:
            said = (
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-expose-headers", _SHOWN),
                *_ASKED,
            )

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *said]
            await send(message)

        return sending
