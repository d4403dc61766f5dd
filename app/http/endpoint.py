"""The address `/graphql`."""

from collections.abc import Callable

from app.access.login import Login
from app.access.service import Caller
from app.errors import ErrorCode
from app.http.answers import Receive, Refused, Scope, Send, answer_nothing, as_json, header
from app.http.asking import Asking, BodyLimits
from app.http.entering import enter, note
from app.http.negotiation import Form, negotiated
from app.http.origins import Origins
from app.http.registered import Allowed
from app.http.replying import Reply, send_reply
from app.http.request import asked_by_address, asked_by_body, body_of, check_content_type, drop_rest
from app.http.spending import headers_of
from app.operations.execution import Context, Operations, Outcome

_ALLOWED = ((b"allow", b"GET, HEAD, POST, OPTIONS"),)
_DROPPED_BODIES = 4
"""How much of a body that is too large is read to no end, in bodies of the largest size."""

_DROPPING_SECONDS = 30.0


class GraphQLEndpoint:
    """Answers GraphQL over HTTP; a browser that asks for a page gets the explorer.

    Args:
        operations: what runs them.
        context: makes the context of a request from its correlation id and its caller.
        limits: what a body may hold.
        registered: the documents that can be named.
        explorer: the page, for people; it holds nothing that needs a login.
        login: tells who is calling.
        origins: whose pages may ask.
    """

    def __init__(
        self,
        operations: Operations,
        context: Callable[[str, Caller], Context],
        limits: BodyLimits,
        registered: Allowed,
        explorer: Reply,
        login: Login,
        origins: Origins | None = None,
    ) -> None:
        self._asking = Asking(operations, context, limits, registered)
        self._limits = limits
        self._page = explorer
        self._login = login
        self._origins = origins or Origins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["method"] == "OPTIONS":  # where it says nothing of an origin, a browser lets none of its pages in
            await answer_nothing(send, 204, _ALLOWED + self._origins.preflight(scope))
            return
        send = self._origins.telling(scope, send)
        form = Form.JSON
        try:
            form = _form(scope)
            reply = self._page if form is Form.PAGE else await self._answer(scope, receive, form)
        except Refused as refusal:
            note(scope, refused=refusal.code.value)
            await self._refuse(refusal, form, scope, receive, send)
            return
        await send_reply(scope, send, reply)

    async def _refuse(self, refusal: Refused, form: Form, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer goes out at once; a body that is still on its way is read before the connection is closed."""
        unread = refusal.unread
        reply = Reply(refusal.status, form.content_type, as_json(refusal.body), refusal.headers, last=not unread)
        await send_reply(scope, send, reply)
        if unread:
            await drop_rest(receive, _DROPPED_BODIES * self._limits.bulk, _DROPPING_SECONDS)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _answer(self, scope: Scope, receive: Receive, form: Form) -> Reply:
        await enter(self._login, scope)
        try:
            return await self._entered(scope, receive, form)
        except Refused as refusal:
            raise self._asking.charged(scope, refusal) from None

    async def _entered(self, scope: Scope, receive: Receive, form: Form) -> Reply:
        """The answer to a caller who is known, and pays for what is refused, too."""
        if scope["method"] != "POST":
            outcome = await self._asking.by_get(scope, asked_by_address(scope["query_string"]))
            return _reply(form, outcome, got=True)
        check_content_type(scope)
        body = await body_of(scope, receive, self._limits.bulk)
        asked = asked_by_body(body)
        if isinstance(asked, list):
            outcomes = await self._asking.each(scope, asked, len(body))
            budget = outcomes[-1].budget
            status = 429 if budget is not None and budget.wait else 200
            return Reply(status, form.content_type, as_json([each.body for each in outcomes]), headers_of(budget))
        return _reply(form, await self._asking.by_post(scope, asked, len(body)))


def _reply(form: Form, outcome: Outcome, *, got: bool = False) -> Reply:
    budget = outcome.budget
    # What is left of a budget is another with each answer, though the answer is the same.
    same = as_json(outcome.body.get("data")) if got and budget is not None else b""
    return Reply(
        _status(form, outcome),
        form.content_type,
        as_json(outcome.body),
        headers_of(budget),
        lasting=not outcome.failed,
        same=same,
    )


def _status(form: Form, outcome: Outcome) -> int:
    if outcome.budget is not None and outcome.budget.wait:
        return 429  # in either form: programs that know nothing of GraphQL heed it
    # With application/json a status says only whether the request was understood; the newer form says more.
    if outcome.ran or form is Form.JSON:
        return 200
    return 403 if outcome.forbidden else 400


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
