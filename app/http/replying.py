"""The last step to a caller: compressed where that is asked for, and nothing where the caller has it already."""

import re
from dataclasses import dataclass
from hashlib import sha256

from app.http.answers import Headers, Scope, Send, answer, answer_nothing, bodiless, header
from app.http.coding import SMALLEST, gzipped, takes_gzip

_TAG = re.compile(r'"[^"]*"')
_KEPT = ((b"cache-control", b"private, no-cache"), (b"vary", b"accept, accept-encoding"))
"""Of what is got: only its caller's own cache keeps it, and asks each time whether it is still so."""

_UNCHANGING = ((b"cache-control", b"public, max-age=31536000, immutable"), (b"vary", b"accept-encoding"))
"""Of what has another address once it is another: every cache keeps it, and nobody asks again (RFC 8246)."""

_POSTED = ((b"vary", b"accept-encoding"),)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is sent.

    Attributes:
        status: of HTTP.
        content_type: the header's value.
        body: as it is, uncompressed.
        headers: what the status wants beside these.
        lasting: whether it says how things are; an error may be gone the next moment.
        last: whether nothing is to be sent after it.
        unchanging: whether its address will always have this answer, whoever asks.
        same: what of the body stays as it is while the answer does; empty where all of it does.
    """

    status: int
    content_type: bytes
    body: bytes
    headers: Headers = ()
    lasting: bool = False
    last: bool = True
    unchanging: bool = False
    same: bytes = b""


async def send_reply(scope: Scope, send: Send, reply: Reply) -> None:
    """Sends an answer to GET, HEAD or POST."""
    coding = header(scope, b"accept-encoding")
    compress = bool(coding) and len(reply.body) >= SMALLEST and takes_gzip(coding)
    headers = reply.headers
    if scope["method"] != "POST":
        headers += _UNCHANGING if reply.unchanging else _KEPT
        if reply.lasting:
            tag = _tag(reply, compress=compress)
            headers += ((b"etag", f"W/{tag}".encode() if reply.same else tag.encode()),)
            if _has(header(scope, b"if-none-match"), tag):
                await answer_nothing(send, 304, headers)
                return
        if scope["method"] == "HEAD":
            send = bodiless(send)
    elif compress:
        headers += _POSTED
    body = reply.body
    if compress:
        headers += ((b"content-encoding", b"gzip"),)
        body = await gzipped(body)
    await answer(send, reply.status, reply.content_type, body, headers, last=reply.last)


def _tag(reply: Reply, *, compress: bool) -> str:
    """A validator (RFC 9110, section 8.8.3): another for each form and coding of the same answer.

    It is a strong one unless some of the body may change while the answer stays the same.
    """
    digest = sha256(reply.content_type)
    digest.update(reply.same or reply.body)
    return f'"{digest.hexdigest()[:32]}{"-gzip" if compress else ""}"'


def _has(if_none_match: str, tag: str) -> bool:
    """Whether a caller has the answer of that tag (RFC 9110, section 13.1.2: whether theirs is marked weak or not)."""
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
