"""What a browser gets where the explorer was not built."""

import base64
import re
from hashlib import sha256

from app.main import _from_afar, page_from_afar
from app.portal.pages import EXAMPLE


def test_the_page_that_needs_the_internet_says_so_and_what_does_not() -> None:
    page = page_from_afar()
    assert "It needs the internet" in page
    assert "make explorer" in page
    assert "Loading..." not in page
    assert "<title>Pedigree</title>" in page


def test_a_token_that_is_typed_there_is_not_kept() -> None:
    page = page_from_afar()
    assert "shouldPersistHeaders: false" in page
    assert "shouldPersistHeaders: true" not in page


def test_a_browser_lets_it_ask_this_service_alone() -> None:
    headers = dict(_from_afar().headers)
    policy = dict(part.split(" ", 1) for part in headers[b"content-security-policy"].decode().split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert re.fullmatch(r"https://unpkg.com 'sha256-[A-Za-z0-9+/]{43}='", policy["script-src"])
    [own] = re.findall(r"<script>(.*?)</script>", page_from_afar(), re.DOTALL)
    assert base64.b64encode(sha256(own.encode()).digest()).decode() in policy["script-src"]
    assert headers[b"referrer-policy"] == b"no-referrer"


def test_it_begins_with_the_same_question() -> None:
    assert f"const EXAMPLE_QUERY = `{EXAMPLE}`;" in page_from_afar()
    assert not set(EXAMPLE) & {"`", "$", "\\"}
