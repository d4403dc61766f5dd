"""Stores that are missing, closed, full, read only, tampered with, or away for a while."""

import errno
import json
import os
import secrets
import subprocess
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin

from app.artifacts import folder_files
from app.artifacts.content import MIB, Span, content_key
from app.artifacts.failures import (
    ArtifactDamaged,
    ArtifactsError,
    PlaceUnknown,
    StoreFull,
    StoreLoginRefused,
    StoreReadOnly,
    StoreUnreachable,
)
from app.artifacts.folder import FolderStore
from app.artifacts.place import S3Place
from app.artifacts.s3 import S3Store
from app.artifacts.signing import Signer
from app.artifacts.store import ArtifactStore
from app.errors import ErrorCode
from tests.servers.minio import REGION, MinioServer
from tests.stores.asking import begin, content_of, pieces, send, whole

X = content_of(b"x")


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncGenerator[FolderStore]:
    """An empty folder."""
    store = FolderStore(tmp_path / "artifacts", Signer(b"k" * 32, "http://127.0.0.1"))
    await store.make()
    yield store
    await store.close()


async def failing(store: ArtifactStore, error: type[ArtifactsError], *, reading: bool = False) -> ArtifactsError:
    """What readiness says, which all that writes (and reads) says too."""
    with pytest.raises(error) as found:
        await store.check()
    with pytest.raises(error):
        await store.put(X, pieces(b"x"))
    with pytest.raises(error):
        await begin(store, X)
    if reading:
        with pytest.raises(error):
            await store.stat(X.sha256)
        with pytest.raises(error):
            await whole(store.read(X.sha256))
    return found.value


def admin(minio: MinioServer) -> MinioAdmin:
    """Speaks to the server as its root."""
    keys = StaticProvider(minio.access_key, minio.secret_key)
    return MinioAdmin(endpoint=minio.endpoint, credentials=keys, region=REGION, secure=False)


def allowed(minio: MinioServer, place: S3Place, tmp_path: Path, *actions: str) -> S3Place:
    """The bucket as a new user sees it who may do only that."""
    user, password, policy = secrets.token_hex(8), secrets.token_hex(16), tmp_path / "policy.json"
    resource = [f"arn:aws:s3:::{place.bucket}", f"arn:aws:s3:::{place.bucket}/*"]
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    asking = admin(minio)
    asking.user_add(user, password)
    asking.policy_add(user, str(policy))
    asking.policy_set(user, user)
    return replace(place, access_key=user, secret_key=password)


async def test_a_bucket_that_is_not_there(minio: MinioServer) -> None:
    store = S3Store(minio.place("no-such-bucket"))
    said = await failing(store, PlaceUnknown)
    assert said.code is ErrorCode.ARTIFACTS_PLACE_UNKNOWN
    assert "no-such-bucket" in said.message
    assert "Make the bucket" in said.message
    await store.close()


@pytest.mark.parametrize("wrong", ({"access_key": "nobody"}, {"secret_key": "not-the-secret"}))
async def test_keys_that_are_refused(place: S3Place, wrong: dict[str, str]) -> None:
    store = S3Store(replace(place, **wrong))
    said = await failing(store, StoreLoginRefused)
    assert "not-the-secret" not in said.message + repr(replace(place, **wrong))
    await store.close()


async def test_a_bucket_that_may_only_be_read(
    minio: MinioServer, bucket: S3Store, place: S3Place, tmp_path: Path
) -> None:
    await bucket.put(content_of(b"held"), pieces(b"held"))
    store = S3Store(allowed(minio, place, tmp_path, "s3:GetObject", "s3:ListBucket"))
    said = await failing(store, StoreReadOnly)
    assert said.code is ErrorCode.ARTIFACTS_READ_ONLY
    assert await whole(store.read(content_of(b"held").sha256)) == b"held"
    with pytest.raises(StoreReadOnly):
        await store.delete(content_of(b"held").sha256)
    assert len(await bucket.held()) == 1
    await store.close()


