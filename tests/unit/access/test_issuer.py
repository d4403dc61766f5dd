"""The keys of an issuer: fetched seldom, from it alone, and kept while it does not answer."""

import asyncio
import json
from typing import Any, cast

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm

from app.access import issuer as module
from app.access.issuer import Issuer, IssuerUnreachable, Named
from tests.oidc import Answer, Answers, Keys

ISSUER = "https://login.example"
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class Away(httpx.AsyncBaseTransport):
    """The way to an issuer, which can be made to fail.

    Attributes:
        failure: raised instead of an answer.
        gate: what each answer waits for.
        hosts: those that were asked.
    """

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.hosts: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.add(request.url.host)
        status, body, headers = self.answers.answer(request.url.path)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return httpx.Response(status, content=body, headers=headers)


@pytest.fixture
def answers() -> Answers:
    return Answers(Keys(ISSUER))


@pytest.fixture
def way(answers: Answers) -> Away:
    return Away(answers)


@pytest.fixture
def ticks() -> Clock:
    return Clock()


@pytest.fixture
def issuer(way: Away, ticks: Clock) -> Issuer:
    return Issuer(Named(ISSUER, ("RS256", "ES256")), way, ticks)


def _nonsense(body: object, status: int = 200) -> Any:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer: Answer = (status, text, {})
    return lambda: answer


async def test_many_who_ask_at_once_cost_one_fetch(issuer: Issuer, answers: Answers, way: Away) -> None:
    way.gate.clear()
    asking = [asyncio.create_task(issuer.key("one", "RS256")) for _ in range(50)]
    await asyncio.sleep(0.01)
    way.gate.set()
    assert all(await asyncio.gather(*asking))
    assert answers.asked == [DISCOVERY, KEYS]


async def test_keys_that_are_known_cost_no_fetch_until_they_are_old(
    issuer: Issuer, answers: Answers, ticks: Clock
) -> None:
    for seconds in (0.0, 599.0):
        ticks.seconds = 1_000.0 + seconds
        assert await issuer.key("one", "RS256")
    assert answers.times == 1
    ticks.seconds += 1
    assert await issuer.key("one", "RS256")
    await asyncio.sleep(0.01)
    assert answers.times == 2


async def test_a_key_that_is_new_is_found(issuer: Issuer, answers: Answers, ticks: Clock) -> None:
    assert await issuer.key("one", "RS256")
    before = issuer.generation
    answers.keys.add("two")
    ticks.seconds += 10
    assert await issuer.key("two", "RS256")
    assert issuer.generation == before + 1
    del answers.keys.private["one"]
    ticks.seconds += 600
    await issuer.key("two", "RS256")
    await asyncio.sleep(0.01)
    assert await issuer.key("one", "RS256") is None
    assert issuer.generation == before + 2


async def test_keys_that_are_not_known_are_no_storm(issuer: Issuer, answers: Answers, ticks: Clock) -> None:
    assert await issuer.key("one", "RS256")
    for second in range(60):
        ticks.seconds = 1_000.0 + second
        for number in range(20):
            assert await issuer.key(f"{second}-{number}", "RS256") is None
    assert answers.times == 6


