"""Documents from files to the registered set: read, held to the schema, registered, each told what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson

from app.access.service import LOCAL
from app.errors import ErrorCode, PedigreeError
from app.operations.documents import KEPT_LENGTH, Prepared
from app.operations.execution import Asked
from app.operations.registered import Registration, Status, check_identifier, identifier_of, too_long
from app.wiring import Services


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a document is refused.

    Attributes:
        code: what scripts decide by.
        message: what is wrong, and the remedy.
        line: where in the document, from 1; None where it is all of it.
        column: the same.
    """

    code: str
    message: str
    line: int | None = None
    column: int | None = None

    def at(self, place: str) -> str:
        """The message after its place, as compilers write it."""
        where = place if self.line is None else f"{place}:{self.line}:{self.column}"
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds: a document under an identifier, or why there is none.

    Attributes:
        place: the file, and the place in it where it holds several.
        document_id: the identifier; empty where there is no document.
        text: the document.
        flaw: why there is none.
    """

    place: str
    document_id: str = ""
    text: str = ""
    flaw: Flaw | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a document; the names are those of the JSON that a command prints."""

    place: str
    documentId: str  # noqa: N815 - as the API has it
    status: Status
    errors: list[Flaw] = field(default_factory=list)


def read_documents(path: Path) -> Iterator[Found]:
    """The documents of a file, each under its digest, and under what its file names it by where that is another."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        yield _unusable(path, "The file is not UTF-8 text.")
    except OSError as error:
        yield _unusable(path, f"The file cannot be read: {error.strerror}.")
    else:
        yield from _manifest(path, text) if path.suffix == ".json" else found_in(str(path), text)


def found_in(place: str, text: str, document_id: str | None = None) -> Iterator[Found]:
    """A document under its digest, and under another identifier where it has one."""
    digest = identifier_of(text)
    yield Found(place, digest, text)
    if document_id is not None and document_id != digest:
        yield Found(place, document_id, text)


async def judged(services: Services, found: Sequence[Found]) -> list[Row]:
    """Registers what fits the schema, the limits and its identifier; what became of each, in order.

    Raises:
        PedigreeError: the graph does not answer.
    """
    checked = [_checked(services, each) for each in found]
    statuses = iter(await services.documents.register([each for each in checked if isinstance(each, Registration)]))
    return [
        _row(each, next(statuses)) if isinstance(result, Registration) else result
        for each, result in zip(found, checked, strict=True)
    ]


def _manifest(path: Path, text: str) -> Iterator[Found]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        yield _unusable(path, f"The file is not JSON: {error}.")
        return
    if not isinstance(value, dict):
        yield _unusable(path, "The file is no JSON object of documents by their identifiers.")
        return
    for name, each in cast("dict[str, Any]", value).items():
        place = f"{path}[{orjson.dumps(name).decode()}]"
        if isinstance(each, str):
            yield from found_in(place, each, name)
        else:
            yield Found(place, name, flaw=Flaw(ErrorCode.BAD_VALUE, "What the file holds there is no text."))


def _unusable(path: Path, message: str) -> Found:
    return Found(str(path), flaw=Flaw(ErrorCode.BAD_USAGE, message))


def _checked(services: Services, found: Found) -> Registration | Row:
    if found.flaw is not None:
        return _refused(found, [found.flaw])
    try:
        check_identifier(found.document_id, found.text)
        if len(found.text) > KEPT_LENGTH:
            raise too_long(found.text)
    except PedigreeError as error:
        return _refused(found, [Flaw(error.code, error.message)])
    prepared = services.operations.prepare(Asked(found.text), LOCAL)
    if isinstance(prepared, Prepared):
        return Registration(found.document_id, found.text, [name for name in prepared.operations if name])
    return _refused(found, [_flaw(each) for each in prepared.body["errors"]])


def _flaw(error: dict[str, Any]) -> Flaw:
    places: list[dict[str, int]] = error.get("locations") or [{}]
    return Flaw(error["extensions"]["code"], error["message"], places[0].get("line"), places[0].get("column"))


def _row(found: Found, status: Status) -> Row:
    if status != "REJECTED":
        return Row(found.place, found.document_id, status)
    message = f"Another document is registered as {found.document_id}, and stays. Take another identifier."
    return _refused(found, [Flaw(ErrorCode.FIXED_VALUE, message)])


def _refused(found: Found, flaws: list[Flaw]) -> Row:
    return Row(found.place, found.document_id, "REJECTED", flaws)
