"""What free-text search compares: texts without case and accents, when stored and when asked."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from graph_schema.declare import Node

LONGEST = 16_384
"""How much of a node's text search looks into, in characters."""


def fold(text: str) -> str:
    """The text without case, accents and compatibility forms: `Ärger` and `ARGER` are one."""
    if text.isascii():
        return text.lower()
    # A compatibility form may hide a letter with a case, and a case may be written with an accent: both ways in turn.
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def search_text(node: Node, stored: Mapping[str, Any]) -> str:
    """What search looks into, from the stored values of a node: its searchable properties, folded."""
    parts: list[str] = []
    for name in node.searchable:
        value = stored.get(name)
        if value:
            parts.append(value if isinstance(value, str) else " ".join(value))
    return fold(" ".join(parts)[:LONGEST])
