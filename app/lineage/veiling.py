"""What of a walk is shown where its caller may not see all that it meets.

A walk passes through what is hidden. There a `HiddenNode` stands, and of what was said of it only what tells nothing:
the type, how it came to be held and how surely, and when.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Takes
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Shape
from app.compiler.sight import hidden_id
from app.compiler.times import RETRACTED
from app.lineage.conditions import MET

_TOLD = ("method", "confidence", "recordedAt", "validFrom", "validTo")
"""What is shown of an assertion about something hidden."""

_UNTOLD = ("source", "assertedBy", "evidence", "how", "path")
"""What may name it."""


def count_hidden(compiler: Compiler, met: str, *, asked: bool) -> tuple[str, str]:
    """What binds `hidden`, how many of the things that a walk met are hidden, and the expression of that.

    Args:
        compiler: the statement's.
        met: the clauses that bind each of them to `found`.
        asked: whether anything asks for it.
    """
    if not asked or not compiler.sight.limited:
        return "", "0"
    hides = compiler.sight.hides("found", MET)
    return (
        f"CALL () {{ CALL () {{ {met} }} WITH DISTINCT found WHERE {hides} RETURN count(found) AS hidden }}",
        "hidden",
    )


def veiled_uid(secret: bytes, uid: str) -> str:
    """What stands for the uid of something hidden where things are ordered: behind every uid, and new in each request.

    Args:
        secret: of the request.
        uid: the thing's, or the assertion's.
    """
    return f"~{hmac.new(secret, uid.encode(), hashlib.sha256).hexdigest()}"


def order_shown(compiler: Compiler, variable: str) -> str:
    """By what things are ordered: those that are seen in their natural order, and hidden ones behind them."""
    key = f"{variable}.sortKey"
    seen = compiler.sight.seen(variable, MET)
    return f"CASE WHEN {' AND '.join(seen)} THEN {key} END" if seen else key


def assertion(compiler: Compiler, of: Field, columns: Columns) -> Shape:
    """The shaper of an assertion `said` from `below` to `above`, one of which may be hidden.

    Its columns, as `told` makes them, are a pair: the assertion's own row, or that of what may be shown of it.
    """
    full = compiler.row(of.selection, "said", columns)
    if not compiler.sight.limited:
        return full
    takes: Takes = {
        "id": lambda _: lambda row, answer: hidden_id(row[0], answer),
        "type": lambda _: lambda row, _answer: row[1].removesuffix(RETRACTED),
        **{name: _nth(2 + place) for place, name in enumerate(_TOLD)},
        **dict.fromkeys(_UNTOLD, lambda _: lambda _row, _answer: None),
    }
    less = compiler.by_hand(of.selection, takes)

    def shape(pair: Any, answer: Answer) -> Any:
        whole, part = pair
        return full(whole, answer) if part is None else less(part, answer)

    return shape


def told(compiler: Compiler, columns: Columns) -> str:
    """The expression of the columns of an assertion `said` from `below` to `above`."""
    if not compiler.sight.limited:
        return columns.text()
    hides = " OR ".join(compiler.sight.hides(end, MET) for end in ("below", "above"))
    part = ", ".join(("said.uid", "type(said)", *(f"said.{name}" for name in _TOLD)))
    return f"CASE WHEN {hides} THEN [null, [{part}]] ELSE [{columns.text()}, null] END"


def _nth(place: int) -> Callable[[Field], Shape]:
    return lambda _: lambda row, _answer: row[place]
