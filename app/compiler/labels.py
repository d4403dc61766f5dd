"""What is read of a thing that may be of several labels, or hidden from who asks."""

from collections.abc import Callable, Mapping, Sequence

from app.compiler.selection import Field
from app.compiler.shaping import Shape
from app.compiler.sight import hidden_id

VEILED: Mapping[str, Callable[[Field], Shape]] = {"id": lambda _: lambda row, answer: hidden_id(row[0], answer)}
"""What is shown of a hidden thing."""


def case_of(branches: Mapping[str, Sequence[str]], variable: str) -> str:
    """The largest group of labels is the `ELSE`, so that the text is short where they do not differ."""
    ordered = sorted(branches.items(), key=lambda branch: len(branch[1]))
    *others, (rest, _) = ordered
    if not others:
        return rest
    whens = " ".join(
        f"WHEN {' OR '.join(f'{variable}:{label}' for label in labels)} THEN {row}" for row, labels in others
    )
    return f"CASE {whens} ELSE {rest} END"
