"""`pedigree push`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from app.commands.exits import Exit
from app.commands.file_calls import ApiUploads, open_for_files, reference_of
from app.commands.file_options import FILES, Parallel, check_parallel, files_of
from app.commands.meant import PUSHED, refuse_other, version_meant
from app.commands.options import Json, Where
from app.commands.progress import BytesProgress
from app.commands.terminal import err, out, print_json
from app.settings import Settings
from app.transfer.addresses import open_client
from app.transfer.hashing import hash_files
from app.transfer.sending import send_files
from app.transfer.trying import How
from app.transfer.walking import walk


def push(
    ref: str,
    folder: Path,
    /,
    *,
    exclude: Annotated[tuple[str, ...], Parameter(group=FILES, negative=())] = (),
    parallel: Parallel = 4,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Send the files of a folder as those of a model version: `pedigree push model-version:churn/scorer/12 model`.

    What the service holds already is not sent. A push that stopped goes on when the same command is given again. A
    version is given its files once, and they never change: other files are those of another version.

    Args:
        ref: The version: model-version:NAMESPACE/NAME/VERSION, or its id.
        folder: The folder that holds its files, and they alone. Those in folders within it, and links to files within
            it, are among them.
        exclude: Leave out the files and folders of this name or path, as .git or '*.log'; may be given again.
        parallel: How many parts to send at once, 1 to 16 (4).
        where: Which Pedigree to send them to.
        json: Print what was done as JSON.
    """
    refuse_other(ref, PUSHED)
    check_parallel(parallel)
    settings = where.settings()
    try:
        with BytesProgress(quiet=json) as progress:
            found = asyncio.run(_Push(ref, folder, exclude, parallel, progress).all(settings))
    except KeyboardInterrupt:
        err().print("Stopped. The same command goes on with what is missing.")
        raise
    if json:
        print_json(found)
    else:
        _show(found)
    return Exit.DONE


@dataclass(frozen=True, slots=True)
class _Push:
    ref: str
    folder: Path
    exclude: tuple[str, ...]
    parallel: int
    progress: BytesProgress

    async def all(self, settings: Settings) -> dict[str, Any]:
        walked = await asyncio.to_thread(walk, self.folder, self.exclude)
        async with open_for_files(settings) as api, open_client(self.parallel) as client:
            key = await version_meant(api, self.ref)
            sources = await hash_files(walked, self.progress)
            how = How(client, self.parallel, self.progress)
            pushed = await send_files(sources, ApiUploads(api, key), how)
        manifest = pushed.manifest
        sent = {"files": len(pushed.sent_files), "bytes": pushed.sent_bytes}
        return {
            "modelVersion": reference_of(key),
            "manifestDigest": manifest.digest,
            "files": len(manifest.files),
            "bytes": manifest.bytes,
            "sent": sent,
            "there": {"files": len(manifest.files) - sent["files"], "bytes": max(manifest.bytes - sent["bytes"], 0)},
        }


def _show(found: Mapping[str, Any]) -> None:
    all_, sent, there = (files_of(each["files"], each["bytes"]) for each in (found, found["sent"], found["there"]))
    console = out()
    console.print(f"{found['modelVersion']}: {all_}; manifest {found['manifestDigest']}", soft_wrap=True, markup=False)
    console.print(f"Sent: {sent}. There already, or the same as another: {there}.", soft_wrap=True)
