"""`pedigree schema`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from app.commands.exits import Exit
from app.operations.access_reference import page
from app.schema import make_schema, sdl


def schema(
    *, access: Annotated[bool, Parameter(negative="", help="Print instead who may ask for what, as Markdown.")] = False
) -> int:
    """Print the published schema of the API, in GraphQL's schema language."""
    sys.stdout.write(page(make_schema()) if access else sdl())
    return Exit.DONE
