"""`pedigree query`."""

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from app.commands.api import Body, open_api
from app.commands.exits import Exit, exit_for_code
from app.commands.options import Json, Where
from app.commands.terminal import complain, print_json
from app.errors import ErrorCode, PedigreeError
from app.operations.wire import read_json

_TEXTS = frozenset({"String", "ID", "Digest", "DateTime"})
"""The types whose values are text, whatever they look like."""


def query(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    var: Annotated[Sequence[str], Parameter(negative=())] = (),
    operation: str | None = None,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Run a GraphQL document, and print its answer as JSON.

    Args:
        file: The file that holds the document; - for standard input.
        var: A variable, as name=value; may be given again. A value that is JSON is taken as such, unless the document
            declares the variable as text.
        operation: Which operation to run, where the document has several.
        where: Which Pedigree to ask.
        json: The answer is JSON either way; this leaves out what standard error says about it.
    """
    text = _document(file)
    variables = dict(_variable(each, text) for each in var)
    body = asyncio.run(_ask(where, text, variables, operation))
    print_json(body)
    errors: list[dict[str, Any]] = body.get("errors") or []
    if not json:
        for error in errors:
            complain(error["message"])
    return exit_for_code(str(errors[0].get("extensions", {}).get("code", ""))) if errors else Exit.DONE


async def _ask(where: Where, text: str, variables: dict[str, Any], operation: str | None) -> Body:
    async with open_api(where.settings()) as api:
        return await api.ask(text, variables, operation)


def _document(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode()
    except UnicodeDecodeError as error:
        raise PedigreeError(f"{file} is not UTF-8 text.", code=ErrorCode.BAD_USAGE) from error
    except OSError as error:
        raise PedigreeError(
            f"{file} cannot be read: {error.strerror}.",
            code=ErrorCode.BAD_USAGE,
            remedy="Name a file, or - for standard input.",
        ) from error


def _variable(given: str, document: str) -> tuple[str, Any]:
    name, equals, value = given.partition("=")
    if not equals or not name.isidentifier():
        raise PedigreeError(
            f"--var {given!r} is no variable.", code=ErrorCode.BAD_USAGE, remedy="Write --var name=value."
        )
    declared = re.search(rf"\${name}\s*:\s*(\w+)", document)
    if declared and declared[1] in _TEXTS:
        return name, value
    try:
        return name, read_json(value.encode("utf-8", "surrogatepass"))
    except ValueError:
        return name, value
    except RecursionError as error:
        raise PedigreeError(f"--var {name} is nested too deeply to be read.", code=ErrorCode.BAD_USAGE) from error
