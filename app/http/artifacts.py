"""What the signed addresses of artifacts lead to, where they are kept in a folder.

An address is all the login that there is, as with those of S3. What it allows, it says itself.
"""

import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

from starlette.responses import FileResponse

from app.artifacts.content import CHUNK, disposition
from app.artifacts.failures import ArtifactMissing, StoreFull, UploadIncomplete, UploadMismatch, UrlExpired, UrlRefused
from app.artifacts.folder import FolderStore
from app.artifacts.signing import Grant
from app.errors import ErrorCode, PedigreeError
from app.http.answers import (
    JSON,
    Headers,
    Message,
    Receive,
    Refused,
    Scope,
    Send,
    answer,
    answer_nothing,
    as_json,
    bodiless,
    header,
)
from app.http.entering import note
from app.http.origins import Origins
from app.http.request import drop_rest

_ALLOWED: Headers = ((b"allow", b"GET, HEAD, PUT, OPTIONS"),)
_FROM_PAGES = b"GET, HEAD, PUT"
_CLOSE: Headers = ((b"connection", b"close"),)
_STATUS: dict[type[PedigreeError], int] = {
    UrlExpired: 403,
    UrlRefused: 403,
    ArtifactMissing: 404,
    UploadIncomplete: 404,
    UploadMismatch: 422,
    StoreFull: 507,
}
_DROPPED_BYTES = 64 * CHUNK
_DROPPING_SECONDS = 30.0


class ArtifactsEndpoint:
    """Takes parts of uploads by PUT, and gives artifacts by GET and HEAD, whole or by Range.

    Args:
        folders: where they are: parts go to the first, and artifacts are looked for in one after the other.
        prefix: the path that the addresses begin with, without a slash at its end.
        origins: whose pages browsers let use the addresses.
        clock: seconds since 1970 UTC.
    """

    def __init__(
        self,
        folders: Sequence[FolderStore],
        prefix: str,
        origins: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folders = folders
        self._store = folders[0]
        self._prefix = f"{prefix}/"
        self._origins = Origins(origins, _FROM_PAGES)
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["method"] == "OPTIONS":
            await answer_nothing(send, 204, _ALLOWED + self._origins.preflight(scope))
            return
        send = self._origins.telling(scope, send)
        if scope["method"] == "HEAD":
            send = bodiless(send)
        body = _Body(receive, empty=scope["method"] != "PUT")
        try:
            grant = self._grant(scope)
            if grant.method == "PUT":
                await self._take(grant, scope, body, send)
            else:
                await self._give(grant, scope, receive, send)
        except PedigreeError as error:
            await self._refuse(Refused(_STATUS.get(type(error), 503), error.message, error.code), scope, body, send)
        except Refused as refusal:
            await self._refuse(refusal, scope, body, send)
        except ConnectionError:
            note(scope, left=True)  # nobody is there to be answered; what came of a part was not kept

    def _grant(self, scope: Scope) -> Grant:
        method, path = scope["method"], scope["path"]
        if method not in {"GET", "HEAD", "PUT"}:
            raise Refused(405, "Addresses of artifacts are for GET, HEAD or PUT.", ErrorCode.BAD_METHOD, _ALLOWED)
        query = scope["query_string"].decode("latin-1")
        return self._store.signer.verify(method, path.removeprefix(self._prefix), query, self._clock())

    async def _take(self, grant: Grant, scope: Scope, body: "_Body", send: Send) -> None:
        announced = header(scope, b"content-length")
        if announced.isdecimal() and int(announced) != grant.bytes:
            status = 413 if int(announced) > grant.bytes else 400
            message = f"This address takes {grant.bytes:,} bytes, and no other number. Send exactly those of the part."
            raise Refused(status, message, ErrorCode.UPLOAD_MISMATCH)
        if header(scope, b"content-encoding") not in {"", "identity"}:
            raise Refused(415, "Send the bytes as they are, uncompressed.", ErrorCode.BAD_CONTENT_TYPE)
        await self._store.receive(grant, body)
        await answer_nothing(send, 200, ((b"content-length", b"0"),))

    async def _give(self, grant: Grant, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {
            "etag": f'"{grant.sha256}"',
            "content-disposition": disposition(grant.name),
            "cache-control": "private, immutable",
            "x-content-type-options": "nosniff",
        }
        begun = False

        async def telling(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        for folder in self._folders:
            if await folder.stat(grant.sha256) is None:
                continue
            path = folder.path_of(grant.sha256)
            try:
                await _LargeFile(path, headers=headers, media_type="application/octet-stream")(scope, receive, telling)
            except RuntimeError:
                if begun or path.exists():
                    raise
                continue  # at this moment it was moved to the next, or removed; nothing was answered yet
            return
        raise ArtifactMissing.of(grant.sha256)

    async def _refuse(self, refusal: Refused, scope: Scope, body: "_Body", send: Send) -> None:
        """The answer goes out at once; a body that is still on its way is read before the connection is closed."""
        note(scope, refused=refusal.code.value)
        unread = not body.ended
        headers = refusal.headers + (_CLOSE if unread else ())
        await answer(send, refusal.status, JSON, as_json(refusal.body), headers, last=not unread)
        if unread:
            await drop_rest(body.receive, _DROPPED_BYTES, _DROPPING_SECONDS)
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class _LargeFile(FileResponse):
    """The usual answer with a file, read in pieces as large as elsewhere."""

    chunk_size = CHUNK


class _Body:
    """The body of a request as it comes.

    Args:
        receive: of the request.
        empty: whether it has none.

    Attributes:
        ended: whether all of it has come.
    """

    def __init__(self, receive: Receive, *, empty: bool) -> None:
        self.receive = receive
        self.ended = empty

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        """Its bytes.

        Raises:
            ConnectionError: its sender went away.
        """
        while not self.ended:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError("the client went away")
            self.ended = not message.get("more_body", False)
            yield message.get("body", b"")
