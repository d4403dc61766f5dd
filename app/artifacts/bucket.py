"""One bucket as the `minio` client sees it. Every function blocks, and raises what the client raises."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from io import BytesIO
from itertools import islice
from typing import cast

from minio import Minio
from minio.commonconfig import ComposeSource, CopySource
from minio.datatypes import Object
from minio.error import S3Error
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout

from app.artifacts.arriving import check_parts
from app.artifacts.content import (
    CHUNK,
    MIB,
    Content,
    Held,
    Part,
    Span,
    Stored,
    Unfinished,
    Upload,
    content_key,
    disposition,
    is_sha256,
)
from app.artifacts.failures import ArtifactMissing
from app.artifacts.formats.format import Read
from app.artifacts.multipart import Multipart
from app.artifacts.place import S3Place
from app.artifacts.s3_failures import not_ranged
from app.artifacts.waiting import THREADS

_CONNECTIONS = 2 * THREADS
"""Kept open: as many as threads may wait at once, for what is short and for what takes long."""

_CONNECT_SECONDS = 3.0
_READ_SECONDS = 300.0
"""For the longest silence: a store says nothing while it copies a piece."""

_RETRIES = Retry(total=2, backoff_factor=0.1, status_forcelist=[500, 502, 503, 504])
_PROBE_SECONDS = 4.0
"""For the longest silence of a store that is asked whether it can be used: a small object takes it no time."""

_ANSWER_SECONDS = 20.0
"""For the longest silence where no bytes are read, joined or copied: a service that is to stop waits for what it has
asked, and who removes bytes has to be done before another takes over."""

_COPY_BYTES = 1024 * MIB
"""What the store copies in one go, so that it never is silent for long."""

_PROBE = "pedigree-probe"
_STAGING = "staging/"
_CONTENT = "sha256/"
_STAGED = re.compile(r"staging/[0-9a-f]{32}/[0-9]{1,9}", re.ASCII)


class Bucket:
    """What is done in one bucket.

    Args:
        place: which one, and as whom.
    """

    def __init__(self, place: S3Place) -> None:
        self._place = place
        self._name = place.bucket
        timeout = Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        self._pool = PoolManager(maxsize=_CONNECTIONS, timeout=timeout, retries=_RETRIES)
        # Few silences end it, or a store that hung could not be seen to answer again for as long as it is waited for.
        self._hasty = _impatient(_PROBE_SECONDS, Retry(total=1))
        self._unhurried = _impatient(_ANSWER_SECONDS, _RETRIES.new(total=1))
        self._client = self._connected(place.endpoint, self._pool, secure=place.secure)
        self._probing = self._connected(place.endpoint, self._hasty, secure=place.secure)
        self._asking = self._connected(place.endpoint, self._unhurried, secure=place.secure)
        self.multipart = Multipart(self._client, place.bucket)
        # Signs only, and speaks to nobody: the region is known.
        self._public = self._client
        if place.public_endpoint:
            self._public = self._connected(place.public_endpoint, self._pool, secure=place.public_secure)

    def _connected(self, endpoint: str, pool: PoolManager, *, secure: bool) -> Minio:
        place = self._place
        return Minio(
            endpoint,
            place.access_key,
            place.secret_key,
            region=place.region,
            secure=secure,
            http_client=pool,
        )

    def close(self) -> None:
        """Lets go of the connections."""
        self._pool.clear()
        self._hasty.clear()
        self._unhurried.clear()

    def try_writing(self) -> None:
        """Writes a byte and removes it."""
        self._probing.put_object(self._name, _PROBE, BytesIO(b"?"), 1)
        self._probing.remove_object(self._name, _PROBE)

    def try_reading(self) -> None:
        """Lists at least nothing."""
        next(self._probing.list_objects(self._name, prefix=_CONTENT, recursive=True), None)

    def look(self, key: str) -> Object | None:
        """What is said of an object; None where there is none."""
        try:
            return self._asking.stat_object(self._name, key)
        except S3Error as error:
            if error.code == "NoSuchKey":
                return None
            raise

    def open_content(self, sha256: str, span: Span | None) -> BaseHTTPResponse | None:
        """The bytes under a digest, to be read and closed; None where they end before the span begins.

        Raises:
            ArtifactMissing: there is nothing under it.
            StoreUnreachable: the store gives other bytes than those of the span.
        """
        try:
            return self._open(content_key(sha256), span)
        except S3Error as error:
            if error.code == "NoSuchKey":
                raise ArtifactMissing.of(sha256) from None
            raise

    def _open(self, key: str, span: Span | None) -> BaseHTTPResponse | None:
        if span is None:
            return self._client.get_object(self._name, key)
        try:
            response = self._client.get_object(self._name, key, offset=span.first, length=span.bytes)
        except S3Error as error:
            if error.code == "InvalidRange":
                return None
            raise
        begins = response.headers.get("content-range", "").startswith(f"bytes {span.first}-")
        if response.status == HTTPStatus.PARTIAL_CONTENT and begins:
            return response
        response.close()
        if response.status == HTTPStatus.OK and response.headers.get("content-length") == "0":
            return None  # of nothing there is no part
        raise not_ranged(str(self._place), span, response.status, response.headers.get("content-range"))

    def reading(self, key: str) -> Read:
        """Reads stretches of an object. It raises as `open_content` does."""

        def read(first: int, count: int) -> bytes:
            response = self._open(key, Span(first, count))
            if response is None:
                return b""
            try:
                return response.read(count)
            finally:
                response.close()

        return read

    def digest(self, key: str) -> str:
        """The sha256 of an object's bytes, read in constant memory."""
        response, hashed = self._client.get_object(self._name, key), hashlib.sha256()
        try:
            for chunk in response.stream(CHUNK):
                hashed.update(chunk)
        finally:
            response.close()
        return hashed.hexdigest()

    def arrived(self, upload: Upload) -> Sequence[Part]:
        """The parts that are there, by number; all of them once they were joined."""
        parts = self.multipart.parts(upload.key, upload.token)
        if parts is not None:
            return [Part(part.part_number, part.size or 0) for part in parts]
        joined = self.look(upload.key)
        if joined is None or joined.size != upload.content.bytes:
            return ()
        return [Part(number, upload.bytes_of(number)) for number in range(1, upload.parts + 1)]

    def join(self, upload: Upload) -> None:
        """Makes one object, at the key of the upload, of its parts; nothing where that was done before.

        Raises:
            UploadIncomplete: parts are missing.
        """
        parts = self.multipart.parts(upload.key, upload.token)
        if parts is not None:
            check_parts(upload, [Part(part.part_number, part.size or 0) for part in parts])
            self.multipart.join(upload.key, upload.token, parts)

    def name(self, upload: Upload, etag: str) -> Stored:
        """Has the store copy what was read to the key of its digest, where it appears whole or not at all."""
        content = upload.content
        there = self.holds(content)
        key, count = content_key(content.sha256), content.bytes
        if count <= _COPY_BYTES:
            self._client.copy_object(self._name, key, CopySource(self._name, upload.key, match_etag=etag))
        else:
            pieces = [
                ComposeSource(self._name, upload.key, offset=at, length=min(_COPY_BYTES, count - at), match_etag=etag)
                for at in range(0, count, _COPY_BYTES)
            ]
            self._client.compose_object(self._name, key, pieces)
        return Stored(content, new=not there)

    def holds(self, content: Content) -> bool:
        """Whether there is an object of that size under that digest: whether it is right, only its bytes tell."""
        found = self.look(content_key(content.sha256))
        return found is not None and found.size == content.bytes

    def put(self, content: Content, data: bytes) -> None:
        """Stores bytes that were hashed."""
        self._client.put_object(self._name, content_key(content.sha256), BytesIO(data), len(data))

    def remove(self, key: str) -> None:
        """Removes an object; nothing where there is none."""
        self._asking.remove_object(self._name, key)

    def held(self, after: str, limit: int) -> Sequence[Held]:
        """Objects that have a digest's name, after that digest."""
        found = self._listed(_CONTENT, content_key(after) if after else "")
        named = ((each, cast("str", each.object_name)) for each in found)
        # What others put there is not ours, and no reason to end a page early, which would be taken for the end of all.
        ours = (held(name.rpartition("/")[2], each) for each, name in named if _is_content(name))
        return list(islice(ours, limit))

    def unfinished(self, after: str, limit: int) -> Sequence[Unfinished]:
        """What has none."""
        begun = Multipart(self._asking, self._name).under_way(_is_ours, after, limit)
        found = [Unfinished(each.key, micros(each.began_at), each.token) for each in begun]
        if after < _STAGING or after.startswith(_STAGING):
            there = self._listed(_STAGING, after if after.startswith(_STAGING) else "")
            joined = islice((each for each in there if is_staged(cast("str", each.object_name))), limit)
            found += [Unfinished(cast("str", each.object_name), micros(each.last_modified)) for each in joined]
        found.sort(key=lambda item: (item.key, item.token))
        # The next page begins after a key, so that those of one key stay together.
        return [item for item in found if item.key <= found[min(limit, len(found)) - 1].key]

    def _listed(self, prefix: str, after: str) -> Iterator[Object]:
        return self._asking.list_objects(self._name, prefix=prefix, recursive=True, start_after=after or None)

    def part_url(self, upload: Upload, part: int, seconds: int) -> str:
        """An address that takes a part by PUT."""
        return Multipart(self._public, self._name).url(upload.key, upload.token, part, seconds)

    def download_url(self, content: Content, seconds: int, name: str) -> str:
        """An address that gives an object by GET and HEAD, under that name and as bytes that no browser shows."""
        headers = {
            "response-content-disposition": disposition(name),
            "response-content-type": "application/octet-stream",
        }
        key, life = content_key(content.sha256), timedelta(seconds=seconds)
        return self._public.presigned_get_object(self._name, key, life, response_headers=dict(headers))


def is_staged(key: str) -> bool:
    """Whether it is the key of an upload, of which this program makes no other: the rest is somebody else's."""
    return _STAGED.fullmatch(key) is not None


def _is_ours(key: str) -> bool:
    return is_staged(key) or _is_content(key)


def _is_content(key: str) -> bool:
    name = key.rpartition("/")[2]
    return is_sha256(name) and content_key(name) == key


def _impatient(seconds: float, retries: Retry) -> PoolManager:
    """Connections on which two silences of so long are the end: the first may be that of an old connection."""
    timeout = Timeout(connect=_CONNECT_SECONDS, read=seconds)
    return PoolManager(maxsize=_CONNECTIONS, timeout=timeout, retries=retries)


def held(sha256: str, found: Object) -> Held:
    """What the store says of an object under that digest."""
    return Held(Content(sha256, found.size or 0), micros(found.last_modified))


def micros(moment: datetime | None) -> int:
    """Microseconds since 1970 UTC."""
    return round((moment or datetime.now(UTC)).timestamp() * 1_000_000)
