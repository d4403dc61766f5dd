"""Bytes that this process has on their way to a bucket, piece by piece."""

import hashlib

from minio.datatypes import Part as S3Part  # noqa: TC002 - it is imported anyway

from app.artifacts.arriving import check_content
from app.artifacts.bucket import Bucket
from app.artifacts.content import MIB, Content, Stored, content_key, part_bytes_for

PIECE_BYTES = 16 * MIB
"""What is sent at a time, and is in memory for it."""


class Sending:
    """An upload to the key of a digest, that is joined only if what was sent has it. Every function blocks.

    Args:
        bucket: where to.
        content: what must come.
    """

    def __init__(self, bucket: Bucket, content: Content) -> None:
        self._bucket = bucket
        self._content = content
        self._key = content_key(content.sha256)
        self._token = ""
        self._parts: list[S3Part] = []
        self._bytes = 0
        self._hashed = hashlib.sha256()
        self.part_bytes = part_bytes_for(content.bytes, PIECE_BYTES)

    def begin(self) -> None:
        """Begins it."""
        self._token = self._bucket.multipart.begin(self._key)

    def send(self, piece: bytes) -> bool:
        """Sends the next bytes; whether any more may come."""
        self._bytes += len(piece)
        if self._bytes > self._content.bytes:
            return False
        self._hashed.update(piece)
        part = self._bucket.multipart.send(self._key, self._token, len(self._parts) + 1, piece)
        self._parts.append(part)
        return True

    def end(self) -> Stored:
        """Joins what was sent, which takes the place of what has that name.

        Raises:
            UploadMismatch: it is not what must come.
        """
        check_content(self._content, self._bytes, self._hashed.hexdigest())
        there = self._bucket.holds(self._content)
        self._bucket.multipart.join(self._key, self._token, self._parts)
        return Stored(self._content, new=not there)

    def give_up(self) -> None:
        """Removes what was sent."""
        if self._token:
            self._bucket.multipart.abort(self._key, self._token)
