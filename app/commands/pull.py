"""`pedigree pull`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.markup import escape

from app.artifacts.manifest import Manifest
from app.commands.asking import chosen
from app.commands.exits import Exit
from app.commands.file_calls import ApiDownloads, Key, Listed, list_files, open_for_files, reference_of
from app.commands.file_options import FILES, Parallel, check_parallel, files_of
from app.commands.meant import PULLED, refuse_other, version_meant
from app.commands.options import Json, Where
from app.commands.progress import BytesProgress
from app.commands.terminal import err, out, print_json
from app.errors import ErrorCode
from app.settings import Settings
from app.transfer.addresses import open_client
from app.transfer.fetching import fetch_files
from app.transfer.placing import Target
from app.transfer.pulled import Pulled
from app.transfer.trying import How
from graph_schema.canonical import shown
from graph_schema.nodes import STAGES

_TOLD = 10


def pull(
    ref: str,
    folder: Path,
    /,
    *,
    stage: Annotated[str, Parameter(group=FILES)] = "PRODUCTION",
    force: Annotated[bool, Parameter(group=FILES, negative=())] = False,
    parallel: Parallel = 4,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Fetch the files of a model version into a folder: `pedigree pull model:churn/scorer model`.

    Each file is hashed as it comes, and has its name only when it is the one that the service verified. What is there
    already is not fetched; what else the folder holds stays, and is named. A pull that stopped goes on when the same
    command is given again. Exit code 1: the files are not to be had, or are not those of the version; 4: some are not.

    Args:
        ref: The version: model-version:NAMESPACE/NAME/VERSION; or model:NAMESPACE/NAME, whose version in --stage is
            meant; or endpoint:ENVIRONMENT/NAME, of which what it serves now; or an id.
        folder: Where to put them; made where it is missing.
        stage: The stage of the version that is meant, where a model is named (PRODUCTION).
        force: Replace files that are there under the same names and hold something else.
        parallel: How many files to fetch at once, 1 to 16 (4).
        where: Which Pedigree to fetch them from.
        json: Print what was done as JSON.
    """
    refuse_other(ref, PULLED)
    check_parallel(parallel)
    [wanted] = chosen("--stage", [stage], STAGES)
    settings = where.settings()
    try:
        with BytesProgress(quiet=json) as progress:
            work = _Pull(ref, wanted, folder, parallel, progress, force=force)
            found = asyncio.run(work.all(settings))
    except KeyboardInterrupt:
        err().print("Stopped. The same command goes on with what is missing.")
        raise
    if json:
        print_json(found)
    else:
        _show(found)
    return _exit(found)


@dataclass(frozen=True, slots=True)
class _Pull:
    ref: str
    stage: str
    folder: Path
    parallel: int
    progress: BytesProgress
    force: bool

    async def all(self, settings: Settings) -> dict[str, Any]:
        async with open_for_files(settings) as api, open_client(self.parallel) as client:
            key = await version_meant(api, self.ref, self.stage)
            listed = await list_files(api, key)
            manifest = Manifest.of(listed.files)
            target = await asyncio.to_thread(Target, self.folder)
            try:
                how = How(client, self.parallel, self.progress)
                pulled = await fetch_files(manifest, target, ApiDownloads(api), how, force=self.force)
                others = await asyncio.to_thread(target.others, {file.path for file in manifest.files})
            finally:
                target.close()
        return {**_report(key, self.folder, listed, pulled), "others": others}


def _report(key: Key, folder: Path, listed: Listed, pulled: Pulled) -> dict[str, Any]:
    failures = [
        {"path": each.path, "code": each.error.code.value, "message": each.error.message} for each in pulled.failures
    ]
    failures += [
        {
            "path": path,
            "code": ErrorCode.ARTIFACT_MISSING.value,
            "message": "It is only claimed: nobody has sent it to the service.",
        }
        for path in listed.claimed
    ]
    there = pulled.manifest
    digest = None if there is None else there.digest
    return {
        "modelVersion": reference_of(key),
        "folder": str(folder),
        "manifestDigest": listed.manifest_digest,
        "foundDigest": digest,
        "matches": None if listed.manifest_digest is None else digest == listed.manifest_digest,
        "files": 0 if there is None else len(there.files),
        "bytes": 0 if there is None else there.bytes,
        "fetched": {"files": len(pulled.fetched), "bytes": pulled.fetched_bytes},
        "kept": {"files": len(pulled.kept), "bytes": sum(file.content.bytes for file in pulled.kept)},
        "failures": failures,
    }


def _exit(found: Mapping[str, Any]) -> Exit:
    if found["failures"]:
        return Exit.PARTLY if found["files"] else Exit.NO
    return Exit.NO if found["matches"] is False else Exit.DONE


def _show(found: Mapping[str, Any]) -> None:
    fetched, kept = (files_of(each["files"], each["bytes"]) for each in (found["fetched"], found["kept"]))
    console = out()
    console.print(f"{found['modelVersion']} in {found['folder']}", soft_wrap=True, markup=False)
    console.print(f"Fetched: {fetched}. There already: {kept}.", soft_wrap=True)
    if found["matches"]:
        console.print(f"The files make the version's manifest, {found['manifestDigest']}.", soft_wrap=True)
    elif found["matches"] is None:
        err().print("The version has no manifest: nobody has said which files are all of it.", soft_wrap=True)
    else:
        says = f"The files do not make the version's manifest, {found['manifestDigest']}, but {found['foundDigest']}."
        err().print(f"[bold red]Not the version:[/] {says}", soft_wrap=True)
    if found["others"]:
        named = ", ".join(escape(shown(path, 200)) for path in found["others"][:_TOLD])
        more = ", …" if len(found["others"]) > _TOLD else ""
        said = f"Also there, and not of the version: {named}{more}. What loads the folder may load them, too."
        err().print(f"[yellow]{said}[/]", soft_wrap=True)
    for each in found["failures"][:_TOLD]:
        err().print(
            f"[red]Not fetched[/] ({each['code']}): {escape(shown(each['path'], 200))}: {escape(each['message'])}",
            soft_wrap=True,
        )
    if len(found["failures"]) > _TOLD:
        err().print(f"… and {len(found['failures']) - _TOLD:,} more; --json lists them all.")
