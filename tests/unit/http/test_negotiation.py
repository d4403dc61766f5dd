"""The form of an answer is what its caller likes best."""

import httpx
import pytest

ADDRESS = "/graphql"
NEWER = "application/graphql-response+json"


@pytest.mark.parametrize(
    ("accept", "expected"),
    (
        (None, NEWER),
        ("", NEWER),
        ("*/*", "application/json"),
        ("*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        (NEWER, NEWER),
        (f"{NEWER}, application/json;q=0.9", NEWER),
        (f"{NEWER};q=0.5, application/json", "application/json"),
        (f"application/json, {NEWER}", NEWER),
        ("text/plain, */*;q=0.1", "application/json"),
        ("application/json;q=0, */*", NEWER),
        ("*/*, application/json;q=0.5", NEWER),
        (f"application/*;q=0.2, {NEWER};q=0.1", "application/json"),
        (f"{NEWER};q=0, application/*", "application/json"),
        (f'{NEWER}; charset=utf-16, application/json; charset="UTF-8"', "application/json"),
        (f"{NEWER};q=1.5, application/json;q=0.1", "application/json"),
        (f"{NEWER};q=nan, application/json;q=0.1", "application/json"),
        ("APPLICATION/JSON ; Q=0.5", "application/json"),
        (",, application/json", "application/json"),
    ),
)
async def test_the_answer_has_the_form_that_is_liked_best(
    client: httpx.AsyncClient, accept: str | None, expected: str
) -> None:
    client.headers.pop("accept")
    headers = {"accept": accept} if accept else {}
    response = await client.post(ADDRESS, json={"query": "{ maybe }"}, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"


@pytest.mark.parametrize(
    "accept",
    (
        "text/plain",
        "application/json;q=0",
        "application/json; charset=latin-1",
        "text/html",
        "text/*",
        f"*/*;q=0, {NEWER};q=0",
        f"*/*, application/json;q=0, {NEWER};q=0",
        ";q=1",
    ),
)
async def test_a_form_that_there_is_not_is_refused(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.post(ADDRESS, json={"query": "{ maybe }"}, headers={"accept": accept})
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_ACCEPT"


@pytest.mark.parametrize(
    ("accept", "page"),
    (
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("text/*", True),
        ("application/json, text/html;q=0.5", False),
        ("*/*", False),
    ),
)
async def test_a_browser_gets_the_explorer(client: httpx.AsyncClient, accept: str, page: bool) -> None:
    response = await client.get(ADDRESS, headers={"accept": accept}, params={"query": "{ maybe }"})
    assert response.status_code == 200
    assert ("explorer" in response.text) == page
