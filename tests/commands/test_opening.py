"""A command on a home itself: addresses of artifacts that this process answers while it needs them, and no longer."""

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.artifacts.content import MIB, new_upload_id
from app.artifacts.s3 import S3Store
from app.commands.api import data_of, open_api
from app.commands.opening import services_of, serving_services_of
from app.settings import Settings
from tests.stores.asking import content_of, whole

BUCKET = {
    "artifacts_url": "s3://models",
    "artifacts_endpoint": "http://127.0.0.1:1",
    "artifacts_access_key": "somebody",
    "artifacts_secret_key": "topsecret",
}


def settings_of(home: Path, **more: Any) -> Settings:
    named: dict[str, Any] = {"_env_file": None, "home": home, "server": None, "limit_seconds": 60, **more}
    return Settings(**named)


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60, trust_env=False) as found:
        yield found


async def test_its_addresses_are_answered_within_the_block_and_by_nobody_after_it(
    served: tuple[str, Path], http: httpx.AsyncClient
) -> None:
    data = os.urandom(9 * MIB)
    async with serving_services_of(settings_of(served[1], public_url="https://pedigree.example.org")) as services:
        upload = await services.store.begin(new_upload_id(), 0, content_of(data))
        url = await services.store.upload_url(upload, 1, 60)
        assert url.startswith("http://127.0.0.1:")
        assert not url.startswith(served[0])
        assert (await http.put(url, content=data)).status_code == 200
        assert (await http.put(f"{url}0", content=data)).status_code == 403
        assert (await services.store.finish(upload)).content == content_of(data)
        down = await services.store.download_url(upload.content, 60)
        assert (await http.get(down)).content == data
        await services.store.discard(upload)
    with pytest.raises(httpx.ConnectError):
        await http.get(down)


async def test_an_error_within_the_block_ends_it_too(served: tuple[str, Path], http: httpx.AsyncClient) -> None:
    found = list[str]()

    async def failing() -> None:
        async with serving_services_of(settings_of(served[1])) as services:
            found.append(await services.store.download_url(content_of(b""), 60))
            raise ValueError("within")

    with pytest.raises(ValueError, match="within"):
        await failing()
    with pytest.raises(httpx.ConnectError):
        await http.get(found[0])


async def test_who_is_interrupted_leaves_nothing_behind(served: tuple[str, Path], http: httpx.AsyncClient) -> None:
    ready, found = asyncio.Event(), list[str]()

    async def waiting() -> None:
        async with serving_services_of(settings_of(served[1])) as services:
            found.append(await services.store.download_url(content_of(b""), 60))
            ready.set()
            await asyncio.sleep(600)

    task = asyncio.create_task(waiting())
    await ready.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(httpx.ConnectError):
        await http.get(found[0])


async def test_where_there_is_a_bucket_nothing_is_answered_here(served: tuple[str, Path]) -> None:
    async with serving_services_of(settings_of(served[1], **BUCKET)) as services:
        assert isinstance(services.store, S3Store)
        assert (await services.store.download_url(content_of(b""), 60)).startswith("http://127.0.0.1:1/models/")


@pytest.mark.parametrize("serving", (False, True))
async def test_the_api_answers_either_way(served: tuple[str, Path], http: httpx.AsyncClient, serving: bool) -> None:
    question = "{ models { totalCount } }"
    said = (await http.post(f"{served[0]}/graphql", json={"query": question})).json()["data"]
    assert said["models"]["totalCount"]
    async with open_api(settings_of(served[1]), serving=serving) as api:
        assert data_of(await api.ask(question)) == said


async def test_without_it_addresses_lead_to_whoever_serves_the_home(
    served: tuple[str, Path], http: httpx.AsyncClient
) -> None:
    """The secret is the home's: what one process signs the other knows."""
    content = content_of(b"by the service")
    async with services_of(settings_of(served[1], public_url=served[0])) as services:
        upload = await services.store.begin(new_upload_id(), 0, content)
        sent = await http.put(await services.store.upload_url(upload, 1, 60), content=b"by the service")
        assert sent.status_code == 200
        await services.store.finish(upload)
        assert await whole(services.store.read(content.sha256)) == b"by the service"
