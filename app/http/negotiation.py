"""Which form of answer a caller takes."""

from enum import Enum, auto
from functools import lru_cache

from app.http.answers import GRAPHQL_RESPONSE, JSON


class Form(Enum):
    """The forms of an answer."""

    JSON = auto()
    GRAPHQL_RESPONSE = auto()
    PAGE = auto()

    @property
    def content_type(self) -> bytes:
        """The header's value, for the two that carry GraphQL."""
        return GRAPHQL_RESPONSE if self is Form.GRAPHQL_RESPONSE else JSON


_OFFERED = {
    "application/graphql-response+json": Form.GRAPHQL_RESPONSE,
    "application/json": Form.JSON,
    "text/html": Form.PAGE,
    "application/*": Form.JSON,
    "*/*": Form.JSON,
}
_PREFERENCE = {Form.GRAPHQL_RESPONSE: 2, Form.JSON: 1, Form.PAGE: 0}


@lru_cache(maxsize=200)
def negotiated(accept: str, *, page: bool) -> Form | None:
    """The form that the caller likes best, of those there are; None where there is none.

    Whoever says nothing gets `application/json`, as the specification of GraphQL over HTTP has it for older clients.

    Args:
        accept: the header `Accept` (RFC 9110, section 12.5.1).
        page: whether there is a page for people.
    """
    if not accept.strip():
        return Form.JSON
    best: tuple[float, int, int] = (0.0, 0, 0)
    found: Form | None = None
    for entry in accept.split(","):
        name, weight = _entry(entry)
        form = _OFFERED.get(name)
        if form is None or weight <= 0 or (form is Form.PAGE and not page):
            continue
        # Of equals the more exact wins (a browser sends text/html beside */*), then the newer form.
        rank = (weight, "*" not in name, _PREFERENCE[form])
        if rank > best:
            best, found = rank, form
    return found


def _entry(entry: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in entry.split(";"))
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                weight = 0.0
        elif key.strip() == "charset" and value.strip().strip('"') not in {"utf-8", "utf8"}:
            return "", 0.0
    return name, weight
