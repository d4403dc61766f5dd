"""Multipart uploads of S3, of which the `minio` client has every call but lets none be called.

Its calls are used nevertheless, here only: a second signer of S3 requests would be the worse neighbour.
"""
# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from minio import Minio
from minio.datatypes import Part as S3Part
from minio.error import S3Error

_PAGE = 1000
"""The most that one answer lists (S3, ListParts and ListMultipartUploads)."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A multipart upload under way.

    Attributes:
        key: of the object that it would make.
        token: S3's own name for it.
        began_at: when.
    """

    key: str
    token: str
    began_at: datetime


class Multipart:
    """The multipart uploads of one bucket. Every function blocks.

    Args:
        client: speaks to the store.
        bucket: which one.
    """

    def __init__(self, client: Minio, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def begin(self, key: str) -> str:
        """S3's name for a new upload of that object."""
        return self._client._create_multipart_upload(self._bucket, key, {})

    def send(self, key: str, token: str, number: int, data: bytes) -> S3Part:
        """Sends one part."""
        return S3Part(number, self._client._upload_part(self._bucket, key, data, None, token, number))

    def parts(self, key: str, token: str) -> Sequence[S3Part] | None:
        """The parts that have arrived, by number; None where there is no such upload any more."""
        try:
            return sorted(self._each_part(key, token), key=lambda part: part.part_number)
        except S3Error as error:
            if error.code == "NoSuchUpload":
                return None
            raise

    def _each_part(self, key: str, token: str) -> Iterator[S3Part]:
        marker: str | None = None
        while True:
            found = self._client._list_parts(self._bucket, key, token, _PAGE, marker)
            yield from found.parts
            if not found.is_truncated or not found.parts:
                return
            marker = str(found.parts[-1].part_number)

    def join(self, key: str, token: str, parts: Sequence[S3Part]) -> None:
        """Makes an object of the parts; its upload takes no part any more. Nothing where that was done before."""
        try:
            self._client._complete_multipart_upload(self._bucket, key, token, list(parts))
        except S3Error as error:
            if error.code != "NoSuchUpload":
                raise

    def abort(self, key: str, token: str) -> None:
        """Removes an upload and its parts. Nothing where there is none."""
        try:
            self._client._abort_multipart_upload(self._bucket, key, token)
        except S3Error as error:
            if error.code != "NoSuchUpload":
                raise

    def under_way(self, ours: Callable[[str], bool], after: str, limit: int) -> Sequence[Begun]:
        """Uploads of objects whose keys are ours, by key, after that key, about so many.

        They are asked for without a prefix: MinIO takes one for the whole name of an object.
        """
        begun: list[Begun] = []
        marker = after
        while len(begun) < limit:
            found = self._client._list_multipart_uploads(self._bucket, key_marker=marker or None, max_uploads=_PAGE)
            begun += [
                Begun(each.object_name, each.upload_id or "", each.initiated_time or datetime.now(UTC))
                for each in found.uploads
                if each.object_name > after and ours(each.object_name)
            ]
            last = max((each.object_name for each in found.uploads), default="")
            if not found.is_truncated or last <= marker:
                break
            marker = last
        return sorted(begun, key=lambda each: (each.key, each.token))

    def url(self, key: str, token: str, number: int, seconds: int) -> str:
        """An address that takes one part by PUT."""
        return self._client.get_presigned_url(
            "PUT",
            self._bucket,
            key,
            timedelta(seconds=seconds),
            extra_query_params={"partNumber": str(number), "uploadId": token},
        )
