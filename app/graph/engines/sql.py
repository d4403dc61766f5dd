"""ArcadeDB's own HTTP interface, for the commands that its Cypher does not have."""

import asyncio
import ssl
from typing import Any, cast

import httpx

from app.errors import StatementFailed
from app.graph.endpoint import Endpoint

_SECONDS = 600.0
"""An index over what is already stored takes its time."""

_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusted by it is nobody: the engine speaks without TLS, and to read whom this machine trusts takes 20 ms."""

_ATTEMPTS = 5
_PAUSE = 0.05
_IN_THE_WAY = ("ConcurrentModificationException", "NeedRetryException", "LockTimeoutException", "TimeoutException")


async def run_sql(endpoint: Endpoint, script: str) -> list[dict[str, Any]]:
    """The rows of the script's last command.

    Raises:
        ConnectionError: nothing answers there.
        StatementFailed: the engine refuses the script, or has no such interface.
    """
    if not endpoint.http:
        raise StatementFailed(f"The graph {endpoint.place} takes no SQL.")
    login = (endpoint.user, endpoint.password)
    address = f"{endpoint.http}/api/v1/command/{endpoint.database}"
    body = {"language": "sqlscript" if ";" in script else "sql", "command": script, "limit": -1}
    async with httpx.AsyncClient(auth=login, trust_env=False, timeout=_SECONDS, verify=_NOBODY) as client:
        for attempt in range(1, _ATTEMPTS + 1):
            answer = await _post(client, address, body)
            if answer.is_success:
                return cast("list[dict[str, Any]]", answer.json()["result"])
            reason = _reason(answer)
            if attempt == _ATTEMPTS or not reason.endswith(_IN_THE_WAY):
                raise StatementFailed(f"The graph {endpoint.place} refused a schema command ({reason}).")
            await asyncio.sleep(_PAUSE * 2**attempt)
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


async def _post(client: httpx.AsyncClient, address: str, body: dict[str, Any]) -> httpx.Response:
    try:
        return await client.post(address, json=body)
    except httpx.TransportError as error:
        raise ConnectionError(str(error)) from error


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("exception") or answer.status_code)
    except ValueError:
        return str(answer.status_code)
