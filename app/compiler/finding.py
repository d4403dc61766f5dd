"""What the things of a connection are found by, where that is not some hops."""

from typing import Protocol

from app.compiler.ahead import Walker
from app.compiler.compiling import Compiler
from app.compiler.meanings import Way
from app.compiler.selection import Field


class Finder(Protocol):
    """What leads from one thing to others in another manner than by some hops.

    Where an engine cannot find them in the one statement, `walker` tells what finds them before it.
    """

    @property
    def target(self) -> str:
        """The label of the others, or several of them, joined by `|`."""
        ...

    def walker(self, compiler: Compiler, field: Field) -> Walker | None:
        """What goes to them first, at the times at which the compiler is; None where the statement itself does."""
        ...

    def way(self, compiler: Compiler, field: Field, variable: str) -> Way:
        """How they are found, from a variable that is bound to a thing of the field's type."""
        ...
