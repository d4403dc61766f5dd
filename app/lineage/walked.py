"""What a root field that walks is in the graph."""

from dataclasses import dataclass

from app.compiler.compiling import Compiler, Draft
from app.compiler.selection import Field


@dataclass(frozen=True, slots=True)
class Walked:
    """A root field that room `lineage` answers."""

    room: str = "lineage"

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """Never asked for: what such a field is depends on its arguments, which its room reads first."""
        raise NotImplementedError
