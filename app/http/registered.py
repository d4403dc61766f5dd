"""Which document a request means, where documents are registered."""

from dataclasses import dataclass, replace

from app.errors import ErrorCode, PedigreeError
from app.http.answers import Refused
from app.operations.execution import Asked, Outcome
from app.operations.registered import RegisteredDocuments, identifier_of


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which documents are answered.

    Attributes:
        registered: those that can be named.
        only: whether they alone are answered, named or sent.
    """

    registered: RegisteredDocuments
    only: bool

    async def document(self, asked: Asked) -> Asked | Outcome:
        """What was asked, with its document; or the answer that says why it is not run.

        Raises:
            Refused: the graph, which has the documents, does not answer.
        """
        document_id = identifier_of(asked.query) if asked.document_id is None else asked.document_id
        try:
            text = await self.registered.text_of(document_id)
        except PedigreeError as error:
            if error.code is ErrorCode.INTERNAL:
                raise
            raise Refused(503, error.message, error.code) from error
        if text is not None:
            return asked if asked.document_id is None else replace(asked, query=text)
        return _unregistered() if asked.document_id is None else _unknown()


def _unknown() -> Outcome:
    message = "No document is registered under this `documentId`. Register it: pedigree documents register."
    return _refusal(message, ErrorCode.DOCUMENT_UNKNOWN)


def _unregistered() -> Outcome:
    message = "This service answers registered documents only, and this is none. Name one by its `documentId`."
    return replace(_refusal(message, ErrorCode.DOCUMENT_NOT_REGISTERED), forbidden=True)


def _refusal(message: str, code: ErrorCode) -> Outcome:
    return Outcome({"errors": [{"message": message, "extensions": {"code": code.value}}]}, ran=False)
