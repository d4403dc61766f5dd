"""Which form of answer a caller takes."""

from enum import Enum, auto
from functools import lru_cache

from app.http.answers import GRAPHQL_RESPONSE, HTML, JSON


class Form(Enum):
    """The forms of an answer."""

    JSON = auto()
    GRAPHQL_RESPONSE = auto()
    PAGE = auto()

    @property
    def content_type(self) -> bytes:
        """The header's value."""
        return _CONTENT_TYPES[self]


_CONTENT_TYPES = {Form.GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, Form.JSON: JSON, Form.PAGE: HTML}
_NAMES = {
    Form.GRAPHQL_RESPONSE: ("application/graphql-response+json", "application/*", "*/*"),
    Form.JSON: ("application/json", "application/*", "*/*"),
    Form.PAGE: ("text/html", "text/*", "*/*"),
}
"""By which names a caller may ask for a form: the most exact one that is there decides."""

_NAMED = (Form.GRAPHQL_RESPONSE, Form.JSON, Form.PAGE)
_UNNAMED = (Form.JSON, Form.GRAPHQL_RESPONSE, Form.PAGE)
"""What is preferred among equals: the newer form by those who know it, the older by those who take anything."""


@lru_cache(maxsize=200)
def negotiated(accept: str, *, page: bool) -> Form | None:
    """The form that the caller likes best, of those there are; None where there is none.

    Whoever says nothing gets `application/graphql-response+json`, as the specification of GraphQL over HTTP has it
    since 2025.

    Args:
        accept: the header `Accept` (RFC 9110, section 12.5.1).
        page: whether there is a page for people.
    """
    if not accept.strip():
        return Form.GRAPHQL_RESPONSE
    weights = _weights(accept)
    best: tuple[float, bool, int] = (0.0, False, 0)
    found: Form | None = None
    for form in _NAMED if page else _NAMED[:-1]:
        name = next((each for each in _NAMES[form] if each in weights), None)
        if name is None or weights[name] <= 0:
            continue
        exact = not name.endswith("*")  # a browser names text/html beside */*
        rank = (weights[name], exact, -(_NAMED if exact else _UNNAMED).index(form))
        if found is None or rank > best:
            best, found = rank, form
    return found


def _weights(accept: str) -> dict[str, float]:
    """The weight of each name that is asked for; what names another charset than UTF-8 is not counted."""
    weights: dict[str, float] = {}
    for entry in accept.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        values = dict(_parameter(each) for each in parameters)
        if values.get("charset", "utf-8") in {"utf-8", "utf8"}:
            name = "*/*" if name == "*" else name  # as Java's own client writes it
            weights[name] = max(weights.get(name, 0.0), _weight(values.get("q", "1")))
    return weights


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip().strip('"')


def _weight(text: str) -> float:
    """The number from 0 to 1; what is no such number counts as nothing."""
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return found if 0 <= found <= 1 else 0.0
