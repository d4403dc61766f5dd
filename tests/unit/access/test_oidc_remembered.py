"""OIDC tokens that were verified are remembered, and for how long that counts."""

import asyncio
import time
from typing import TYPE_CHECKING, cast

import pytest
import time_machine

from app.access import oidc
from app.access.issuer import Issuer, IssuerUnreachable, Named
from app.access.oidc import Expected, OidcLogin
from tests.oidc import AUDIENCE, Answers, Keys
from tests.unit.access.logins import ALGORITHMS, ISSUER, FakeDirectory, Transport, why

if TYPE_CHECKING:
    from app.access.directory import Directory

DAY = 24 * 60 * 60


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def keys() -> Keys:
    return Keys(ISSUER)


@pytest.fixture
def answers(keys: Keys) -> Answers:
    return Answers(keys)


@pytest.fixture
def ticks() -> Clock:
    return Clock()


@pytest.fixture
def login(answers: Answers, ticks: Clock) -> OidcLogin:
    issuer = Issuer(Named(ISSUER, ALGORITHMS), Transport(answers), ticks)
    return OidcLogin(cast("Directory", FakeDirectory()), issuer, Expected(ISSUER, AUDIENCE, ALGORITHMS, skew=10))


def _away(answers: Answers) -> None:
    answers.instead |= dict.fromkeys(("/.well-known/openid-configuration", "/keys"), lambda: (500, b"?", {}))


async def test_a_token_is_verified_once(login: OidcLogin, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    token = keys.token()
    await login.caller(f"Bearer {token}")
    monkeypatch.setattr(oidc.jwt, "decode", None)
    assert (await login.caller(f"Bearer {token}")).subject == "7"


async def test_what_is_remembered_is_bounded(login: OidcLogin, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "_REMEMBERED", 3)
    for number in range(5):
        await login.caller(f"Bearer {keys.token(str(number))}")
    await why(login, keys.token(aud="other"))
    assert len(login._remembered) == 3


async def test_a_token_that_was_verified_ends_too(login: OidcLogin, keys: Keys) -> None:
    now = int(time.time())
    token = keys.token(exp=now + 1_000)
    await login.caller(f"Bearer {token}")
    with time_machine.travel(now + 1_009, tick=False):
        await login.caller(f"Bearer {token}")
    with time_machine.travel(now + 1_011, tick=False):
        assert await why(login, token) == "ExpiredSignatureError"


async def test_a_key_that_is_withdrawn_ends_its_tokens(login: OidcLogin, keys: Keys, ticks: Clock) -> None:
    token = keys.token()
    await login.caller(f"Bearer {token}")
    keys.add("two")
    del keys.private["one"]
    ticks.seconds += 10
    await login.caller(f"Bearer {keys.token(key_id='two', signed_by='two')}")  # has the keys fetched
    assert await why(login, token) == "key unknown"


async def test_that_a_key_is_withdrawn_is_learnt_where_no_other_token_comes(
    login: OidcLogin, keys: Keys, answers: Answers, ticks: Clock
) -> None:
    token = keys.token()
    await login.caller(f"Bearer {token}")
    keys.add("two")
    del keys.private["one"]
    ticks.seconds += 599
    await login.caller(f"Bearer {token}")
    assert answers.times == 1
    ticks.seconds += 1
    await login.caller(f"Bearer {token}")  # has the keys fetched, and does not wait
    await asyncio.sleep(0.01)
    assert answers.times == 2
    assert await why(login, token) == "key unknown"


async def test_keys_that_are_fetched_anew_and_are_the_same_verify_nothing_again(
    login: OidcLogin, keys: Keys, answers: Answers, ticks: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = keys.token()
    await login.caller(f"Bearer {token}")
    monkeypatch.setattr(oidc.jwt, "decode", None)
    for fetches in range(2, 5):
        ticks.seconds += 600
        await login.caller(f"Bearer {token}")
        await asyncio.sleep(0.01)
        assert answers.times == fetches


async def test_while_the_issuer_is_away_a_remembered_token_goes_on_for_a_day(
    login: OidcLogin, keys: Keys, answers: Answers, ticks: Clock
) -> None:
    token = keys.token()
    await login.caller(f"Bearer {token}")
    _away(answers)
    ticks.seconds += DAY - 1
    await login.caller(f"Bearer {token}")
    await asyncio.sleep(0.01)
    ticks.seconds += 1
    with pytest.raises(IssuerUnreachable):
        await login.caller(f"Bearer {token}")
    answers.instead.clear()
    ticks.seconds += 10
    assert (await login.caller(f"Bearer {token}")).subject == "7"


async def test_remembered_tokens_are_no_storm_while_it_is_away(
    login: OidcLogin, keys: Keys, answers: Answers, ticks: Clock
) -> None:
    token = keys.token()
    await login.caller(f"Bearer {token}")
    _away(answers)
    answers.asked.clear()
    ticks.seconds += 600
    for _ in range(60):
        await asyncio.gather(*(login.caller(f"Bearer {token}") for _ in range(20)))
        await asyncio.sleep(0)
        ticks.seconds += 1
    await asyncio.sleep(0.01)
    assert 1 <= len(answers.asked) <= 6
