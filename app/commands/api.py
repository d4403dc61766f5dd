"""The API as commands speak to it: the same documents, over HTTP or in this process."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, cast

import httpx
import orjson

from app.errors import ErrorCode, PedigreeError
from app.observability import logs_in_file
from app.operations.wire import json_text, read_json
from app.settings import Settings

Body = dict[str, Any]
"""What GraphQL answers: `data`, `errors`."""

_TIMEOUT = httpx.Timeout(120, connect=5)
"""Seconds. A server ends what takes too long by itself; this is for one that does not answer at all."""

_TIMES = 10
"""How often a request is sent again that came too early, as others spend out of the same budget too."""

_LONGEST_WAIT = 120
"""Seconds that a command waits for what it may spend."""

_ACCEPT = "application/graphql-response+json, application/json;q=0.9"


class ServerUnreachable(PedigreeError):
    """No Pedigree answers at the address that the command was given."""

    standard_code = ErrorCode.SERVER_UNREACHABLE


class Api(Protocol):
    """Answers GraphQL."""

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, operation: str | None = None) -> Body:
        """The whole answer, errors and all.

        Raises:
            PedigreeError: there is no answer.
        """
        ...


@asynccontextmanager
async def open_api(settings: Settings, *, serving: bool = False) -> AsyncGenerator[Api]:
    """The API of the server that the settings name, else of the graph itself.

    Args:
        settings: which Pedigree is meant.
        serving: whether signed addresses of artifacts, which the answers may hold, are to be used within the block, by
            this process or another on this machine. A server and a bucket answer theirs by themselves. Where the
            folder of a home keeps them nobody may be serving it: then this process answers them, on a free port of
            loopback, and the addresses lead there until the block ends. Requests are answered by the same event loop,
            which a client must therefore not block: `httpx.AsyncClient` and threads do not.

    Raises:
        PedigreeError: it cannot be reached or opened.
    """
    if settings.server is not None:
        token = settings.token.get_secret_value()
        async with httpx.AsyncClient(
            base_url=settings.server, timeout=_TIMEOUT, trust_env=False, headers=bearing(token)
        ) as client:
            yield _ServerApi(client, known=bool(token))
        return
    from app.commands.opening import services_of, serving_services_of  # noqa: PLC0415 - slower than many an answer

    log = settings.home / "pedigree.log"
    opened = serving_services_of if serving else services_of
    with logs_in_file(log):
        async with opened(settings) as services:
            yield _HomeApi(services, log)


def data_of(body: Body) -> dict[str, Any]:
    """The data of an answer without errors.

    Raises:
        PedigreeError: the first of its errors.
    """
    if body.get("errors"):
        raise error_of(body["errors"][0])
    return body["data"]


def error_of(error: Mapping[str, Any]) -> PedigreeError:
    """An error of an answer as one of ours; one whose code this release does not know keeps its words."""
    extensions = cast("Mapping[str, Any]", error.get("extensions") or {})
    code = str(extensions.get("code", ""))
    known = ErrorCode(code) if code in ErrorCode.__members__ else ErrorCode.BAD_REQUEST
    return PedigreeError(str(error.get("message", "")), code=known, path=extensions.get("path"))


def refused_by(refusal: Mapping[str, Any]) -> PedigreeError:
    """What a `RequestError` of an answer says, as one of ours."""
    return error_of(
        {
            "message": refusal["message"],
            "extensions": {"code": refusal["code"], "path": refusal["path"]},
        }
    )


def outcome_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a mutation did.

    Raises:
        PedigreeError: it was refused.
    """
    if payload["__typename"] == "RequestError":
        raise refused_by(payload)
    return {name: value for name, value in payload.items() if name != "__typename"}


def bearing(token: str) -> dict[str, str]:
    """The headers that show a token; none where there is none."""
    return {"authorization": f"Bearer {token}"} if token else {}


