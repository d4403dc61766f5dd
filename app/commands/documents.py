"""`pedigree documents`."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.markup import escape

from app.commands.exits import Exit
from app.commands.options import Json, Where
from app.commands.questions import OWN
from app.commands.registering import Found, Row, found_in, judged, read_documents
from app.commands.terminal import err, out, print_json
from app.compiler.scalars import publish_time
from app.errors import ErrorCode, PedigreeError
from app.observability import logs_in_file
from app.operations.registered import Registered
from app.settings import Settings
from app.wiring import open_services

documents = App(name="documents", help="Register GraphQL documents, so that requests may name them, and list them.")


@documents.command(name="register")
def register(
    *file: Path,
    own: Annotated[bool, Parameter(negative=())] = False,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Register documents, on the graph itself. One that is wrong is refused, and the others are registered.

    Each is registered under `sha256:` and the digest of its bytes, as `sha256sum` prints it. Again changes nothing.

    Args:
        file: The files: each one document, or, where its name ends in .json, an object of documents by identifiers.
        own: Register what the commands of this release send, too: load, impact, lineage, path.
        where: Which graph to register them on.
        json: Print what became of each as JSON.
    """
    if not file and not own:
        raise PedigreeError("There is no file to read documents from.", code=ErrorCode.BAD_USAGE)
    settings = _direct(where)
    found = [each for path in file for each in read_documents(path)]
    if own:
        found += [each for name, text in OWN.items() for each in found_in(f"pedigree {name}", text)]
    rows = asyncio.run(_register(settings, found))
    if json:
        print_json({**_counts(rows), "documents": [asdict(row) for row in rows]})
    else:
        _show(rows)
    return Exit.PARTLY if any(row.status == "REJECTED" for row in rows) else Exit.DONE


@documents.command(name="list")
def list_(*, where: Where = Where(), json: Json = False) -> int:
    """List the registered documents of a graph, by their identifiers.

    Args:
        where: Which graph to look at.
        json: Print them as JSON.
    """
    found = asyncio.run(_all(_direct(where)))
    if json:
        print_json({"documents": [_as_json(each) for each in found]})
        return Exit.DONE
    for each in found:
        names = ", ".join(each.operations) or "-"
        line = f"{each.document_id}  {publish_time(each.registered_at)}  {names}"
        out().print(escape(line), soft_wrap=True)
    return Exit.DONE


def _direct(where: Where) -> Settings:
    """The settings of the graph that is meant.

    Raises:
        PedigreeError: a server is meant.
    """
    settings = where.settings()
    if settings.server is not None:
        raise PedigreeError(
            f"Documents are registered on the graph itself, and {settings.server} is a server.",
            code=ErrorCode.BAD_USAGE,
            remedy="Name the graph of that server: --home or --graph-url.",
        )
    return settings


async def _register(settings: Settings, found: Sequence[Found]) -> list[Row]:
    with logs_in_file(settings.home / "pedigree.log"):
        async with open_services(settings) as services:
            return await judged(services, found)


async def _all(settings: Settings) -> list[Registered]:
    with logs_in_file(settings.home / "pedigree.log"):
        async with open_services(settings) as services:
            return [each async for each in services.documents.all()]


def _as_json(each: Registered) -> dict[str, Any]:
    return {
        "documentId": each.document_id,
        "operations": list(each.operations),
        "registeredAt": publish_time(each.registered_at),
    }


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    statuses = [row.status for row in rows]
    return {name.lower(): statuses.count(name) for name in ("CREATED", "UNCHANGED", "REJECTED")}


def _show(rows: Sequence[Row]) -> None:
    for row in rows:
        if row.status != "REJECTED":
            out().print(f"{row.documentId}  {escape(row.place)}", soft_wrap=True)
    counts = _counts(rows)
    says = f"{counts['created']:,} registered, {counts['unchanged']:,} known before, {counts['rejected']:,} refused."
    out().print(says, soft_wrap=True)
    for row in rows:
        for error in row.errors:
            err().print(f"[red]Refused[/] ({error.code}): {escape(error.at(row.place))}", soft_wrap=True)
