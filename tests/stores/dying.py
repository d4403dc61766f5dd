"""A process that finishes an upload, or puts bytes, and is killed half-way: JSON on standard input says which."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from app.artifacts import folder, folder_files
from app.artifacts.bucket import Bucket
from app.artifacts.content import MIB, Content, Upload
from app.artifacts.folder import FolderStore
from app.artifacts.multipart import Multipart
from app.artifacts.place import S3Place
from app.artifacts.s3 import S3Store
from app.artifacts.signing import Signer

WHERE: dict[str, dict[str, tuple[Any, str]]] = {
    "folder": {
        "read": (folder_files.FolderFiles, "_join"),
        "named": (folder_files.FolderFiles, "name"),
        "put": (folder, "sync"),
    },
    "minio": {"read": (Bucket, "digest"), "named": (Bucket, "name"), "put": (Multipart, "join")},
}
"""By store and moment: the step that is not survived."""


def _dying(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _half(step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, and then death."""

    def done(*arguments: Any, **more: Any) -> None:
        step(*arguments, **more)
        _dying()

    return done


async def _zeros(size: int) -> AsyncIterator[bytes]:
    for at in range(0, size, MIB):
        yield bytes(min(MIB, size - at))


async def main() -> None:
    """Do it."""
    told = json.load(sys.stdin)
    kind, moment = told["kind"], told["moment"]
    owner, name = WHERE[kind][moment]
    # What was read is left as it is; a name is never given.
    setattr(owner, name, _half(getattr(owner, name)) if moment == "read" else _dying)
    signer = Signer(b"k" * 32, "")
    store = FolderStore(Path(told["root"]), signer) if kind == "folder" else S3Store(S3Place(**told["place"]))
    content = Content(**told["content"])
    if moment == "put":
        await store.put(content, _zeros(content.bytes))
    else:
        await store.finish(Upload(**told["upload"] | {"content": content}))


if __name__ == "__main__":
    asyncio.run(main())
