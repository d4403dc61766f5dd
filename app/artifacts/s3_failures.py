"""What S3 answers when it does not do what was asked, and what that means to the reader of a message."""

from minio.error import S3Error

from app.artifacts.content import Span
from app.artifacts.failures import (
    ArtifactsError,
    PlaceUnknown,
    StoreFull,
    StoreLoginRefused,
    StoreReadOnly,
    StoreUnreachable,
    UploadIncomplete,
)

_KEYS = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidTokenId",
        "InvalidToken",
        "AuthorizationHeaderMalformed",
    }
)
_GONE = frozenset({"NoSuchKey", "NoSuchUpload", "PreconditionFailed", "InvalidPart"})
_DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "MethodNotAllowed", "XMinioBucketReadOnly"})
_FULL = frozenset({"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientCapacity"})


def meaning(error: Exception, place: str, *, writing: bool) -> ArtifactsError:
    """The error of this program that an error of the client, or of the network below it, stands for.

    Args:
        error: what the client raised.
        place: the bucket and its address, for the message; no key is in it.
        writing: whether something was to be stored or removed.
    """
    if not isinstance(error, S3Error):
        return StoreUnreachable(
            f"The store of artifacts, {place}, does not answer: {type(error).__name__}.",
            remedy="See whether it runs, and whether the address is right.",
        )
    code = error.code or ""
    if code == "NoSuchBucket":
        return PlaceUnknown(f"There is no {place}.", remedy="Make the bucket, or name another.")
    if code in _FULL:
        return StoreFull(f"{place} has no room for more ({code}).", remedy="Make room, or raise the bucket's quota.")
    if code in _GONE:
        return UploadIncomplete("What arrived was discarded meanwhile.", remedy="Begin the upload anew.")
    return _refused(code, place, writing=writing)


def not_ranged(place: str, span: Span, status: int, content_range: str | None) -> ArtifactsError:
    """The error that a store does not give the bytes that were asked for, and only those.

    Args:
        place: the bucket and its address.
        span: which were.
        status: of its answer.
        content_range: which it says that it gives; None where it does not say.
    """
    asked = f"bytes {span.first:,} to {span.first + span.bytes - 1:,}"
    gives = f"with {content_range!r:.60}" if content_range else "without saying which it gives"
    return StoreUnreachable(
        f"{place} was asked for {asked} of an object, and answered {status} {gives}.",
        remedy="Use a store that keeps to Range; see what stands between it and this service.",
    )


def _refused(code: str, place: str, *, writing: bool) -> ArtifactsError:
    if code in _KEYS:
        return StoreLoginRefused(
            f"{place} refuses the access key or the secret key ({code}).", remedy="Give those of a user that it knows."
        )
    if code == "RequestTimeTooSkewed":
        return StoreLoginRefused(f"{place} has another time than this machine.", remedy="Set this machine's clock.")
    return _denied(code, place, writing=writing) if code in _DENIED else _other(code, place)


def _denied(code: str, place: str, *, writing: bool) -> ArtifactsError:
    if writing:
        return StoreReadOnly(
            f"{place} lets nothing be stored or removed by this user ({code}).",
            remedy="Let the user put and delete objects, and list and abort multipart uploads.",
        )
    return StoreLoginRefused(
        f"{place} lets nothing be read by this user ({code}).", remedy="Let the user list the bucket and get objects."
    )


def _other(code: str, place: str) -> ArtifactsError:
    return StoreUnreachable(f"{place} does not do what it should ({code or 'no reason given'}).", remedy="See its log.")
