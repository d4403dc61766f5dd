"""`pedigree schema`."""

import sys

from app.commands.exits import Exit
from app.schema import sdl


def schema() -> int:
    """Print the published schema of the API, in GraphQL's schema language."""
    sys.stdout.write(sdl())
    return Exit.DONE
