"""From where a deployment keeps its artifacts to the store of them."""

import asyncio
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from app.artifacts.failures import PlaceUnknown, StoreUnreachable
from app.artifacts.folder import FolderStore, open_folder
from app.artifacts.place import S3Place
from app.artifacts.store import ArtifactStore
from app.artifacts.tiers import TieredStore

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


async def open_store(place: S3Place | Path, address: str, colder: S3Place | Path | None = None) -> ArtifactStore:
    """The store of artifacts. A bucket is not asked for here: whether it answers, `check` says.

    Args:
        place: the bucket, or the home with the folder.
        address: of this service as clients reach it, with which the signed addresses of a folder begin.
        colder: another bucket, or another folder that is there, for what a policy moves; None for no such.

    Raises:
        HomeUnusable: the secret that signs addresses can be neither read nor made.
        ArtifactsError: the folder cannot be made, or the colder one is not there: its disk may be away.
        ValueError: no bucket can be at such an address.
    """
    if isinstance(place, S3Place):
        from app.artifacts.s3 import S3Store  # noqa: PLC0415 - 12 MB that who keeps a folder need not have

        usual = S3Store(place)
        return TieredStore(usual, S3Store(colder)) if isinstance(colder, S3Place) else usual
    folder = await open_folder(place, f"{address}{PATH}")
    if not isinstance(colder, Path):
        return folder
    return TieredStore(folder, await _opened(colder, folder))


async def _opened(colder: Path, folder: FolderStore) -> FolderStore:
    """The store in the colder folder, which is not made: it may be where a disk is to be mounted.

    It has a folder of its own there, as in the home, so that a disk that goes away is seen to have gone.
    """
    if not await asyncio.to_thread(colder.is_dir):
        raise PlaceUnknown(
            f"The colder folder of artifacts, {colder}, is not there.", remedy="Mount its disk, or make the folder."
        )
    if await asyncio.to_thread(folder.overlaps, colder):
        raise PlaceUnknown(f"{colder} is where artifacts are kept anyway.", remedy="Name a folder on another disk.")
    cold = FolderStore(colder / "artifacts", folder.signer)
    await cold.make()
    return cold


async def refuse_lost(store: ArtifactStore) -> None:
    """Returns if a store can have what lies in a colder one, as is recorded. One that does not answer may have it.

    Raises:
        PlaceUnknown: there is no colder one, or it holds nothing: a setting is missing, or another place was named.
    """
    remedy = "Set PEDIGREE_ARTIFACTS_COLD_URL to where they were moved, and see that its disk is mounted."
    if not isinstance(store, TieredStore):
        raise PlaceUnknown("Artifacts of this graph lie in a colder store, and none is named.", remedy=remedy)
    with suppress(StoreUnreachable):
        if not await store.cold.held(limit=1):
            raise PlaceUnknown(
                "Artifacts of this graph lie in a colder store, and the one that is named holds nothing.", remedy=remedy
            )


def folders_of(store: ArtifactStore) -> tuple[FolderStore, ...]:
    """The folders that a store keeps artifacts in, first the one that takes them; none where that is a bucket."""
    parts = (store.hot, store.cold) if isinstance(store, TieredStore) else (store,)
    return tuple(each for each in parts if isinstance(each, FolderStore))
