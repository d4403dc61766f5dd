"""A login by OIDC tokens whose issuer and directory are a test's own."""

import httpx
import pytest

from app.access.granted import Actor, Grant, Sight
from app.access.login import Unauthenticated
from app.access.oidc import OidcLogin
from app.access.roles import Role
from app.access.service import Caller
from app.access.tokens import digest_of, new_token
from tests.oidc import Answers

ISSUER = "https://login.example"
ALGORITHMS = ("RS256", "ES256")
API_TOKEN = new_token()
MACHINE = Caller("services", "ci", frozenset({Role.SCANNER}))


class FakeDirectory:
    """Knows one API token, and what it is told of grants."""

    def __init__(self) -> None:
        self.grants: dict[Actor, Grant] = {}

    async def caller_with(self, digest: str) -> Caller | None:
        return MACHINE if digest == digest_of(API_TOKEN) else None

    async def grant_of(self, actor: Actor) -> Grant:
        return self.grants.get(actor) or Grant(*actor)

    def give(self, subject: str, *roles: Role, sight: Sight) -> None:
        self.grants[ISSUER, subject] = Grant(ISSUER, subject, frozenset(roles), sight, 1)


class Transport(httpx.AsyncBaseTransport):
    """Leads to an issuer."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status, body, headers = self.answers.answer(request.url.path)
        return httpx.Response(status, content=body, headers=headers)


async def why(login: OidcLogin, token: str) -> str:
    """Why that token is refused, which the log alone is told."""
    with pytest.raises(Unauthenticated) as refused:
        await login.caller(f"Bearer {token}")
    assert str(refused.value) == str(Unauthenticated(""))
    return refused.value.why
