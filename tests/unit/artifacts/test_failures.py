"""What a store's own words mean to the reader of a message."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from minio.error import InvalidResponseError, S3Error
from urllib3.exceptions import ReadTimeoutError

from app.artifacts.failures import (
    ArtifactsError,
    PlaceUnknown,
    StoreFull,
    StoreLoginRefused,
    StoreReadOnly,
    StoreUnreachable,
    UploadIncomplete,
)
from app.artifacts.place import S3Place
from app.artifacts.s3_failures import meaning

PLACE = S3Place("store.example:9000", "models", "key", "the-secret")


def s3(code: str | None) -> S3Error:
    return S3Error(cast("Any", SimpleNamespace(headers={})), code, "message", "/models/x", "id", "host")


@pytest.mark.parametrize(
    ("code", "writing", "error"),
    (
        ("NoSuchBucket", True, PlaceUnknown),
        ("InvalidAccessKeyId", False, StoreLoginRefused),
        ("SignatureDoesNotMatch", True, StoreLoginRefused),
        ("RequestTimeTooSkewed", True, StoreLoginRefused),
        ("AccessDenied", True, StoreReadOnly),
        ("AccessDenied", False, StoreLoginRefused),
        ("XMinioStorageFull", True, StoreFull),
        ("XMinioAdminBucketQuotaExceeded", True, StoreFull),
        ("NoSuchKey", True, UploadIncomplete),
        ("PreconditionFailed", True, UploadIncomplete),
        ("InternalError", True, StoreUnreachable),
        (None, False, StoreUnreachable),
    ),
)
def test_each_code_is_one_of_ours_with_a_remedy(code: str | None, writing: bool, error: type[ArtifactsError]) -> None:
    found = meaning(s3(code), str(PLACE), writing=writing)
    assert type(found) is error
    assert found.message != found.what
    assert "the-secret" not in found.message


@pytest.mark.parametrize(
    "raised", (InvalidResponseError(502, "text/html", "<html>"), ReadTimeoutError(cast("Any", None), "/", "timed out"))
)
def test_what_is_no_answer_of_a_store_is_that_it_cannot_be_reached(raised: Exception) -> None:
    found = meaning(raised, str(PLACE), writing=False)
    assert type(found) is StoreUnreachable
    assert "bucket models at store.example:9000" in found.message


def test_no_secret_is_shown() -> None:
    assert "the-secret" not in repr(PLACE) + str(PLACE)
