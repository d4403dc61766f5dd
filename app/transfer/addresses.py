"""Signed addresses as their holder uses them: what their answers mean, whichever store gives them."""

import re
from collections.abc import AsyncIterable
from html import unescape

import httpx
import orjson

from app.artifacts.failures import ArtifactsError, StoreFull, UploadMismatch
from app.errors import PedigreeError
from app.transfer.trying import TryAgain
from graph_schema.canonical import shown

_TIMEOUT = httpx.Timeout(120, connect=10, pool=None)
"""Seconds without a byte; a store takes its time over the last of a part."""

LONGEST_ANSWER = 64 * 1024
"""How many bytes of an answer in words are read."""

_SHOWN = 300

_PASSING = frozenset({400, 403, 404, 408, 409, 425, 429})
"""What a new address may mend: one that has expired (403), an upload begun anew (404), a store that tires of waiting
(S3 says RequestTimeout with 400)."""

_FULL = 507
_OTHER_BYTES = 422
_SERVER = 500


def open_client(parallel: int) -> httpx.AsyncClient:
    """A client for signed addresses: it shows no token, as an address is all the login that there is.

    Args:
        parallel: how many connections it has at most.
    """
    limits = httpx.Limits(max_connections=parallel, max_keepalive_connections=parallel)
    return httpx.AsyncClient(timeout=_TIMEOUT, limits=limits, trust_env=False)


async def put(client: httpx.AsyncClient, url: str, body: AsyncIterable[bytes], count: int, what: str) -> None:
    """Returns when a store has taken those bytes.

    Args:
        client: of `open_client`.
        url: the signed address.
        body: the bytes.
        count: how many they are.
        what: they are, for messages.

    Raises:
        TryAgain: it has not, and may with another address.
        UploadMismatch: it says that they are not what was announced.
        ArtifactsError: it does not take them, whatever the address.
    """
    headers = {"content-length": str(count)}  # else they would go in chunks, which S3 does not take
    try:
        async with client.stream("PUT", url, content=body, headers=headers) as response:
            said = await words_of(response)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise broken(what, error) from error
    if not response.is_success:
        raise _refusal(response.status_code, said, what)


def broken(what: str, error: Exception) -> TryAgain:
    """The error of a connection that did not come about or did not last."""
    why = str(error) or type(error).__name__
    return TryAgain(
        f"The store of artifacts cannot be reached for {what}: {shown(why, _SHOWN)}.",
        remedy="See whether it runs and can be reached from here; the same command then goes on.",
    )


def refused(status: int, said: str, what: str) -> PedigreeError:
    """The error of an answer that is no success; a `TryAgain` where a new address may mend it."""
    words = f" ({said})" if said else ""
    message = f"The store of artifacts answers {status} for {what}{words}."
    if status in _PASSING or (status >= _SERVER and status != _FULL):
        return TryAgain(message, remedy="Look into its log, and into that of Pedigree; the same command then goes on.")
    if status == _FULL:
        return StoreFull(message, remedy="Make room there; the same command then goes on.")
    return ArtifactsError(message, remedy="Look into its log, and into that of Pedigree.")


async def words_of(response: httpx.Response) -> str:
    """What an answer says in words, read to its end unless that is far; empty where it says nothing.

    Raises:
        httpx.HTTPError: it broke off.
    """
    text = bytearray()
    async for chunk in response.aiter_raw():
        text += chunk
        if len(text) > LONGEST_ANSWER:
            break
    return "" if response.is_success else said_in(bytes(text))


def said_in(text: bytes) -> str:
    """What the text of an answer says, which is no success, as this service or as S3 says it."""
    return shown(_in_json(text) or _in_xml(text), _SHOWN)


def _refusal(status: int, said: str, what: str) -> PedigreeError:
    if status == _OTHER_BYTES:
        return UploadMismatch(
            f"The store of artifacts says that {what} is not what was announced: {said or status}.",
            remedy="Push again when nobody writes to the folder any more.",
        )
    return refused(status, said, what)


def _in_json(text: bytes) -> str:
    """As this service says it."""
    try:
        return str(orjson.loads(text)["errors"][0]["message"]).rstrip(".")
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return ""


def _in_xml(text: bytes) -> str:
    """As S3 says it (S3, Error responses)."""
    found = [re.search(rf"<{name}>([^<]*)</{name}>".encode(), text) for name in ("Code", "Message")]
    return ": ".join(unescape(each[1].decode(errors="replace")).rstrip(".") for each in found if each)
