"""A store that gives other bytes than were asked for is not read into memory."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

import pytest
from minio.error import S3Error
from urllib3 import HTTPResponse

from app.artifacts.content import Span
from app.artifacts.failures import ArtifactMissing, StoreUnreachable
from app.artifacts.place import S3Place
from app.artifacts.s3 import S3Store

SHA256 = "0" * 64
PLACE = S3Place("127.0.0.1:9000", "models", "access", "secret")


class Body(BytesIO):
    """Counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes."""
        found = super().read(size)
        self.count += len(found)
        return found


def answering(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes = b"", **headers: str
) -> tuple[S3Store, Body, list[dict[str, Any]]]:
    """A store whose bucket answers so, what it sends, and what it is asked."""
    store, sent, asked = S3Store(PLACE), Body(body), list[dict[str, Any]]()
    given = {name.replace("_", "-"): value for name, value in headers.items()}

    def get(_bucket: str, _key: str, **how: Any) -> HTTPResponse:
        asked.append(how)
        return HTTPResponse(sent, status=status, headers=given, preload_content=False)

    monkeypatch.setattr(store._bucket._client, "get_object", get)
    return store, sent, asked


async def read(store: S3Store, span: Span | None) -> bytes:
    return b"".join([chunk async for chunk in store.read(SHA256, span)])


@pytest.mark.parametrize(
    ("status", "headers"),
    (
        (200, {}),
        (200, {"content_range": "bytes 5-9/1000000"}),
        (206, {}),
        (206, {"content_range": "bytes 0-9/1000000"}),
        (206, {"content_range": "bytes 50-59/1000000"}),
        (206, {"content_range": "bytes */1000000"}),
    ),
)
async def test_other_bytes_than_were_asked_for(
    monkeypatch: pytest.MonkeyPatch, status: int, headers: dict[str, str]
) -> None:
    store, sent, _ = answering(monkeypatch, status, b"x" * 1_000_000, **headers)
    with pytest.raises(StoreUnreachable, match=rf"models.* asked for bytes 5 to 9 .* answered {status} "):
        await read(store, Span(5, 5))
    with pytest.raises(StoreUnreachable):
        store._bucket.reading("staging/x")(5, 5)
    assert sent.count == 0
    await store.close()


async def test_more_bytes_than_were_asked_for_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    store, _, asked = answering(monkeypatch, 206, b"x" * 1_000_000, content_range="bytes 5-1000004/2000000")
    assert await read(store, Span(5, 7)) == b"x" * 7
    assert asked == [{"offset": 5, "length": 7}]
    await store.close()
    store, _, _ = answering(monkeypatch, 206, b"x" * 1_000_000, content_range="bytes 5-1000004/2000000")
    assert store._bucket.reading("staging/x")(5, 7) == b"x" * 7
    await store.close()


async def test_all_bytes_are_read_without_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    store, _, asked = answering(monkeypatch, 200, b"")
    with pytest.raises(Exception, match="are those of sha256:e3b0c442"):
        await read(store, None)
    assert asked == [{}]
    await store.close()


async def test_an_object_that_ends_before_has_no_such_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    store, _, _ = answering(monkeypatch, 200, b"", content_length="0")
    assert await read(store, Span(0, 5)) == b""
    await store.close()

    def refuse(code: str) -> Any:
        def get(*_: Any, **__: Any) -> None:
            raise S3Error(cast("Any", SimpleNamespace(headers={})), code, "message", "/models/x", "id", "host")

        return get

    store = S3Store(PLACE)
    monkeypatch.setattr(store._bucket._client, "get_object", refuse("InvalidRange"))
    assert await read(store, Span(5, 5)) == b""
    assert store._bucket.reading("staging/x")(5, 5) == b""
    monkeypatch.setattr(store._bucket._client, "get_object", refuse("NoSuchKey"))
    with pytest.raises(ArtifactMissing):
        await read(store, Span(5, 5))
    await store.close()
