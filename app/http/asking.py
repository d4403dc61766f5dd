"""From what was asked to its answer: one request, or a list of them in one body."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from app.access.service import Caller
from app.errors import ErrorCode
from app.http.answers import Refused, Scope
from app.http.entering import caller_of, note
from app.http.registered import Allowed
from app.http.request import asked_among, too_large
from app.http.spending import paid
from app.operations.documents import Operation, Prepared
from app.operations.execution import Asked, Context, Operations, Outcome


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The most that a body may hold.

    Attributes:
        plain: bytes of most requests.
        bulk: bytes of one whose document asks for a bulk field.
        bulk_fields: the names of those fields.
        batch: requests in a list; 0 where no list is taken.
    """

    plain: int
    bulk: int
    bulk_fields: frozenset[str]
    batch: int = 0


@dataclass(frozen=True, slots=True)
class _Question:
    """A request, and its document or why there is none."""

    asked: Asked
    prepared: Prepared | Outcome

    @property
    def operation(self) -> Operation | None:
        """What it would run; None where it names nothing that can be run."""
        return self.prepared.operation(self.asked.operation) if isinstance(self.prepared, Prepared) else None

    @property
    def changes(self) -> bool:
        operation = self.operation
        return operation is not None and operation.changes


class Asking:
    """Has requests answered.

    Args:
        operations: what runs them.
        context: makes the context of a request from its correlation id and its caller.
        limits: what a body may hold.
        registered: the documents that can be named.
    """

    def __init__(
        self, operations: Operations, context: Callable[[str, Caller], Context], limits: BodyLimits, registered: Allowed
    ) -> None:
        self._operations = operations
        self._context = context
        self._limits = limits
        self._registered = registered

    async def by_get(self, scope: Scope, asked: Asked) -> Outcome:
        """The answer to a request that may change nothing.

        Raises:
            Refused: it would.
        """
        context = self._made(scope)
        question = await self._question(asked, context)
        if question.changes:
            allowed = ((b"allow", b"POST"),)
            raise Refused(405, "A GET changes nothing: send a mutation by POST.", ErrorCode.BAD_METHOD, allowed)
        return (await self._run(scope, [question], context))[0]

    async def by_post(self, scope: Scope, asked: Asked, size: int) -> Outcome:
        """The answer to a request.

        Args:
            scope: of HTTP.
            asked: the request.
            size: of its body, in bytes.

        Raises:
            Refused: the body is too large for what it asks.
        """
        context = self._made(scope)
        question = await self._question(asked, context)
        if size > self._limits.plain:
            self._check_size([question])
        return (await self._run(scope, [question], context))[0]

    async def each(self, scope: Scope, batch: Sequence[object], size: int) -> list[Outcome]:
        """The answers to several requests of one body, in their order; the limits are those of one.

        Args:
            scope: of HTTP.
            batch: JSON objects; one that is no request is answered as such in its place.
            size: of the body, in bytes.

        Raises:
            Refused: lists are not taken, or it holds more than one body may.
        """
        self._check_number(len(batch))
        context = self._made(scope)
        questions = [await self._question(asked_among(each), context) for each in batch]
        if size > self._limits.plain:
            self._check_size(questions)
        self._check_documents(questions)
        return await self._run(scope, questions, context)

    def charged(self, scope: Scope, refusal: Refused) -> Refused:
        """What its sender is told instead, who pays as for a document that is not run: it cost as much to read.

        What is refused since something here does not answer is nobody's to pay.
        """
        if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return refusal
        return paid(refusal, self._operations.charge(self._made(scope).caller))

    def _made(self, scope: Scope) -> Context:
        return self._context(scope["pedigree.correlation_id"], caller_of(scope))

    async def _question(self, asked: Asked | Refused, context: Context) -> _Question:
        if isinstance(asked, Refused):
            return _Question(Asked(""), Outcome(asked.body, ran=False))
        if asked.document_id is not None or self._registered.only:
            found = await self._registered.document(asked)
            if isinstance(found, Outcome):
                return _Question(asked, found)
            asked = found
        return _Question(asked, self._operations.prepare(asked, context.caller))

    async def _run(self, scope: Scope, questions: Sequence[_Question], context: Context) -> list[Outcome]:
        several = [(each.asked, each.prepared) for each in questions]
        return _noted(scope, questions, await self._operations.run_together(several, context))

    def _check_size(self, questions: Iterable[_Question]) -> None:
        operations = [question.operation for question in questions]
        if not any(each and not each.fields.isdisjoint(self._limits.bulk_fields) for each in operations):
            raise too_large(self._limits.plain, bulk=self._limits.bulk)

    def _check_number(self, number: int) -> None:
        if not self._limits.batch:
            message = "The body is a list, and this service takes one request at a time: send a JSON object."
            raise Refused(400, message, ErrorCode.BATCHING_OFF)
        if not number:
            raise Refused(400, "The body is a list without a request in it.")
        if number > self._limits.batch:
            message = f"The body holds {number} requests, and {self._limits.batch} is the limit. Send it in several."
            raise Refused(400, message, ErrorCode.BATCH_TOO_LARGE)

    def _check_documents(self, questions: Iterable[_Question]) -> None:
        several = [(each.asked, each.prepared) for each in questions if isinstance(each.prepared, Prepared)]
        message = self._operations.too_much_together(several)
        if message:
            raise Refused(400, message, ErrorCode.BATCH_TOO_LARGE)


def _noted(scope: Scope, questions: Sequence[_Question], outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes. The log is told of all of them, of documents by their hashes, never by their texts."""
    note(scope, document=" ".join(dict.fromkeys(question.asked.document_hash for question in questions)))
    named = [each.name for each in (question.operation for question in questions) if each is not None and each.name]
    if named:
        note(scope, operation=" ".join(named)[:_LOGGED_NAMES])
    note(scope, cost=sum(_cost(outcome) for outcome in outcomes))
    errors: list[dict[str, Any]] = [error for each in outcomes if each.failed for error in each.body["errors"]]
    if errors:
        codes = sorted({str(error.get("extensions", {}).get("code", "")) for error in errors})
        note(scope, errors=len(errors), codes=codes)
        if len(questions) > 1:
            failed = [each.asked for each, outcome in zip(questions, outcomes, strict=True) if outcome.failed]
            note(scope, failed=" ".join(asked.document_hash for asked in failed))
    return outcomes


def _cost(outcome: Outcome) -> int:
    """What was counted before it ran; nothing for what was no operation."""
    return outcome.body.get("extensions", {}).get("cost", {}).get("requested", 0)


_LOGGED_NAMES = 200
"""The most characters of the names of operations in one log line."""
