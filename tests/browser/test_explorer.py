"""The explorer as a person uses it: type, complete, ask, read the answer and what it cost."""

from typing import Any

import httpx
from playwright.async_api import Locator, expect

from app.portal.pages import EXAMPLE
from tests.browser.conftest import PATIENT, Watched

expect.set_options(timeout=PATIENT)


async def _open(watched: Watched, address: str, query: str = "") -> Locator:
    """Opens the explorer; returns the lines of its editor, once it knows the schema."""
    await watched.page.goto(f"{address}/graphql{query}")
    lines = watched.page.locator(".graphiql-query-editor .view-lines")
    await expect(lines).to_contain_text("{", timeout=PATIENT)
    await expect(watched.page.locator(".graphiql-spinner")).to_have_count(0)
    return lines


def _answer(address: str, document: str) -> dict[str, Any]:
    """What another client gets for the same."""
    return httpx.post(f"{address}/graphql", json={"query": document}, trust_env=False, timeout=60).json()


def _cost_line(answer: dict[str, Any]) -> str:
    return f"Cost {answer['extensions']['cost']['requested']} of 100,000"


def _hosts(watched: Watched) -> set[str]:
    return {httpx.URL(each).host for each in watched.asked if not each.startswith(("data:", "blob:"))}


async def test_the_first_question_is_answered_and_nobody_else_is_asked(watched: Watched, address: str) -> None:
    await _open(watched, address)
    await watched.page.get_by_role("button", name="Execute query").click()
    answer = watched.page.locator(".graphiql-response .view-lines")
    await expect(answer).to_contain_text('"tumour-screening"')
    await expect(answer).to_contain_text('"tumour-triage"')
    await expect(watched.page.locator(".cost")).to_have_text(_cost_line(_answer(address, EXAMPLE)))
    assert any("/explorer/graphql-" in each for each in watched.asked), "the workers are files of ours"
    assert _hosts(watched) == {"127.0.0.1"}
    assert watched.complaints == []


async def test_a_question_is_typed_with_completion_asked_and_answered(watched: Watched, address: str) -> None:
    lines = await _open(watched, address)
    keyboard = watched.page.keyboard
    await lines.click()
    await keyboard.press("ControlOrMeta+A")
    await keyboard.press("Delete")
    await keyboard.type("{ mode")
    suggestions = watched.page.locator(".suggest-widget .monaco-list-row")
    await expect(suggestions.filter(has_text="modelVersions")).to_be_visible()
    await expect(suggestions.filter(has_text="datasets")).to_have_count(0)
    await keyboard.type("lVersions")
    await expect(suggestions).to_have_count(1)
    await keyboard.press("Enter")
    await keyboard.type(" { totalC")
    await expect(suggestions.filter(has_text="totalCount")).to_be_visible()
    await keyboard.press("Enter")
    await expect(lines).to_contain_text("modelVersions { totalCount")
    await keyboard.press("ControlOrMeta+Enter")
    expected = _answer(address, "{ modelVersions { totalCount } }")
    count = expected["data"]["modelVersions"]["totalCount"]
    answer = watched.page.locator(".graphiql-response .view-lines")
    await expect(answer).to_contain_text(f'"modelVersions": {{ "totalCount": {count} }}')
    await expect(watched.page.locator(".cost")).to_have_text(_cost_line(expected))
    assert _hosts(watched) == {"127.0.0.1"}
    assert watched.complaints == []


async def test_a_question_comes_with_the_address_and_is_not_asked_by_itself(watched: Watched, address: str) -> None:
    lines = await _open(watched, address, "?query={datasets{totalCount}}")
    await expect(lines).to_contain_text("{datasets{totalCount}}")
    await expect(watched.page.locator(".cost")).not_to_contain_text("Cost")


async def test_a_question_and_its_variables_are_set_in_form(watched: Watched, address: str) -> None:
    lines = await _open(watched, address, '?query=query($n:Int){datasets(first:$n){totalCount}}&variables={"n":1}')
    await watched.page.get_by_role("button", name="Prettify query").click()
    await expect(lines.locator(".view-line")).to_have_count(6)
    await expect(lines).to_contain_text("query ($n: Int) { datasets(first: $n) { totalCount")
    await expect(watched.page.locator(".graphiql-editor-tool .view-lines").first).to_contain_text('"n": 1')
    assert watched.complaints == []


async def test_a_mistake_is_shown_where_it_stands_and_in_the_answer(watched: Watched, address: str) -> None:
    await _open(watched, address, "?query={modles{totalCount}}")
    await expect(watched.page.locator(".graphiql-query-editor .squiggly-error")).to_be_visible()
    await watched.page.get_by_role("button", name="Execute query").click()
    answer = watched.page.locator(".graphiql-response .view-lines")
    await expect(answer).to_contain_text("GRAPHQL_VALIDATION_FAILED")
