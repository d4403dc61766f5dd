"""What a registration asks for apart from its items: each flaw with its place and its remedy."""

from typing import Any

import pytest

from app.errors import ErrorCode
from app.registry.request import Registration, RegistrationRefused


@pytest.mark.parametrize(
    ("body", "path", "message"),
    (
        (
            {"source": ""},
            "input.source",
            "source is empty: expected a text of 1 to 512 characters. Name the system that speaks.",
        ),
        (
            {},
            "input.source",
            "source is missing: expected a text of 1 to 512 characters. Name the system that speaks.",
        ),
        (
            {"source": "s", "namespace": ""},
            "input.namespace",
            "namespace is empty: expected a text of 1 to 512 characters. Name it, or leave it out.",
        ),
        (
            {"source": "s" * 600},
            "input.source",
            "source: expected at most 512 characters, got 600: shorten it.",
        ),
    ),
)
def test_what_is_empty_missing_or_too_long_is_told(body: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        Registration.of(body)
    assert (refused.value.code, refused.value.path, refused.value.message) == (ErrorCode.BAD_KEY, path, message)


def test_a_scope_may_be_empty() -> None:
    assert Registration.of({"source": "s", "scope": ""}).scope == ""
