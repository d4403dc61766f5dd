"""The keys of an issuer of OIDC tokens: fetched from it alone, seldom, and kept while it does not answer.

PyJWT has a client for this, too. It is not used: it forgets the keys that it has when a fetch fails, fetches once for
every key id that it does not know, and blocks while it does.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import orjson
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from app.addresses import is_loopback
from app.errors import ErrorCode, PedigreeError

_FRESH = 600.0
"""Seconds after which the keys are fetched anew beside a request."""

_KEPT = 24 * 60 * 60.0
"""Seconds for which keys are kept while the issuer does not answer."""

_BETWEEN = 10.0
"""Seconds between two attempts, whatever they brought and however many tokens name a key that is not known."""

_SECONDS = 5.0
"""For one attempt, all of it."""

_LARGEST = 256 * 1024
"""The most bytes of one document."""

_MOST_KEYS = 100
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""The kind of key of an algorithm, by the first two letters of its name (RFC 7518, section 3.1; RFC 8037)."""

_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}
"""The curve of an algorithm that has one: PyJWT takes a key of another."""


class IssuerUnreachable(PedigreeError):
    """The issuer does not answer, or what it answers holds no key that can be used."""

    standard_code = ErrorCode.ISSUER_UNREACHABLE


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, ready to verify with.

    Attributes:
        text: the key as the issuer wrote it, by which it is told from another.
        ready: the same as PyJWT has it.
    """

    text: bytes
    ready: PyJWK = field(compare=False)


@dataclass(frozen=True, slots=True)
class Named:
    """Where the keys are.

    Attributes:
        issuer: as tokens name it, to the letter.
        algorithms: those that tokens may be signed with; none of them symmetric.
        keys_url: the address of the keys; empty where the issuer's discovery document says it.
    """

    issuer: str
    algorithms: tuple[str, ...]
    keys_url: str = ""


class Issuer:
    """The keys of one issuer. For one event loop.

    Args:
        named: which issuer.
        transport: how it is reached, where that is not the usual way.
        ticks: seconds that never go back.
    """

    def __init__(
        self,
        named: Named,
        transport: httpx.AsyncBaseTransport | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._named = named
        self._transport = transport
        self._ticks = ticks
        self._keys: dict[tuple[str | None, str], Key] = {}
        self._fetched = self._attempted = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self.generation = 0
        self._log: Any = structlog.get_logger("pedigree.oidc")

    async def key(self, key_id: str | None, algorithm: str) -> Key | None:
        """The key of that id for that algorithm; None where the issuer has none, as far as is known.

        Args:
            key_id: as the token names it; None where it names none, which will do where there is only one key.
            algorithm: one of those that are allowed.

        Raises:
            IssuerUnreachable: no keys are known, since the issuer did not answer.
        """
        age = self._ticks() - self._fetched
        found = self._keys.get((key_id, algorithm))
        if found is None or age >= _KEPT:
            await self._fetched_now()
            found = self._keys.get((key_id, algorithm))
        elif age >= _FRESH:
            self._fetch()
        if self._ticks() - self._fetched >= _KEPT:
            raise IssuerUnreachable(
                f"{self._named.issuer}, which issues the tokens, does not answer, and no key of it is known.",
                remedy="See whether it can be reached from here, and whether PEDIGREE_OIDC_ISSUER is right.",
            )
        return found

    def current(self) -> int | None:
        """The generation of the keys by which a verified token may be believed; None where they are too old for that.

        Keys that are no longer fresh are fetched anew beside it: else a service that sees the same tokens again and
        again would never learn that a key of theirs was withdrawn.
        """
        age = self._ticks() - self._fetched
        if age >= _FRESH:
            self._fetch()
        return self.generation if age < _KEPT else None

    def _fetch(self) -> "asyncio.Task[None] | None":
        """The fetch that is under way, or begins now; None where one was tried a moment ago."""
        if self._fetching is None and self._ticks() - self._attempted >= _BETWEEN:
            self._attempted = self._ticks()
            self._fetching = asyncio.create_task(self._attempt())
        return self._fetching

    async def _fetched_now(self) -> None:
        """Waits for that fetch, where there is one."""
        if (fetching := self._fetch()) is not None:
            await asyncio.shield(fetching)

    async def _attempt(self) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                keys = await self._read()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, TypeError, PyJWTError) as error:
            self._log.warning("issuer", reason=f"{type(error).__name__}: {error}"[:500], kept=len(self._keys))
            return
        finally:
            self._fetching = None
        if keys != self._keys:
            self.generation += 1
        self._keys, self._fetched = keys, self._ticks()

    async def _read(self) -> dict[tuple[str | None, str], Key]:
        named = self._named
        host = urlsplit(named.issuer).hostname or ""
        async with httpx.AsyncClient(
            transport=self._transport, timeout=_SECONDS, follow_redirects=False, trust_env=not is_loopback(host)
        ) as client:
            address = named.keys_url or await _keys_url(client, named.issuer)
            document = await _document(client, address)
        keys = document.get("keys")
        if not isinstance(keys, list):
            raise TypeError(f"what {address} answers is no set of keys")
        found = _usable(cast("list[Any]", keys)[:_MOST_KEYS], named.algorithms)
        if not found:
            raise ValueError(f"{address} holds no key for {', '.join(named.algorithms)}")
        return found


async def _keys_url(client: httpx.AsyncClient, issuer: str) -> str:
    """The address of the keys, as the issuer's discovery document says it (OpenID Connect Discovery 1.0, section 4)."""
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    document = await _document(client, address)
    if document.get("issuer") != issuer:
        raise ValueError(f"{address} is the document of the issuer {document.get('issuer')!r:.200}")
    found = document.get("jwks_uri")
    if not isinstance(found, str) or _origin(found) != _origin(issuer):
        raise ValueError(
            f"the keys are not at the issuer's own address but at {found!r:.200}: name it by PEDIGREE_OIDC_KEYS_URL"
        )
    return found


