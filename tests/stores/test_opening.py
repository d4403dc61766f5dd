"""A bucket that is opened as settings name it: by two addresses, and while its server hangs and comes back."""

import asyncio
import os
import signal
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.artifacts import bucket
from app.artifacts.checking import StoreCheck
from app.artifacts.content import content_key
from app.artifacts.failures import StoreUnreachable
from app.artifacts.opening import bucket_of, open_store
from app.artifacts.place import S3Place
from app.artifacts.s3 import S3Store
from tests.servers.minio import MinioServer
from tests.serving import Serving
from tests.stores.asking import content_of, pieces, upload


def settings_of(place: S3Place) -> dict[str, str]:
    """What a deployment sets to name that bucket; its clients reach it by another name."""
    return {
        "artifacts_url": f"s3://{place.bucket}",
        "artifacts_endpoint": f"http://{place.endpoint}",
        "artifacts_access_key": place.access_key,
        "artifacts_secret_key": place.secret_key,
        "artifacts_public_endpoint": f"http://localhost:{place.endpoint.rpartition(':')[2]}",
    }


@pytest.fixture
def hanging(minio: MinioServer) -> Generator[MinioServer]:
    """A server of its own, which goes on at the end at the latest."""
    del minio  # where that cannot be had, neither can this
    with MinioServer() as server:
        yield server
        _tell(server, signal.SIGCONT)


def _tell(server: MinioServer, told: signal.Signals) -> None:
    """Stops it, with the shell that watches over it, or has both go on."""
    os.killpg(server._process.pid, told)


async def test_clients_are_told_the_address_by_which_they_reach_it(place: S3Place, http: httpx.AsyncClient) -> None:
    named = settings_of(place)
    store = await open_store(
        bucket_of(
            named["artifacts_url"], named["artifacts_endpoint"], place.access_key, place.secret_key, place.region,
            named["artifacts_public_endpoint"],
        ),
        "",
    )  # fmt: skip
    await StoreCheck(store)()
    sent = await upload(store, b"bytes", http)
    url = await store.upload_url(sent, 1, 60)
    assert urlsplit(url).hostname == "localhost"
    assert (await store.finish(sent)).new
    got = await http.get(await store.download_url(sent.content, 60))
    assert got.content == b"bytes"
    await store.close()


async def test_a_server_that_hangs_is_not_waited_for_and_is_found_to_be_back(hanging: MinioServer) -> None:
    store = S3Store(hanging.bucket())
    seconds = 0.0
    answers = StoreCheck(store, 1.0, lambda: seconds)
    await answers()
    seconds += 11
    _tell(hanging, signal.SIGSTOP)
    for _ in range(5):
        with pytest.raises(StoreUnreachable, match="has not answered"):
            await answers()
    _tell(hanging, signal.SIGCONT)
    await StoreCheck(store)()
    await answers.close()
    await store.close()


async def test_what_is_short_ends_while_a_server_hangs(hanging: MinioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "_ANSWER_SECONDS", 0.2)
    store = S3Store(hanging.bucket())
    content = content_of(b"bytes")
    await store.put(content, pieces(b"bytes"))
    _tell(hanging, signal.SIGSTOP)
    removing = store._run(lambda: store._bucket.remove(content_key(content.sha256)))
    for asked in (store.stat(content.sha256), store.delete(content.sha256), removing, store.held(), store.unfinished()):
        async with asyncio.timeout(60):
            with pytest.raises(StoreUnreachable, match="does not answer"):
                await asked
    _tell(hanging, signal.SIGCONT)
    other = content_of(b"other")  # of that removal it may have heard
    await store.put(other, pieces(b"other"))
    assert await store.stat(other.sha256) is not None
    await store.close()


async def test_a_service_keeps_them_there(place: S3Place, tmp_path: Path, http: httpx.AsyncClient) -> None:
    with Serving(tmp_path / "home", **settings_of(place)) as serving:
        ready = await http.get(f"{serving.address}/readyz")
        assert (ready.status_code, ready.json()["checks"]["artifacts"]) == (200, "ok")
        assert place.secret_key not in serving.log
    store = S3Store(place)
    assert (await store.held(), await store.unfinished()) == ([], [])  # a check leaves nothing
    await store.close()
    assert not (tmp_path / "home" / "artifacts").exists()
