"""Who is known by an OIDC token, and which tokens are refused: all in the same words."""

import base64
import json
import time
from typing import TYPE_CHECKING, Any, cast

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import HMACAlgorithm

from app.access.claims import read_rules
from app.access.issuer import Issuer, IssuerUnreachable, Named
from app.access.login import LONGEST
from app.access.oidc import Expected, OidcLogin
from app.access.roles import Role
from app.access.service import Caller, Given
from app.access.tokens import new_token
from tests.oidc import AUDIENCE, Answers, Keys
from tests.unit.access.logins import ALGORITHMS, API_TOKEN, ISSUER, MACHINE, FakeDirectory, Transport, why

if TYPE_CHECKING:
    from app.access.directory import Directory

RULES = """[
  {"claim": "groups", "has": "churn", "roles": ["ENGINEER"], "namespaces": ["churn"]},
  {"claim": "groups", "has": "admins", "roles": ["ADMIN"], "namespaces": null},
  {"claim": "groups", "has": "half", "roles": ["ADMIN"], "namespaces": ["churn"]}
]"""


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys(ISSUER)


@pytest.fixture
def answers(keys: Keys) -> Answers:
    return Answers(keys)


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory()


def _login(answers: Answers, directory: FakeDirectory, **expected: Any) -> OidcLogin:
    issuer = Issuer(Named(ISSUER, ALGORITHMS), Transport(answers))
    wanted = Expected(ISSUER, AUDIENCE, ALGORITHMS, rules=read_rules(RULES), **expected)
    return OidcLogin(cast("Directory", directory), issuer, wanted)


@pytest.fixture
def login(answers: Answers, directory: FakeDirectory) -> OidcLogin:
    return _login(answers, directory)


async def test_the_subject_becomes_an_actor(login: OidcLogin, keys: Keys) -> None:
    found = await login.caller(f"Bearer {keys.token('7', groups=['churn'])}")
    given = Given(frozenset({Role.ENGINEER}), ("churn",))
    assert found == Caller(ISSUER, "7", given.roles, given.sight, given=given)


async def test_claims_and_grants_add_up(login: OidcLogin, keys: Keys, directory: FakeDirectory) -> None:
    token = keys.token("8", groups=["churn"])
    directory.give("8", Role.VIEWER, sight=("risk",))
    found = await login.caller(f"Bearer {token}")
    assert (found.roles, found.sight) == ({Role.ENGINEER, Role.VIEWER}, ("churn", "risk"))
    directory.give("8", sight=None)
    assert (await login.caller(f"Bearer {token}")).sight is None


async def test_an_admin_by_claims_sees_all_or_is_none(login: OidcLogin, keys: Keys) -> None:
    assert (await login.caller(f"Bearer {keys.token(groups=['admins'])}")).roles == {Role.ADMIN}
    assert (await login.caller(f"Bearer {keys.token(groups=['half'])}")).roles == set()


async def test_who_was_granted_nothing_is_known_all_the_same(login: OidcLogin, keys: Keys) -> None:
    found = await login.caller(f"Bearer {keys.token('9')}")
    assert (found.subject, found.roles, found.sight) == ("9", frozenset(), ())


async def test_another_claim_may_be_the_subject(answers: Answers, directory: FakeDirectory, keys: Keys) -> None:
    login = _login(answers, directory, subject_claim="oid")
    assert (await login.caller(f"Bearer {keys.token('7', oid='abc')}")).subject == "abc"
    assert await why(login, keys.token("7")) == "subject"


async def test_api_tokens_go_on(login: OidcLogin, answers: Answers) -> None:
    assert await login.caller(f"Bearer {API_TOKEN}") is MACHINE
    assert await why(login, new_token()) == "not in force"
    assert await why(login, "pedigree_x") == "malformed"
    assert answers.asked == []


async def test_an_issuer_that_is_away_is_no_refusal(login: OidcLogin, answers: Answers, keys: Keys) -> None:
    answers.instead["/.well-known/openid-configuration"] = lambda: (500, b"", {})
    with pytest.raises(IssuerUnreachable):
        await login.caller(f"Bearer {keys.token()}")
    assert await login.caller(f"Bearer {API_TOKEN}") is MACHINE


# ------------------------------------------------------------------------------------------------ what is refused


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unsigned(keys: Keys, algorithm: object) -> str:
    header, payload, _ = keys.token().split(".")
    del header
    return f"{_part({'alg': algorithm, 'typ': 'JWT', 'kid': 'one'})}.{payload}."


def _confused(keys: Keys) -> str:
    """A token that is signed, by the public key as if that were a secret, with a symmetric algorithm."""
    public = keys.private["one"].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header, payload, _ = keys.token().split(".")
    del header
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one'})}.{payload}"
    signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(signed.encode(), pem)
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _foreign(keys: Keys) -> str:
    other = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    claims = jwt.decode(keys.token(), options={"verify_signature": False})
    return jwt.encode(claims, other, "RS256", headers={"kid": "one"})


def _changed(keys: Keys) -> str:
    header, _, signature = keys.token().split(".")
    claims = jwt.decode(keys.token(), options={"verify_signature": False})
    return f"{header}.{_part({**claims, 'sub': 'admin'})}.{signature}"


def _odd_key_id(keys: Keys) -> str:
    _, payload, signature = keys.token().split(".")
    return f"{_part({'alg': 'RS256', 'kid': ['one']})}.{payload}.{signature}"


