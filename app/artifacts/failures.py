"""What the store of artifacts fails with."""

from app.errors import ErrorCode, PedigreeError


class ArtifactsError(PedigreeError):
    """The store of artifacts did not do what was asked."""

    standard_code = ErrorCode.ARTIFACTS_UNREACHABLE


class StoreUnreachable(ArtifactsError):
    """The store does not answer, or stopped answering."""


class StoreLoginRefused(ArtifactsError):
    """The store refuses the keys, or what they may do."""

    standard_code = ErrorCode.ARTIFACTS_LOGIN_REFUSED


class PlaceUnknown(ArtifactsError):
    """The bucket or the folder is not there."""

    standard_code = ErrorCode.ARTIFACTS_PLACE_UNKNOWN


class StoreReadOnly(ArtifactsError):
    """The store takes nothing."""

    standard_code = ErrorCode.ARTIFACTS_READ_ONLY


class StoreFull(ArtifactsError):
    """The store has no room."""

    standard_code = ErrorCode.ARTIFACTS_FULL


class ArtifactMissing(ArtifactsError):
    """The store holds no bytes of that digest."""

    standard_code = ErrorCode.ARTIFACT_MISSING

    @classmethod
    def of(cls, sha256: str) -> "ArtifactMissing":
        """The bytes of this digest."""
        return cls(f"The store holds no bytes of sha256:{sha256}.", remedy="Upload them again.")


class ArtifactDamaged(ArtifactsError):
    """The bytes under a digest are no longer its."""

    standard_code = ErrorCode.ARTIFACT_DAMAGED

    @classmethod
    def of(cls, sha256: str, found: str) -> "ArtifactDamaged":
        """The bytes of this digest, which now have the one that was found."""
        return cls(
            f"The bytes that the store holds as sha256:{sha256} are those of sha256:{found}.",
            remedy="Use none of them; restore the object, or delete it and upload the bytes again.",
        )


class UploadIncomplete(ArtifactsError):
    """Parts have not arrived; those that have are kept."""

    standard_code = ErrorCode.UPLOAD_INCOMPLETE


class UploadMismatch(ArtifactsError):
    """What arrived is not what was announced; it was removed."""

    standard_code = ErrorCode.UPLOAD_MISMATCH


class BadFile(ArtifactsError):
    """What arrived is as it was announced, and is certainly broken or made to do harm; it was removed."""

    standard_code = ErrorCode.BAD_FILE


class UrlExpired(ArtifactsError):
    """The time of a signed address is over."""

    standard_code = ErrorCode.URL_EXPIRED


class UrlRefused(ArtifactsError):
    """A signed address that this service did not make so."""

    standard_code = ErrorCode.URL_REFUSED


class BadManifest(PedigreeError):
    """The files of a version, or a path of one, are not what they may be."""

    standard_code = ErrorCode.BAD_MANIFEST
