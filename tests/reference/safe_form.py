"""Holds the text of a statement to the one form of a walk that every engine prunes and answers rightly.

What the other forms do was seen on running engines: Neo4j drops the `DISTINCT` of a walk that begins at a look-up by
`IN` or `OR`, and answers wrongly; ArcadeDB enumerates every path where `DISTINCT` is not the walk's last word, without
end; both search for a shortest path from both ends, hubs included. What a walk asks of each relationship and thing on
its way stands in its `WHERE`: Neo4j asks while it walks, and ArcadeDB is never sent such a walk.
"""

import re
from collections.abc import Iterator

from graph_schema.nodes import STAGES
from graph_schema.relationships import SCHEMA

LONGEST = 102
"""A hop more than the most, to see whether there is more, and one more to a dataset or a model."""

_WALK = re.compile(r"\*(\d+)\.\.(\d+)")
_FORM = re.compile(
    r"MATCH (way = )?\((?P<start>\w+)\)<?-\[(path)?:[A-Z_|]+\*\d+\.\.\d+\]->?\((?P<end>\w+)(:\w+)?\)"
    r"( WHERE (?P<where>[^{}]+))? RETURN DISTINCT (?P=end)"
)
_ANY_WALK = re.compile(r"\[[^\]\[]*\*[^\]\[]*\]\s*-|->\+|->\*|\){\d*,\d*}")
_START = re.compile(r"MATCH \(start:\w+\b(?! \{uid: wanted\d*\})")
MANY = re.compile(r"UNWIND \S+ AS (\w+) MATCH \(\w+:\w+\|[\w|]+ \{uid: \1\}")
"""A look-up of uids of a list that may be of several labels: ArcadeDB reads all that there is of them, for each."""

_LOOSE_ORDER = re.compile(r"RETURN (?:(?!RETURN|WITH |CALL |MATCH ).)*ORDER BY")
_IN_ORDER = " AS answer, null AS top ORDER BY "
"""How ArcadeDB is asked for a root list in the order of an index: what is returned has names that no variable has."""
_TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_TYPES = frozenset(each.type for each in SCHEMA.relationships)
_WORDS = frozenset({"VERIFIED", "HiddenNode", *STAGES, ""})
_CONSTANTS = _WORDS | _TYPES | {f"{each}_RETRACTED" for each in _TYPES}
_GONE = re.compile(r"CALL \(\w+\) \{ RETURN COLLECT \{ CALL \(\w+\) \{.*RETURN met\.uid \} AS gone \} ")
"""What finds the things that a walk must go around, before it."""


def flaws(text: str) -> list[str]:
    """What is wrong with a statement; empty where nothing is."""
    return [*_walks(text), *_starts(text), *_rest(text)]


def _walks(text: str) -> Iterator[str]:
    if len(_ANY_WALK.findall(text)) != len(_WALK.findall(text)):
        yield "a walk of another form"
    for found in _WALK.finditer(text):
        low, high = map(int, found.groups())
        if low > 1 or high > LONGEST:
            yield f"a walk of {low} to {high} hops"
        opened, inside = _around(text, found.start())
        form = _FORM.fullmatch(_GONE.sub("", inside.strip()))
        call = re.search(r"CALL \(([\w, ]+)\) $", text[:opened])
        if form is None or call is None:
            yield f"a walk that is not all of a subquery: {inside.strip()}"
        elif form["start"] not in call[1].split(", "):
            yield f"a walk whose start is not given to its subquery: {inside.strip()}"


def _starts(text: str) -> Iterator[str]:
    for found in _START.finditer(text):
        yield f"a start that is not looked up by its uid: {found[0]}"
    for found in re.finditer(r"(.{60})MATCH \(start:", text):
        if not re.search(r"UNWIND \S+ AS wanted\d* $", found[1]):
            yield "a start that does not come one by one"
    if re.search(
        r"MATCH \((\w+):\w+\) WHERE [^{}]*\b\1\.(uid|stage|sortKey|searchText) (IN|=|>|<)[^{}]*CALL \(\1\)", text
    ):
        yield "a walk that begins at a look-up by IN, or by a range"


def _rest(text: str) -> Iterator[str]:
    if MANY.search(text):
        yield "a look-up of many things that may be of several labels"
    if "shortestPath" in text or "SHORTEST" in text:
        yield "a search for a shortest path"
    if _LOOSE_ORDER.search(text.replace(_IN_ORDER, "")):
        yield "an order behind a RETURN"
    for one, other in _TEXT.findall(text):
        if (one or other) not in _CONSTANTS:
            yield f"a value: {one or other}"


def _around(text: str, place: int) -> tuple[int, str]:
    """Where the innermost braces around a place open, and what they hold."""
    depth, start = 0, place
    while depth >= 0:
        start -= 1
        if start < 0:
            return 0, text
        depth += {"}": 1, "{": -1}.get(text[start], 0)
    depth, end = 0, place
    while depth >= 0 and end < len(text):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return start, text[start + 1 : end - 1]
