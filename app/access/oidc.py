"""Callers that are known by OIDC bearer tokens, and by API tokens beside them."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt
from jwt.exceptions import PyJWTError

from app.access.claims import Rule, given_by
from app.access.directory import Directory
from app.access.granted import caller_given
from app.access.issuer import Issuer
from app.access.login import TokenLogin, Unauthenticated, bearer_of
from app.access.service import Caller, Given
from app.access.tokens import PREFIX
from graph_schema.canonical import flaw_of_text
from graph_schema.declare import KEY_LENGTH

_REMEMBERED = 10_000
"""How many tokens that were verified are not verified again until they end."""

_NEEDED = ("exp", "iat", "iss", "aud", "sub")

_TIMES = ("exp", "iat", "nbf")
"""Claims that are seconds since 1970. JSON bounds no number: one that no clock will ever show is nonsense."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say.

    Attributes:
        issuer: who issued it.
        audience: for whom.
        algorithms: what it may be signed with.
        skew: by how many seconds clocks may differ.
        subject_claim: the claim that holds the subject.
        rules: what claims give.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    skew: float = 60.0
    subject_claim: str = "sub"
    rules: Sequence[Rule] = ()


@dataclass(frozen=True, slots=True)
class _Verified:
    """What a token said, and until when that may be believed without looking again."""

    subject: str
    given: Given
    until: float
    generation: int


class OidcLogin:
    """Knows callers by the tokens of one issuer, or by API tokens.

    Args:
        directory: what is known of API tokens and grants.
        issuer: has the keys.
        expected: what tokens must say.
        clock: seconds since 1970.
    """

    def __init__(
        self, directory: Directory, issuer: Issuer, expected: Expected, clock: Callable[[], float] = time.time
    ) -> None:
        self._directory = directory
        self._tokens = TokenLogin(directory)
        self._issuer = issuer
        self._expected = expected
        self._clock = clock
        self._remembered: OrderedDict[bytes, _Verified] = OrderedDict()

    async def caller(self, authorization: str) -> Caller:
        """Whoever sends a token of the issuer, or an API token.

        What the token's claims give and what its actor was granted add up.

        Raises:
            Unauthenticated: it is none that is in force.
            IssuerUnreachable: no key of the issuer is known.
            GraphError: the graph does not answer, and what is known of it is too old.
        """
        token = bearer_of(authorization)
        if token.startswith(PREFIX):
            return await self._tokens.caller(authorization)
        verified = await self._verified(token)
        grant = await self._directory.grant_of((self._expected.issuer, verified.subject))
        return caller_given(verified.given, grant)

    async def _verified(self, token: str) -> _Verified:
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._remembered.get(digest)
        if known is not None and self._clock() < known.until and known.generation == self._issuer.current():
            self._remembered.move_to_end(digest)
            return known
        self._remembered.pop(digest, None)
        verified = await self._verify(token)
        self._remembered[digest] = verified
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return verified

    async def _verify(self, token: str) -> _Verified:
        expected = self._expected
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in expected.algorithms:
                raise Unauthenticated("algorithm")
            key = await self._issuer.key(key_id, algorithm)
            if key is None:
                raise Unauthenticated("key unknown")
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key.ready,
                algorithms=[algorithm],
                audience=expected.audience,
                issuer=expected.issuer,
                leeway=expected.skew,
                options={"require": [*_NEEDED], "enforce_minimum_key_length": True},
            )
            times = {name: float(claims[name]) for name in _TIMES if name in claims}
        except (PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unauthenticated(type(error).__name__) from None
        subject = claims.get(expected.subject_claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= KEY_LENGTH or flaw_of_text(subject):
            raise Unauthenticated("subject")
        until = times["exp"] + expected.skew
        return _Verified(subject, given_by(expected.rules, claims), until, self._issuer.generation)
