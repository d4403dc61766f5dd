"""The row of one thing: what a statement brings of it, by place instead of by name."""


class Columns:
    """The values of one row, in order; what is asked for twice stands once."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._bound: list[str] = []

    def add(self, expression: str) -> int:
        """The place of the value in the row."""
        return self._places.setdefault(expression, len(self._places))

    def bind(self, expression: str, variable: str) -> int:
        """The place of a value that is bound to a variable first, for it may not stand within another expression."""
        self._bound.append(f"{expression} AS {variable}")
        return self.add(variable)

    def __len__(self) -> int:
        return len(self._places)

    def text(self) -> str:
        """The row as a list expression."""
        return f"[{', '.join(self._places)}]"

    def bound(self) -> str:
        """What must stand before the row: the clause that binds what is bound, or nothing."""
        return f"WITH {', '.join(self._bound)} " if self._bound else ""