def _now() -> int:
    """Asked when a test runs: a whole run may take longer than these tokens last."""
    return int(time.time())


_HUGE = 10**400
"""JSON holds it, and a float does not."""

WRONG: dict[str, tuple[Any, str]] = {
    "none": (lambda keys: _unsigned(keys, "none"), "algorithm"),
    "None": (lambda keys: _unsigned(keys, "None"), "algorithm"),
    "no algorithm": (lambda keys: _unsigned(keys, None), "DecodeError|algorithm"),
    "a list of algorithms": (lambda keys: _unsigned(keys, ["RS256"]), "DecodeError|algorithm|TypeError"),
    "a signature left out": (lambda keys: _unsigned(keys, "RS256"), "InvalidSignatureError"),
    "symmetric": (_confused, "algorithm"),
    "signed by another": (_foreign, "InvalidSignatureError"),
    "changed": (_changed, "InvalidSignatureError"),
    "another algorithm": (lambda keys: keys.token(algorithm="RS512"), "algorithm"),
    "a key unknown": (lambda keys: keys.token(key_id="three"), "key unknown"),
    "a key id that is none": (_odd_key_id, "InvalidTokenError|key unknown"),
    "another audience": (lambda keys: keys.token(aud="other"), "InvalidAudienceError"),
    "no audience": (lambda keys: keys.token(without=("aud",)), "MissingRequiredClaimError"),
    "another issuer": (lambda keys: keys.token(iss="https://evil.example"), "InvalidIssuerError"),
    "almost the issuer": (lambda keys: keys.token(iss=f"{ISSUER}/"), "InvalidIssuerError"),
    "expired": (lambda keys: keys.token(exp=_now() - 120), "ExpiredSignatureError"),
    "without end": (lambda keys: keys.token(without=("exp",)), "MissingRequiredClaimError"),
    "an end that is none": (lambda keys: keys.token(exp="tomorrow"), "DecodeError"),
    "an end that no clock shows": (lambda keys: keys.token(exp=_HUGE), "OverflowError"),
    "an end without end": (lambda keys: keys.token(exp=float("inf")), "OverflowError|DecodeError"),
    "an end that is no number": (lambda keys: keys.token(exp=float("nan")), "DecodeError"),
    "an end in a list": (lambda keys: keys.token(exp=[_now() + 60]), "TypeError|DecodeError"),
    "a start before all time": (lambda keys: keys.token(nbf=-_HUGE), "OverflowError"),
    "a start after all time": (lambda keys: keys.token(nbf=_HUGE), "ImmatureSignatureError"),
    "a start without end": (lambda keys: keys.token(nbf=float("inf")), "OverflowError|DecodeError"),
    "from before all time": (lambda keys: keys.token(iat=-_HUGE), "OverflowError"),
    "from after all time": (lambda keys: keys.token(iat=_HUGE), "ImmatureSignatureError"),
    "from an endless time": (lambda keys: keys.token(iat=float("-inf")), "OverflowError|InvalidIssuedAtError"),
    "not yet": (lambda keys: keys.token(nbf=_now() + 300), "ImmatureSignatureError"),
    "from the future": (lambda keys: keys.token(iat=_now() + 300), "ImmatureSignatureError"),
    "no time": (lambda keys: keys.token(without=("iat",)), "MissingRequiredClaimError"),
    "no subject": (lambda keys: keys.token(without=("sub",)), "MissingRequiredClaimError"),
    "an empty subject": (lambda keys: keys.token(""), "subject"),
    "a subject that is a number": (lambda keys: keys.token(7), "InvalidSubjectError"),
    "a long subject": (lambda keys: keys.token("x" * 513), "subject"),
    "a subject that cannot be stored": (lambda keys: keys.token("a\0"), "subject"),
    "no token": (lambda _: "x", "DecodeError"),
    "dots": (lambda _: "..", "DecodeError"),
    "no Unicode": (lambda _: "\udcff.a.b", "DecodeError|UnicodeEncodeError"),
    "deep": (lambda _: f"{base64.urlsafe_b64encode(b'[' * 9_000).decode()}.e30.", "DecodeError|RecursionError"),
    "encrypted": (lambda _: "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d", "DecodeError|algorithm"),
    "1 MB": (lambda _: "x" * 1_000_000, "too long"),
    "as long as may be": (lambda _: "x" * (LONGEST - 7), "DecodeError"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_token_is_refused(login: OidcLogin, keys: Keys, wrong: str) -> None:
    await login.caller(f"Bearer {keys.token()}")
    make, reasons = WRONG[wrong]
    assert await why(login, make(keys)) in reasons.split("|")


async def test_clocks_may_differ_a_little(login: OidcLogin, keys: Keys) -> None:
    now = _now()
    several: list[dict[str, Any]] = [{"exp": now - 30}, {"nbf": now + 30}, {"iat": now + 30}]
    for claims in several:
        assert await login.caller(f"Bearer {keys.token(**claims)}")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # of the issuer, which uses it
async def test_a_key_that_is_too_short_is_not_used(directory: FakeDirectory) -> None:
    keys = Keys(ISSUER)
    keys.add("short", bits=1024)
    login = _login(Answers(keys), directory)
    assert await why(login, keys.token(key_id="short", signed_by="short")) in {"InvalidKeyError", "key unknown"}
