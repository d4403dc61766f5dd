"""API tokens over HTTP, as a user runs the service: who is let in, who is not, and what is learnt from a refusal."""

import json
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access.tokens import new_token
from graph_schema.identity import uid
from tests.api.entering import ASKED, asked, command, made
from tests.serving import PATIENTLY, Serving, pedigree

ROLES = ("--actor", "people/admin", "--role", "ADMIN", "--role", "VIEWER")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tokens") / "home"


@pytest.fixture(scope="module")
def serving(home: Path) -> Generator[Serving]:
    with Serving(home, auth="tokens") as found:
        yield found


@pytest.fixture(scope="module")
def admin(serving: Serving, home: Path) -> str:
    return made(home, "admin", *ROLES)


def test_a_token_shows_who_asks(serving: Serving, admin: str) -> None:
    assert asked(serving, admin).json()["data"]["viewer"] == {
        "issuer": "people",
        "subject": "admin",
        "roles": ["VIEWER", "ADMIN"],
        "namespaces": None,
        "token": {"name": "admin"},
    }


def test_nothing_is_learnt_from_a_refusal(serving: Serving, admin: str) -> None:
    gone = _created(serving, admin)
    assert _changed(serving, admin, _revocation(gone["token"]["id"]))["__typename"] == "RevokeTokenResult"
    wrong = {
        "none": {},
        "another scheme": {"authorization": f"Basic {admin}"},
        "no scheme": {"authorization": admin},
        "nothing behind the scheme": {"authorization": "Bearer"},
        "malformed": {"authorization": f"Bearer {admin[:-1]}"},
        "mistyped": {"authorization": f"Bearer {admin[:20]}{'a' if admin[20] != 'a' else 'b'}{admin[21:]}"},
        "two": {"authorization": f"Bearer {admin}, Bearer {admin}"},
        "unknown": {"authorization": f"Bearer {new_token()}"},
        "revoked": {"authorization": f"Bearer {gone['secret']}"},
        "long": {"authorization": f"Bearer {'x' * 20_000}"},
        "an OIDC token": {"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."},
    }
    answers = [_post(serving, headers) for headers in wrong.values()]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert len({_headers(answer) for answer in answers}) == 1
    assert answers[0].headers["www-authenticate"] == 'Bearer realm="pedigree"'
    [error] = answers[0].json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in answers[0].json()


def test_a_token_that_was_revoked_on_the_graph_is_refused(serving: Serving, home: Path, admin: str) -> None:
    engineer = made(home, "engineer", "--actor", "people/engineer", "--role", "VIEWER")
    assert asked(serving, engineer).status_code == 200
    ended = pedigree("token", "revoke", "engineer", "--home", str(home), folder=home.parent)
    assert (ended.returncode, ended.stdout) == (0, "")
    while (answer := asked(serving, engineer)).status_code == 200:
        time.sleep(0.1)  # for as long as the service lets itself: tests/engines/test_access.py holds it to that
    assert answer.status_code == 401
    assert asked(serving, admin).status_code == 200


def test_a_role_that_was_taken_away_is_gone_at_the_next_request(serving: Serving, home: Path, admin: str) -> None:
    cleo = made(home, "cleo", "--actor", "people/cleo", "--role", "VIEWER", "--role", "ENGINEER")
    assert asked(serving, cleo).json()["data"]["viewer"]["roles"] == ["VIEWER", "ENGINEER"]
    grant = 'setRole(input: {actor: {issuer: "people", subject: "cleo"}, roles: [VIEWER], namespaces: ["a"]})'
    assert _changed(serving, admin, f"{grant} {{ __typename ... on SetRoleResult {{ changed }} }}")["changed"] is True
    viewer = asked(serving, cleo).json()["data"]["viewer"]
    assert (viewer["roles"], viewer["namespaces"]) == (["VIEWER"], ["a"])


def test_what_is_taken_away_in_the_middle_of_a_page_walk_is_gone_from_the_next_page(
    serving: Serving, home: Path, admin: str
) -> None:
    dana = made(home, "dana", "--actor", "people/dana", "--role", "VIEWER", "--role", "ENGINEER")
    nodes = ", ".join(f'{{dataset: {{namespace: "{each}", name: "d"}}}}' for each in ("walk-a", "walk-b", "walk-c"))
    given = f'registerLineage(input: {{source: "pages", nodes: [{nodes}]}}) {{ __typename }}'
    assert _changed(serving, dana, given) == {"__typename": "RegisterLineageResult"}

    def page(after: str | None) -> dict[str, Any]:
        walk = 'query ($after: String) { datasets(first: 1, after: $after, where: {namespace: {startsWith: "walk-"}})'
        body = {"query": f"{walk} {{ edges {{ cursor node {{ namespace }} }} }} }}", "variables": {"after": after}}
        return asked(serving, dana, body).json()

    [first] = page(None)["data"]["datasets"]["edges"]
    assert first["node"]["namespace"] == "walk-a"
    grant = 'setRole(input: {actor: {issuer: "people", subject: "dana"}, roles: [%s], namespaces: ["walk-c"]})'
    _changed(serving, admin, f"{grant % 'VIEWER'} {{ __typename }}")
    [second] = page(first["cursor"])["data"]["datasets"]["edges"]
    assert second["node"]["namespace"] == "walk-c", "walk-b may not be seen any more"
    _changed(serving, admin, f"{grant % ''} {{ __typename }}")
    refused = page(first["cursor"])
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]
    assert "datasets" not in (refused.get("data") or {})


