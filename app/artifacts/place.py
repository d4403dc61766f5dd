"""Where a bucket is: apart from what speaks to it, whose library is loaded only where there is a bucket."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where the bucket is, and who asks.

    Attributes:
        endpoint: host, and port where it is not the usual one, as this process reaches it.
        bucket: its name; it is never made by this program.
        access_key: of a user who may list the bucket, get, put and delete objects, and list and abort multipart
            uploads.
        secret_key: of the same.
        region: as the store has it.
        secure: whether it is spoken to over TLS.
        public_endpoint: host and port as clients reach it, which the signed addresses name; empty where it is the same.
        public_secure: whether clients do so over TLS.
    """

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"
    secure: bool = True
    public_endpoint: str = ""
    public_secure: bool = True

    def __str__(self) -> str:
        return f"bucket {self.bucket} at {self.endpoint}"
