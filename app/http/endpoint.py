"""The address `/graphql`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.errors import ErrorCode
from app.http.answers import HTML, Receive, Refused, Scope, Send, answer_nothing, as_json, header
from app.http.negotiation import Form, negotiated
from app.http.replying import Reply, send_reply
from app.http.request import asked_by_address, asked_by_body, body_of, check_content_type, drop_rest, too_large
from app.operations.documents import Prepared
from app.operations.execution import Asked, Context, Operations, Outcome

NOTES = "pedigree.notes"
"""The key of a scope under which the log finds what it should say of a request."""

_ALLOWED = ((b"allow", b"GET, HEAD, POST, OPTIONS"),)
_DROPPED_BODIES = 4
"""How much of a body that is too large is read to no end, in bodies of the largest size."""

_DROPPING_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The most bytes in a body.

    Attributes:
        plain: of most requests.
        bulk: of one whose document asks for a bulk field.
        bulk_fields: the names of those fields.
    """

    plain: int
    bulk: int
    bulk_fields: frozenset[str]


class GraphQLEndpoint:
    """Answers GraphQL over HTTP; a browser that asks for a page gets the explorer.

    Args:
        operations: what runs them.
        context: makes the context of a request from its correlation id.
        limits: how large a body may be.
        explorer: the page, for people.
    """

    def __init__(
        self, operations: Operations, context: Callable[[str], Context], limits: BodyLimits, explorer: str
    ) -> None:
        self._operations = operations
        self._context = context
        self._limits = limits
        self._page = Reply(200, HTML, explorer.encode(), lasting=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["method"] == "OPTIONS":  # of other origins it says nothing, so a browser lets none of their pages in
            await answer_nothing(send, 204, _ALLOWED)
            return
        form = Form.JSON
        try:
            form = _form(scope)
            reply = self._page if form is Form.PAGE else await self._answer(scope, receive, form)
        except Refused as refusal:
            scope[NOTES] = {"refused": refusal.code.value}
            await self._refuse(refusal, form, scope, receive, send)
            return
        await send_reply(scope, send, reply)

    async def _answer(self, scope: Scope, receive: Receive, form: Form) -> Reply:
        outcome = await (self._post(scope, receive) if scope["method"] == "POST" else self._get(scope))
        # With application/json a status says only whether the request was understood; the newer form says more.
        status = 200 if outcome.ran or form is Form.JSON else 400
        return Reply(status, form.content_type, as_json(outcome.body), lasting=not outcome.failed)

    async def _refuse(self, refusal: Refused, form: Form, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer goes out at once; a body that is still on its way is read before the connection is closed."""
        unread = refusal.unread
        reply = Reply(refusal.status, form.content_type, as_json(refusal.body), refusal.headers, last=not unread)
        await send_reply(scope, send, reply)
        if unread:
            await drop_rest(receive, _DROPPED_BODIES * self._limits.bulk, _DROPPING_SECONDS)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _get(self, scope: Scope) -> Outcome:
        asked = asked_by_address(scope["query_string"])
        prepared = self._operations.prepare(asked)
        if isinstance(prepared, Prepared):
            operation = prepared.operation(asked.operation)
            if operation is not None and operation.changes:
                raise Refused(
                    405, "A GET changes nothing: send a mutation by POST.", ErrorCode.BAD_METHOD, ((b"allow", b"POST"),)
                )
        return await self._run(scope, asked, prepared)

    async def _post(self, scope: Scope, receive: Receive) -> Outcome:
        check_content_type(scope)
        body = await body_of(scope, receive, self._limits.bulk)
        asked = asked_by_body(body)
        prepared = self._operations.prepare(asked)
        if len(body) > self._limits.plain and not self._is_bulk(prepared, asked):
            raise too_large(self._limits.plain, bulk=self._limits.bulk)
        return await self._run(scope, asked, prepared)

    def _is_bulk(self, prepared: Prepared | Outcome, asked: Asked) -> bool:
        operation = prepared.operation(asked.operation) if isinstance(prepared, Prepared) else None
        return operation is not None and not operation.fields.isdisjoint(self._limits.bulk_fields)

    async def _run(self, scope: Scope, asked: Asked, prepared: Prepared | Outcome) -> Outcome:
        if isinstance(prepared, Outcome):
            outcome = prepared
        else:
            outcome = await self._operations.run(asked, self._context(scope["pedigree.correlation_id"]), prepared)
        if outcome.failed:
            scope[NOTES] = _notes(asked, outcome.body)
        return outcome


def _form(scope: Scope) -> Form:
    method: str = scope["method"]
    if method not in {"POST", "GET", "HEAD"}:
        raise Refused(405, "Ask by GET or POST.", ErrorCode.BAD_METHOD, _ALLOWED)
    form = negotiated(header(scope, b"accept"), page=method != "POST")
    if form is None:
        raise Refused(
            406,
            "Answers are application/graphql-response+json or application/json: accept one of them.",
            ErrorCode.BAD_ACCEPT,
        )
    return form


def _notes(asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
    """What the log says of a document that failed: its hash, never its text."""
    codes = sorted({str(error.get("extensions", {}).get("code", "")) for error in body["errors"]})
    return {"document": asked.document_hash, "errors": len(body["errors"]), "codes": codes}