def test_the_last_admin_does_not_leave(serving: Serving, admin: str) -> None:
    grant = 'setRole(input: {actor: {issuer: "people", subject: "admin"}, roles: [VIEWER]})'
    refused = _changed(serving, admin, f"{grant} {{ __typename ... on RequestError {{ code path }} }}")
    assert refused == {"__typename": "RequestError", "code": "LAST_ADMIN", "path": "input.roles"}


def test_a_get_and_a_batch_need_a_token_too(serving: Serving, admin: str) -> None:
    got = httpx.get(f"{serving.address}/graphql", params=ASKED, **PATIENTLY)
    assert got.status_code == 401
    known = {"authorization": f"bearer {admin}"}  # the scheme is no word to be spelt exactly (RFC 9110, section 11.1)
    assert httpx.get(f"{serving.address}/graphql", params=ASKED, headers=known, **PATIENTLY).status_code == 200


def test_what_needs_no_login(serving: Serving) -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200)):
        assert httpx.get(f"{serving.address}{path}", **PATIENTLY).status_code == status
    page = httpx.get(f"{serving.address}/graphql", headers={"accept": "text/html"}, **PATIENTLY)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_large_body_without_a_token_is_refused_whole(serving: Serving) -> None:
    answer = httpx.post(
        f"{serving.address}/graphql",
        content=b"x" * 8 * 1024 * 1024,
        headers={"content-type": "application/json"},
        **PATIENTLY,
    )
    assert answer.status_code == 401


def test_the_log_says_who_asked_and_never_with_what(serving: Serving, admin: str) -> None:
    named = {"query": "query Whoami { viewer { subject } }", "operationName": "Whoami"}
    correlation = asked(serving, admin, named).headers["x-correlation-id"]
    while not (lines := [line for line in serving.log.splitlines() if correlation in line]):
        time.sleep(0.05)
    line = json.loads(lines[0])
    assert line["caller"] == uid("Actor", ("people", "admin"))
    assert (line["operation"], line["status"], line["cost"]) == ("Whoami", 200, 1)
    assert line["document"]
    assert admin not in serving.log
    assert admin[len("pedigree_") :] not in serving.log


# ------------------------------------------------------------------------------------------------ commands


def test_commands_show_the_token_of_their_setting(serving: Serving, admin: str) -> None:
    listed = command(serving, admin, "token", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    assert "admin" in {each["name"] for each in json.loads(listed.stdout)["tokens"]}
    made_there = command(serving, admin, "token", "create", "mine", "--role", "VIEWER", "--days", "1", "--json")
    made_token = json.loads(made_there.stdout)
    assert asked(serving, made_token["secret"]).status_code == 200
    revoked = command(serving, admin, "token", "revoke", made_token["token"]["id"], "--json")
    assert json.loads(revoked.stdout)["token"]["revokedAt"]
    assert asked(serving, made_token["secret"]).status_code == 401
    assert command(serving, admin, "token", "revoke", "mine").returncode == 2
    for ended in (listed, made_there, revoked):
        assert admin not in ended.stderr + ended.stdout


@pytest.mark.parametrize("days", ("nan", "inf", "0", "-1", "5000000"))
def test_a_token_that_nobody_could_date_is_refused_before_its_actor_is_granted_anything(
    serving: Serving, admin: str, days: str
) -> None:
    words = ("token", "create", "odd", "--role", "VIEWER", "--actor", "people/nobody-yet", "--grant", f"--days={days}")
    ended = command(serving, admin, *words)
    assert ended.returncode == 2
    assert "is no time that a token could last" in " ".join(ended.stderr.split())
    granted = asked(serving, admin, {"query": "{ roleGrants(first: 100) { edges { node { subject } } } }"})
    assert "admin" in granted.text
    assert "nobody-yet" not in granted.text


def test_commands_say_what_is_missing(serving: Serving) -> None:
    ended = command(serving, "", "token", "list")
    assert ended.returncode == 3
    assert "PEDIGREE_TOKEN is not set" in ended.stderr
    wrong = new_token()
    ended = command(serving, wrong, "token", "list")
    assert ended.returncode == 3
    assert "does not know the token in PEDIGREE_TOKEN" in ended.stderr
    assert wrong not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_doctor_says_who_the_commands_are(serving: Serving, admin: str) -> None:
    ended = command(serving, admin, "doctor", "--json")
    findings = {each["check"]: each for each in json.loads(ended.stdout)["findings"]}
    assert ended.returncode == 0, ended.stdout
    assert findings["reachable"]["state"] == "ok"
    assert findings["login"]["says"].startswith("people/admin (VIEWER, ADMIN), until ")
    ended = command(serving, "", "doctor", "--json")
    findings = {each["check"]: each for each in json.loads(ended.stdout)["findings"]}
    assert (ended.returncode, findings["login"]["state"]) == (1, "fails")
    assert "PEDIGREE_TOKEN is not set" in findings["login"]["says"]


# ------------------------------------------------------------------------------------------------ what is shared


def _post(serving: Serving, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{serving.address}/graphql", json=ASKED, headers=headers, **PATIENTLY)


def _headers(answer: httpx.Response) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in answer.headers.items() if name != "x-correlation-id"))


def _changed(serving: Serving, token: str, field: str) -> dict[str, Any]:
    data: dict[str, Any] = asked(serving, token, {"query": f"mutation {{ change: {field} }}"}).json()["data"]
    return data["change"]


def _created(serving: Serving, token: str) -> dict[str, Any]:
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    given = f'name: "gone", roles: [VIEWER], expiresAt: "{ends}"'
    shown = "... on CreateTokenResult { secret token { id } } ... on RequestError { code message }"
    return _changed(serving, token, f"createToken(input: {{ {given} }}) {{ {shown} }}")


def _revocation(token_id: str) -> str:
    return f'revokeToken(input: {{id: "{token_id}"}}) {{ __typename }}'