async def test_what_its_user_needs_is_what_is_documented(
    minio: MinioServer, place: S3Place, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    actions = ("ListBucket", "GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload")
    more = ("ListBucketMultipartUploads", "ListMultipartUploadParts")
    store = S3Store(allowed(minio, place, tmp_path, *(f"s3:{action}" for action in actions + more)))
    await store.check()
    begun = await begin(store, X)
    await send(store, begun, b"x", http)
    assert (await store.finish(begun)).new
    assert len(await store.unfinished()) == 1
    await store.discard(begun)
    assert await store.delete(X.sha256)
    await store.close()


async def test_a_bucket_that_is_full(minio: MinioServer, bucket: S3Store, place: S3Place) -> None:
    await bucket.put(X, pieces(b"x"))
    admin(minio).bucket_quota_set(place.bucket, 1)
    with pytest.raises(StoreFull) as found:
        await bucket.check()
    assert found.value.code is ErrorCode.ARTIFACTS_FULL
    with pytest.raises(StoreFull):
        await bucket.put(content_of(b"y"), pieces(b"y"))
    assert await whole(bucket.read(X.sha256)) == b"x"


async def test_a_server_that_is_killed_and_comes_back(http: httpx.AsyncClient) -> None:
    with MinioServer() as server:
        store = S3Store(server.bucket())
        data = os.urandom(2 * MIB)
        begun = await begin(store, content_of(data))
        await store.put(X, pieces(b"x"))
        server.kill()
        said = await failing(store, StoreUnreachable, reading=True)
        assert server.endpoint in said.message
        with pytest.raises(StoreUnreachable):
            await store.finish(begun)
        server.start()
        await store.check()
        await send(store, begun, data, http)
        server.kill()
        server.start()
        assert (await store.finish(begun)).new
        assert {each.content for each in await store.held()} == {X, begun.content}
        await store.close()


async def test_a_folder_that_is_not_there(folder: FolderStore, tmp_path: Path) -> None:
    begun = await begin(folder, X)
    (tmp_path / "artifacts").rename(tmp_path / "moved")
    said = await failing(folder, PlaceUnknown, reading=True)
    for asked in (folder.finish(begun), folder.arrived(begun), folder.delete(X.sha256)):
        with pytest.raises(PlaceUnknown):
            await asked
    assert str(tmp_path / "artifacts") in said.message
    assert not (tmp_path / "artifacts").exists()  # on a disk that is away, nothing is put in its place
    (tmp_path / "moved").rename(tmp_path / "artifacts")
    await folder.check()


@pytest.mark.parametrize(
    ("number", "error"),
    (
        (errno.ENOSPC, StoreFull),
        (errno.EDQUOT, StoreFull),
        (errno.EROFS, StoreReadOnly),
        (errno.EACCES, StoreReadOnly),
        (errno.EIO, StoreUnreachable),
    ),
)
async def test_what_the_system_refuses_is_told_apart(
    folder: FolderStore, monkeypatch: pytest.MonkeyPatch, number: int, error: type[ArtifactsError]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(folder_files, "sync", refuse)
    with pytest.raises(error) as found:
        await folder.check()
    assert found.value.message != found.value.what
    monkeypatch.undo()
    assert await folder.unfinished() == []
    await folder.check()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]
    mounted = subprocess.run(command, check=False, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def _remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)


async def test_a_disk_that_is_full_or_read_only(small_disk: Path) -> None:
    store = FolderStore(small_disk / "artifacts", Signer(b"k" * 32, "http://127.0.0.1"))
    await store.make()
    await store.put(X, pieces(b"x"))
    large = os.urandom(6 * MIB)
    with pytest.raises(StoreFull, match="full"):
        await store.put(content_of(large), pieces(large))
    assert [each.content for each in await store.held()] == [X]
    assert await store.unfinished() == []
    await store.check()  # there is room again
    _remount(small_disk, "ro")
    await failing(store, StoreReadOnly)
    assert await whole(store.read(X.sha256)) == b"x"
    _remount(small_disk, "rw")
    await store.close()


async def test_one_changed_byte_is_found_by_reading_all(folder: FolderStore, tmp_path: Path) -> None:
    data = os.urandom(2 * MIB)
    await folder.put(content_of(data), pieces(data))
    with (tmp_path / "artifacts" / content_key(content_of(data).sha256)).open("r+b") as file:
        file.seek(MIB)
        file.write(bytes([data[MIB] ^ 1]))
    with pytest.raises(ArtifactDamaged, match=content_of(data).sha256) as found:
        await whole(folder.read(content_of(data).sha256))
    assert found.value.code is ErrorCode.ARTIFACT_DAMAGED
    assert len(await whole(folder.read(content_of(data).sha256, Span(0, len(data))))) == len(
        data
    )  # a span is not hashed


async def test_an_object_with_other_bytes_is_found_by_reading_all(
    minio: MinioServer, bucket: S3Store, place: S3Place, tmp_path: Path
) -> None:
    await bucket.put(X, pieces(b"x"))
    other = tmp_path / "other"
    other.write_bytes(b"y")
    minio.client().fput_object(place.bucket, content_key(X.sha256), str(other))
    with pytest.raises(ArtifactDamaged):
        await whole(bucket.read(X.sha256))


async def test_bytes_of_another_size_are_healed_by_sending_them_again(folder: FolderStore, tmp_path: Path) -> None:
    await folder.put(X, pieces(b"x"))
    path = tmp_path / "artifacts" / content_key(X.sha256)
    path.write_bytes(b"")
    assert (await folder.put(X, pieces(b"x"))).new
    assert await whole(folder.read(X.sha256)) == b"x"


async def test_a_folder_is_for_its_owners_eyes_only(folder: FolderStore, tmp_path: Path) -> None:
    await folder.put(X, pieces(b"x"))
    await begin(folder, X)
    modes = {
        each: each.stat().st_mode & 0o777 for each in [tmp_path / "artifacts", *(tmp_path / "artifacts").rglob("*")]
    }
    assert {mode for each, mode in modes.items() if each.is_dir()} == {0o700}
    assert {mode for each, mode in modes.items() if each.is_file()} == {0o600}


async def test_a_file_system_without_second_names_is_copied_on(
    folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    begun = await begin(folder, X)
    (tmp_path / "artifacts" / begun.key / "1").write_bytes(b"x")
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert (await folder.finish(begun)).new
    assert await whole(folder.read(X.sha256)) == b"x"
