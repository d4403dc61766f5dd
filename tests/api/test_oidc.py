"""OIDC tokens over HTTP, as a user runs the service: an issuer on this machine, and what becomes of its tokens."""

import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.api.entering import asked, made
from tests.oidc import AUDIENCE, LocalIssuer
from tests.serving import Serving, pedigree

RULES = [
    {"claim": "groups", "has": "churn", "roles": ["ENGINEER"], "namespaces": ["churn"]},
    {"claim": "groups", "has": "admins", "roles": ["ADMIN"], "namespaces": None},
]


@pytest.fixture(scope="module")
def issuer() -> Generator[LocalIssuer]:
    with LocalIssuer() as found:
        yield found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("oidc") / "home"


@pytest.fixture(scope="module")
def settings(issuer: LocalIssuer, home: Path) -> dict[str, str]:
    rules = home.parent / "rules.json"
    rules.write_text(json.dumps(RULES), encoding="utf-8")
    named = {"oidc_issuer": issuer.keys.issuer, "oidc_audience": AUDIENCE, "oidc_rules": str(rules)}
    return {"auth": "oidc", "host": "127.0.0.1", **named}


@pytest.fixture(scope="module")
def serving(home: Path, settings: dict[str, str], issuer: LocalIssuer) -> Generator[Serving]:
    """A service that knows the issuer's keys, whichever test is the first."""
    with Serving(home, **settings) as found:
        assert asked(found, issuer.keys.token()).status_code == 200
        yield found


def _viewer(serving: Serving, token: str) -> dict[str, Any]:
    return asked(serving, token).json()["data"]["viewer"]


def test_a_token_of_the_issuer_shows_who_asks(serving: Serving, issuer: LocalIssuer) -> None:
    assert _viewer(serving, issuer.keys.token("7", groups=["churn"])) == {
        "issuer": issuer.keys.issuer,
        "subject": "7",
        "roles": ["ENGINEER"],
        "namespaces": ["churn"],
        "token": None,
    }


def test_what_was_granted_is_added_at_once(serving: Serving, issuer: LocalIssuer) -> None:
    admin, token = issuer.keys.token("1", groups=["admins"]), issuer.keys.token("8", groups=["churn"])
    assert _viewer(serving, token)["roles"] == ["ENGINEER"]
    actor = f'{{issuer: "{issuer.keys.issuer}", subject: "8"}}'
    grant = (
        f'mutation {{ setRole(input: {{actor: {actor}, roles: [AUDITOR], namespaces: ["risk"]}}) {{ __typename }} }}'
    )
    assert asked(serving, admin, {"query": grant}).json()["data"]["setRole"]["__typename"] == "SetRoleResult"
    viewer = _viewer(serving, token)
    assert (viewer["roles"], viewer["namespaces"]) == (["ENGINEER", "AUDITOR"], ["churn", "risk"])


def test_api_tokens_go_on(serving: Serving, home: Path) -> None:
    secret = made(home, "ci", "--actor", "services/ci", "--role", "SCANNER")
    assert _viewer(serving, secret)["roles"] == ["SCANNER"]


def test_a_wrong_token_is_refused_in_the_same_words(serving: Serving, issuer: LocalIssuer) -> None:
    wrong = [
        issuer.keys.token(aud="other"),
        issuer.keys.token(iss="https://evil.example"),
        issuer.keys.token(exp=int(time.time()) - 1_000),
        issuer.keys.token(iat=int(time.time()) + 1_000),
        issuer.keys.token(key_id="unknown"),
        issuer.keys.token().rpartition(".")[0] + ".",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.",
        "x",
    ]
    answers = [asked(serving, token) for token in (*wrong, None)]
    assert {(each.status_code, each.content) for each in answers} == {(401, answers[0].content)}
    assert issuer.answers.times <= 3


def test_keys_go_on_while_the_issuer_is_away(serving: Serving, issuer: LocalIssuer) -> None:
    token = issuer.keys.token("9", groups=["churn"])
    issuer.answers.instead |= dict.fromkeys(("/.well-known/openid-configuration", "/keys"), lambda: (500, b"?", {}))
    try:
        assert asked(serving, token).status_code == 200
        assert asked(serving, issuer.keys.token(key_id="unknown")).status_code == 401
    finally:
        issuer.answers.instead.clear()


def test_an_issuer_that_never_answered_is_no_refusal(tmp_path: Path, settings: dict[str, str]) -> None:
    with LocalIssuer() as gone:
        token, nowhere = gone.keys.token(), gone.keys.issuer
    with Serving(tmp_path / "home", **{**settings, "oidc_issuer": nowhere}) as serving:
        answer = asked(serving, token)
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"] == {"code": "ISSUER_UNREACHABLE"}
        assert nowhere not in answer.text
        assert asked(serving, None).status_code == 401


def test_rules_that_make_no_sense_are_refused_at_the_start(tmp_path: Path, settings: dict[str, str]) -> None:
    given = {**settings, "oidc_rules": '[{"roles": ["KING"], "namespaces": null}]', "home": str(tmp_path / "home")}
    ended = pedigree("serve", "--port", "0", folder=tmp_path, **given)
    assert ended.returncode == 2
    assert "Rule 0 of PEDIGREE_OIDC_RULES" in ended.stderr
    assert "KING" in ended.stderr
