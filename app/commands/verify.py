"""`pedigree verify`."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Group, Parameter
from rich.filesize import decimal

from app.commands.api import Api, data_of, open_api, outcome_of
from app.commands.exits import Exit
from app.commands.file_calls import list_files
from app.commands.file_questions import VERIFY
from app.commands.load_options import refuse
from app.commands.meant import PULLED, refuse_other, version_meant
from app.commands.options import Json, Where
from app.commands.progress import CountProgress
from app.commands.terminal import err, out, print_json
from app.compiler.scalars import publish_time

WHICH = Group("Which", sort_key=2)

_DAY = 24 * 60 * 60
_MICROSECONDS = 1_000_000
_ALWAYS = "9999-12-31T23:59:59Z"
"""Before which everything was last read, whatever the clock of this machine says."""

_SPACE = 2**64
"""Digests are spread evenly over what their first 16 digits can be, so that a stretch of those is a sample."""

_PAGE = 100
"""The artifacts that one request may name (the API's limit)."""


def verify(
    ref: str | None = None,
    /,
    *,
    sample: Annotated[float, Parameter(group=WHICH)] = 1.0,
    unread_for: Annotated[float, Parameter(group=WHICH)] = 0.0,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Have stored artifacts read again, and say which are missing, changed or unreadable. Exit code 1: some are.

    What is found is recorded: `state` of the artifacts shows it, and the gap WHOLE_FILES.

    Args:
        ref: Only the files of a version: model-version:NAMESPACE/NAME/VERSION; of a model the one in PRODUCTION, of an
            endpoint what it serves now (everything that is stored).
        sample: Which share of them to read, chosen anew each time: a ratio above 0 and up to 1 (1).
        unread_for: Only those that nobody has had read for so many days (0).
        where: Which Pedigree to ask.
        json: Print what was found as JSON.
    """
    if ref is not None:
        refuse_other(ref, PULLED)
    if not 0 < sample <= 1:
        refuse(f"--sample is {sample}.", "Give a ratio above 0 and up to 1.")
    if not unread_for >= 0:  # which no number is that is none
        refuse(f"--unread-for is {unread_for}.", "Give a number of days.")
    with CountProgress(quiet=json, what="artifacts read") as progress:
        found = asyncio.run(_verified(where, ref, stretches(sample), _not_since(unread_for), progress))
    wrong = [each for each in found if each["state"] != "STORED"]
    if json:
        print_json({"read": len(found), "bytes": sum(each["bytes"] for each in found), "wrong": wrong})
    else:
        _show(found, wrong)
    return Exit.NO if wrong else Exit.DONE


def stretches(share: float, start: int | None = None) -> list[tuple[str, str]]:
    """A random stretch of all digests of that share: one, or two where it goes on from the beginning.

    Args:
        share: a ratio above 0 and up to 1.
        start: the number that it begins at, for tests; random where it is None.

    Returns:
        After which digest each stretch begins, and which it ends with; an empty one: no end.
    """
    if share >= 1:
        return [("", "")]
    first = secrets.randbelow(_SPACE) if start is None else start
    last = first + int(share * _SPACE)
    if last < _SPACE:
        return [(_digest(first), _digest(last))]
    return [(_digest(first), ""), ("", _digest(last - _SPACE))]


def _not_since(days: float) -> str:
    if not days:
        return _ALWAYS
    return publish_time(int(max(time.time() - days * _DAY, 0) * _MICROSECONDS))


def _digest(number: int) -> str:
    return f"sha256:{number:016x}{'0' * 48}"


async def _verified(
    where: Where, ref: str | None, chosen: Sequence[tuple[str, str]], not_since: str, progress: CountProgress
) -> list[dict[str, Any]]:
    async with open_api(where.settings()) as api:
        named: list[list[str] | None] = [None]
        if ref is not None:
            listed = await list_files(api, await version_meant(api, ref, "PRODUCTION"))
            digests = sorted({f"sha256:{file.content.sha256}" for file in listed.files})
            named = [digests[first : first + _PAGE] for first in range(0, len(digests), _PAGE)]
        found: list[dict[str, Any]] = []
        for after, to in chosen:
            for only in named:
                asked = {"notSince": not_since, "artifacts": only, "after": after or None, "to": to or None}
                found += await _all(api, asked, progress)
        return found


async def _all(api: Api, asked: dict[str, Any], progress: CountProgress) -> list[dict[str, Any]]:
    """What was found of all that is asked for, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        answer = outcome_of(data_of(await api.ask(VERIFY, {"input": asked}))["verifyArtifacts"])
        found += answer["checked"]
        progress.advance(len(answer["checked"]))
        if answer["next"] is None:
            return found
        asked = {**asked, "after": answer["next"] or None}


def _show(found: Sequence[dict[str, Any]], wrong: Sequence[dict[str, Any]]) -> None:
    console = out()
    for each in wrong:
        style = f"[bold red]{each['state']:<10}[/]"
        console.print(f"{style}  {each['digest']}  {decimal(each['bytes'])}", soft_wrap=True)
    size = decimal(sum(each["bytes"] for each in found))
    counted = f"{len(found):,} {'artifact' if len(found) == 1 else 'artifacts'} read ({size})"
    if not found:
        console.print(f"{counted}: none was to be.", soft_wrap=True)
    elif not wrong:
        console.print(f"{counted}: all as they were.", soft_wrap=True)
    else:
        console.print(f"{counted}: {len(wrong):,} not as they were.", soft_wrap=True)
        err().print("Push the files of a version that has them again, and they are mended.", soft_wrap=True)
