"""A browser, a service with the sample inventory, and all that the one asks of anybody."""

import os
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.async_api import Browser, Page, async_playwright

from app.portal.pages import explorer
from samples.running import INVENTORY, PARTS
from tests.servers.browser import chromium
from tests.servers.java import Missing
from tests.serving import Serving, pedigree

PATIENT = 120_000
"""In milliseconds: how long is waited for what must come; no test asserts a time."""

NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""No name leads anywhere."""


class Watched:
    """A page, and what became of it.

    Attributes:
        page: the page.
        asked: the address of each request.
        complaints: what the browser says of errors, among them each breach of the page's policy.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture(scope="session")
def program() -> Path:
    """The browser, where the explorer is built to be looked at."""
    if explorer() is None:
        _without("the explorer is not built (make explorer, which needs Node)")
    try:
        return chromium()
    except Missing as reason:
        _without(str(reason))


def _without(reason: str) -> NoReturn:
    if os.environ.get("PEDIGREE_REQUIRE_SERVERS") == "1":
        pytest.fail(f"the explorer must be tried in a browser (PEDIGREE_REQUIRE_SERVERS=1): {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
async def browser(program: Path) -> AsyncGenerator[Browser]:
    """A browser that finds no other host."""
    async with async_playwright() as driver:
        started = await driver.chromium.launch(executable_path=program, args=[NOWHERE], timeout=PATIENT)
        yield started
        await started.close()


@pytest.fixture(scope="session")
def address(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where Pedigree answers, on the embedded engine, with the sample inventory."""
    folder = tmp_path_factory.mktemp("explored")
    with Serving(folder / "home") as serving:
        for part in PARTS:
            loaded = pedigree("load", "items", str(INVENTORY / part), "--server", serving.address, folder=folder)
            assert loaded.returncode == 0, loaded.stderr
        yield serving.address


@pytest.fixture
async def watched(browser: Browser) -> AsyncGenerator[Watched]:
    """A new page in a window of its own, that remembers nothing."""
    context = await browser.new_context()
    context.set_default_timeout(PATIENT)
    yield Watched(await context.new_page())
    await context.close()