def not_let_in(address: str, *, known: bool) -> PedigreeError:
    """The error where a server lets nobody in by what was sent.

    Args:
        address: of the server.
        known: whether a token was sent.
    """
    if known:
        message = f"The Pedigree at {address} does not know the token in PEDIGREE_TOKEN: it was mistyped, revoked or "
        message += "has expired, or is another service's."
    else:
        message = f"The Pedigree at {address} wants to know who is calling, and PEDIGREE_TOKEN is not set."
    return PedigreeError(
        message,
        code=ErrorCode.UNAUTHENTICATED,
        remedy="Set it to a token that an admin gave you, or that `pedigree token create` made on the graph itself.",
    )


class _ServerApi:
    def __init__(self, client: httpx.AsyncClient, *, known: bool) -> None:
        self._client = client
        self._known = known

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, operation: str | None = None) -> Body:
        asked = _encoded({"query": query, "variables": variables, "operationName": operation})
        response = await self._sent(asked)
        for _ in range(_TIMES):
            seconds = _seconds_to_wait(response)
            if not seconds:
                break
            await asyncio.sleep(seconds)
            response = await self._sent(asked)  # nothing of it was run before, whatever it is
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise not_let_in(str(self._client.base_url), known=self._known)
        return _body(response, str(self._client.base_url))

    async def _sent(self, asked: bytes) -> httpx.Response:
        try:
            return await self._client.post(
                "/graphql",
                content=asked,
                headers={"content-type": "application/json", "accept": _ACCEPT},
            )
        except httpx.TimeoutException as error:
            raise ServerUnreachable(
                f"The Pedigree at {self._client.base_url} does not answer in time.", remedy="Look into its log."
            ) from error
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
            raise ServerUnreachable(
                f"The Pedigree at {self._client.base_url} ended the connection before it answered"
                f"{f': {error}' if str(error) else ''}.",
                remedy="See whether it still runs, and look into its log; a proxy before it may end what is large.",
            ) from error
        except httpx.HTTPError as error:
            raise ServerUnreachable(
                f"No Pedigree answers at {self._client.base_url}: {str(error) or type(error).__name__}.",
                remedy="Start one with `pedigree serve`, or correct --server or PEDIGREE_SERVER.",
            ) from error


class _HomeApi:
    def __init__(self, services: Any, log: Path) -> None:
        self._services = services
        self._log = log

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, operation: str | None = None) -> Body:
        from app.operations.execution import Asked  # noqa: PLC0415 - as above; it is loaded by now

        # Through JSON and back, so that an answer is the same as from a server.
        values = read_json(_encoded(variables))
        context = self._services.context(os.urandom(8).hex())
        outcome = await self._services.operations.run(Asked(query, values, operation), context)
        body: Body = orjson.loads(orjson.dumps(outcome.body))
        for error in body.get("errors", ()):
            if error.get("extensions", {}).get("code") == ErrorCode.INTERNAL:
                error["message"] += f" It is {self._log}."
        return body


def _encoded(value: object) -> bytes:
    """What is no number or no Unicode goes as it is: the API refuses the one value that holds it, by its place."""
    try:
        return json_text(value)
    except RecursionError as error:
        raise PedigreeError(
            "What was given is nested too deeply to be sent as JSON.",
            code=ErrorCode.BAD_REQUEST,
            remedy="Send it less deep, or as a text.",
        ) from error


def _seconds_to_wait(response: httpx.Response) -> int:
    """For how long to wait before what was refused is sent again; 0 where it was not, or where that is too long."""
    told = response.headers.get("retry-after", "")
    if response.status_code != HTTPStatus.TOO_MANY_REQUESTS or not told.isdecimal():
        return 0
    return int(told) if int(told) <= _LONGEST_WAIT else 0


def _body(response: httpx.Response, address: str) -> Body:
    try:
        value = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict) and ("data" in value or "errors" in value):
        return cast("Body", value)
    if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise PedigreeError(
            f"What stands before the Pedigree at {address} takes no body of that size (HTTP status 413).",
            code=ErrorCode.BODY_TOO_LARGE,
            remedy="Let it take 8 MiB.",
        )
    raise ServerUnreachable(
        f"What answers at {address} is no Pedigree (HTTP status {response.status_code}).",
        remedy="Correct --server or PEDIGREE_SERVER.",
    )