@pytest.mark.parametrize("failure", (httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")))
async def test_known_keys_go_on_while_it_does_not_answer(
    issuer: Issuer, way: Away, answers: Answers, ticks: Clock, failure: Exception
) -> None:
    assert await issuer.key("one", "RS256")
    way.failure = failure
    for hour in range(23):
        ticks.seconds = 1_000.0 + 3_600 * hour
        assert await issuer.key("one", "RS256")
        assert await issuer.key("other", "RS256") is None
        await asyncio.sleep(0)
    ticks.seconds = 1_000.0 + 24 * 3_600
    with pytest.raises(IssuerUnreachable):
        await issuer.key("one", "RS256")
    way.failure = None
    ticks.seconds += 10
    assert await issuer.key("one", "RS256")


async def test_one_that_never_answered_is_told_apart(issuer: Issuer, way: Away, answers: Answers, ticks: Clock) -> None:
    way.failure = httpx.ConnectError("refused")
    for _ in range(10):
        with pytest.raises(IssuerUnreachable):
            await issuer.key("one", "RS256")
    assert len(answers.asked) == 1
    way.failure = None
    ticks.seconds += 10
    assert await issuer.key("one", "RS256")


async def test_one_that_is_slow_is_not_waited_for_long(
    issuer: Issuer, way: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.01)
    way.gate.clear()
    with pytest.raises(IssuerUnreachable):
        await issuer.key("one", "RS256")


WRONG = {
    "no JSON": (DISCOVERY, _nonsense(b"<html>")),
    "no object": (DISCOVERY, _nonsense([])),
    "another issuer": (DISCOVERY, _nonsense({"issuer": f"{ISSUER}/", "jwks_uri": f"{ISSUER}/keys"})),
    "keys elsewhere": (DISCOVERY, _nonsense({"issuer": ISSUER, "jwks_uri": "https://evil.example/keys"})),
    "keys in the clear": (DISCOVERY, _nonsense({"issuer": ISSUER, "jwks_uri": "http://login.example/keys"})),
    "no address of keys": (DISCOVERY, _nonsense({"issuer": ISSUER})),
    "an address that is none": (DISCOVERY, _nonsense({"issuer": ISSUER, "jwks_uri": "https://[login.example/keys"})),
    "a redirection": (DISCOVERY, _nonsense(b"", 302)),
    "an error": (KEYS, _nonsense({"keys": []}, 500)),
    "no keys": (KEYS, _nonsense({"keys": []})),
    "keys that are no list": (KEYS, _nonsense({"keys": {}})),
    "keys that are no keys": (KEYS, _nonsense({"keys": [1, None, {"kty": "RSA"}, {"kty": "RSA", "n": "?", "e": "!"}]})),
    "a secret": (KEYS, _nonsense({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]})),
    "too much": (DISCOVERY, _nonsense(b" " * (256 * 1024) + json.dumps(Keys(ISSUER).discovery()).encode())),
    "deep": (KEYS, _nonsense(b"[" * 100_000)),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_nonsense_leaves_the_keys_as_they_are(
    issuer: Issuer, answers: Answers, way: Away, ticks: Clock, wrong: str
) -> None:
    path, answer = WRONG[wrong]
    answers.instead[path] = answer
    with pytest.raises(IssuerUnreachable):
        await issuer.key("one", "RS256")
    answers.instead.clear()
    ticks.seconds += 10
    assert await issuer.key("one", "RS256")
    answers.instead[path] = answer
    ticks.seconds += 600
    assert await issuer.key("one", "RS256")
    await asyncio.sleep(0.01)
    ticks.seconds += 10
    assert await issuer.key("unknown", "RS256") is None
    assert await issuer.key("one", "RS256")
    assert way.hosts == {"login.example"}


async def test_a_key_is_used_for_what_it_is_for(issuer: Issuer, answers: Answers) -> None:
    keys = answers.keys
    keys.add("curve", curve=ec.SECP256R1())
    keys.add("other curve", curve=ec.SECP384R1())
    keys.add("two")
    published = [
        keys.public("one", alg="RS256"),
        keys.public("two", use="enc"),
        {**keys.public("two"), "kid": "stronger", "alg": "RS512"},
        keys.public("curve"),
        keys.public("other curve"),
        {**json.loads(RSAAlgorithm.to_jwk(cast("rsa.RSAPrivateKey", keys.private["two"]))), "kid": "private"},
    ]
    answers.instead[KEYS] = _nonsense({"keys": published})
    assert await issuer.key("one", "RS256")
    assert await issuer.key("curve", "ES256")
    for key_id, algorithm in (
        ("one", "ES256"),
        ("curve", "RS256"),
        ("two", "RS256"),
        ("stronger", "RS256"),
        ("other curve", "ES256"),
        ("private", "RS256"),
    ):
        assert await issuer.key(key_id, algorithm) is None, key_id
    assert await issuer.key(None, "RS256") == await issuer.key("one", "RS256")


async def test_without_an_id_there_must_be_one_key(issuer: Issuer, answers: Answers) -> None:
    answers.keys.add("two")
    assert await issuer.key(None, "RS256") is None


async def test_keys_may_be_named_to_be_elsewhere(answers: Answers, way: Away, ticks: Clock) -> None:
    issuer = Issuer(Named(ISSUER, ("RS256",), "https://keys.example/keys"), way, ticks)
    assert await issuer.key("one", "RS256")
    assert (way.hosts, answers.asked) == ({"keys.example"}, [KEYS])
