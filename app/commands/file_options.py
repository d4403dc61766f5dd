"""What pushes and pulls have in common on the command line."""

from typing import Annotated

from cyclopts import Group, Parameter
from rich.filesize import decimal

from app.commands.load_options import refuse

FILES = Group("The files", sort_key=3)

Parallel = Annotated[int, Parameter(group=FILES)]
"""How many are on their way at once."""

_MOST_PARALLEL = 16


def check_parallel(parallel: int) -> None:
    """Returns if so many at once may be.

    Raises:
        PedigreeError: they may not.
    """
    if not 1 <= parallel <= _MOST_PARALLEL:
        refuse(f"--parallel is {parallel}.", f"Give a number from 1 to {_MOST_PARALLEL}.")


def files_of(count: int, size: int) -> str:
    """So many files of so many bytes, in words."""
    return f"{count:,} {'file' if count == 1 else 'files'}, {decimal(size)}"
