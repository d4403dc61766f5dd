"""The settings that say where artifacts are kept, and how clients reach them."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from app import addresses


class ArtifactSettings(BaseSettings):
    """What a deployment decides about the bytes of artifacts: a part of `app.settings.Settings`."""

    artifacts_url: Annotated[
        str | None,
        Field(description="The bucket of artifacts, as s3://bucket. Without it: the folder `artifacts` in the home."),
    ] = None
    artifacts_endpoint: Annotated[
        str | None,
        Field(description="The S3 API that has that bucket, as https://s3.example.org or http://127.0.0.1:9000."),
    ] = None
    artifacts_access_key: Annotated[str, Field(description="Who logs in to it.")] = ""
    artifacts_secret_key: Annotated[SecretStr, Field(description="The secret key of that user.")] = SecretStr("")
    artifacts_region: Annotated[
        str,
        Field(description="The region of the bucket.", pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"),
    ] = "us-east-1"
    artifacts_public_endpoint: Annotated[
        str | None,
        Field(description="That API as clients reach it, which signed addresses name; without it: the endpoint."),
    ] = None
    artifacts_cold_url: Annotated[
        str | None,
        Field(
            description="Where retention policies move what is seldom used, as s3://bucket of the same API, or where "
            "artifacts are in the home as file:///folder, which is there. Without it no policy moves anything."
        ),
    ] = None
    public_url: Annotated[
        str | None,
        Field(
            description="This service as clients reach it, with which signed addresses of artifacts in the home begin; "
            "without it: where it listens."
        ),
    ] = None

    limit_upload_bytes: Annotated[
        int, Field(description="The most bytes that the files of one version may have together.", ge=1)
    ] = 2**40

    @field_validator("artifacts_url")
    @classmethod
    def _bucket(cls, value: str | None) -> str | None:
        return None if value is None else f"s3://{addresses.bucket(value)}"

    @field_validator("artifacts_cold_url")
    @classmethod
    def _colder(cls, value: str | None) -> str | None:
        return None if value is None else addresses.bucket_or_folder(value)

    @field_validator("artifacts_endpoint", "artifacts_public_endpoint")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        return None if value is None else addresses.endpoint(value)

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        return None if value is None else addresses.base(value)

    @model_validator(mode="after")
    def _alike(self) -> Self:
        """What is colder is of the same kind, and elsewhere."""
        cold = self.artifacts_cold_url
        if cold is None:
            return self
        if cold == self.artifacts_url:
            raise ValueError("PEDIGREE_ARTIFACTS_COLD_URL names the bucket of PEDIGREE_ARTIFACTS_URL: name another")
        if (self.artifacts_url is None) != cold.startswith("file:"):
            raise ValueError(
                "PEDIGREE_ARTIFACTS_COLD_URL is a bucket, as s3://bucket, where PEDIGREE_ARTIFACTS_URL names one, and "
                "else a folder, as file:///folder"
            )
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """A bucket is named with where it is and who asks; keys alone, which others may read beside us, name none."""
        if self.artifacts_url is None:
            without = {"ENDPOINT": self.artifacts_endpoint, "PUBLIC_ENDPOINT": self.artifacts_public_endpoint}
            if names := _set(without):
                raise ValueError(f"{names}, and PEDIGREE_ARTIFACTS_URL is not: name the bucket, as s3://bucket")
            return self
        needed = {
            "ENDPOINT": not self.artifacts_endpoint,
            "ACCESS_KEY": not self.artifacts_access_key,
            "SECRET_KEY": not self.artifacts_secret_key.get_secret_value(),
        }
        if names := _set(needed, "not set"):
            raise ValueError(f"PEDIGREE_ARTIFACTS_URL names a bucket, and {names}")
        return self


def _set(which: Mapping[str, object], what: str = "set") -> str:
    """Those settings of artifacts that are true, and what they are; empty where none is."""
    names = [f"PEDIGREE_ARTIFACTS_{name}" for name, value in which.items() if value]
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} {what}" if names else ""
