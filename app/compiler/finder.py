"""What else may lead from a thing to a list of others than hops: a walk."""

from typing import Protocol

from app.compiler.compiling import Compiler
from app.compiler.meanings import Way
from app.compiler.selection import Field


class Finder(Protocol):
    """What leads from one thing to others in another manner than by some hops."""

    @property
    def target(self) -> str:
        """The label of the others, or several of them, joined by `|`."""
        ...

    def way(self, compiler: Compiler, field: Field, variable: str) -> Way:
        """How they are found, from a variable that is bound to a thing of the field's type."""
        ...