async def _document(client: httpx.AsyncClient, address: str) -> Mapping[str, Any]:
    body = bytearray()
    async with client.stream("GET", address, headers={"accept": "application/json"}) as response:
        if response.status_code != HTTPStatus.OK:
            raise ValueError(f"{address} answers with status {response.status_code}")
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _LARGEST:
                raise ValueError(f"{address} answers with more than {_LARGEST:,} bytes")
    value = orjson.loads(body)
    if not isinstance(value, dict):
        raise TypeError(f"what {address} answers is no object")
    return cast("dict[str, Any]", value)


def _usable(keys: list[Any], algorithms: tuple[str, ...]) -> dict[tuple[str | None, str], Key]:
    """By id and algorithm, the public keys that tokens may be signed with; of no id, where it is the only one."""
    found: dict[tuple[str | None, str], Key] = {}
    for algorithm in algorithms:
        fitting = [(each.get("kid"), key) for each in keys if (key := _key(each, algorithm)) is not None]
        for key_id, key in fitting:
            if isinstance(key_id, str):
                found[key_id, algorithm] = key
        if len(fitting) == 1:
            found[None, algorithm] = fitting[0][1]
    return found


def _key(value: Any, algorithm: str) -> Key | None:
    if not isinstance(value, dict):
        return None
    key = cast("dict[str, Any]", value)
    if key.get("kty") != _KINDS[algorithm[:2]] or key.get("alg", algorithm) != algorithm or "d" in key:
        return None
    if key.get("use", "sig") != "sig" or key.get("crv") != _CURVES.get(algorithm):
        return None
    with suppress(PyJWTError, ValueError, TypeError):
        return Key(orjson.dumps(key, option=orjson.OPT_SORT_KEYS), PyJWK(key, algorithm))
    return None


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
