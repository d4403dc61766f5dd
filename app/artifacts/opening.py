"""From where a deployment keeps its artifacts to the store of them."""

from pathlib import Path
from urllib.parse import urlsplit

from app.artifacts.folder import open_folder
from app.artifacts.place import S3Place
from app.artifacts.store import ArtifactStore

PATH = "/artifacts"
"""Below which path of this service the signed addresses of a folder are, without a slash at its end."""


def bucket_of(
    url: str, endpoint: str, access_key: str, secret_key: str, region: str, public_endpoint: str = ""
) -> S3Place:
    """A bucket as settings name it.

    Args:
        url: `s3://bucket`.
        endpoint: `https://host:port` or `http://host:port`, as this process reaches it.
        access_key: who asks.
        secret_key: of the same.
        region: of the bucket.
        public_endpoint: the same as clients reach it; empty where that is the endpoint.
    """
    near, far = urlsplit(endpoint), urlsplit(public_endpoint)
    return S3Place(
        endpoint=near.netloc,
        bucket=url.removeprefix("s3://"),
        access_key=access_key,
        secret_key=secret_key,
        region=region,
        secure=near.scheme == "https",
        public_endpoint=far.netloc,
        public_secure=far.scheme == "https",
    )


async def open_store(place: S3Place | Path, address: str) -> ArtifactStore:
    """The store of artifacts. A bucket is not asked for here: whether it answers, `check` says.

    Args:
        place: the bucket, or the home with the folder.
        address: of this service as clients reach it, with which the signed addresses of a folder begin.

    Raises:
        HomeUnusable: the secret that signs addresses can be neither read nor made.
        ArtifactsError: the folder cannot be made.
        ValueError: no bucket can be at such an address.
    """
    if isinstance(place, S3Place):
        from app.artifacts.s3 import S3Store  # noqa: PLC0415 - 12 MB that who keeps a folder need not have

        return S3Store(place)
    return await open_folder(place, f"{address}{PATH}")
