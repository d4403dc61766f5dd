"""What the commands that ask one question have in common."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Group, Parameter

from app.commands.api import data_of, open_api
from app.commands.options import Where
from app.errors import ErrorCode, PedigreeError

WALK = Group("The walk", sort_key=3)

ROLES = ("TRAINING", "VALIDATION", "TEST", "REFERENCE", "INPUT")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How a traversal goes.

    Attributes:
        role: In which roles data must have been used: TRAINING, VALIDATION, TEST, REFERENCE, INPUT; may be given again
            (TRAINING and INPUT).
        max_hops: How far to walk (100).
        as_of: Walk what held in the world at this time: 2026-11-21T12:00:00Z (now).
        known_at: Walk what had been recorded by this time, and not retracted (now).
        source: Only what this system says; may be given again (any).
        min_confidence: Only what is said with this confidence or more, from 0 to 1 (any).
    """

    role: Annotated[tuple[str, ...], Parameter(group=WALK, negative=())] = ()
    max_hops: Annotated[int | None, Parameter(group=WALK)] = None
    as_of: Annotated[str | None, Parameter(group=WALK)] = None
    known_at: Annotated[str | None, Parameter(group=WALK)] = None
    source: Annotated[tuple[str, ...], Parameter(group=WALK, negative=())] = ()
    min_confidence: Annotated[float | None, Parameter(group=WALK)] = None

    def variables(self) -> dict[str, Any]:
        """As the documents want them; null is the API's own default."""
        return {
            "roles": chosen("--role", self.role, ROLES) or None,
            "maxHops": self.max_hops,
            "asOf": self.as_of,
            "knownAt": self.known_at,
            "sources": list(self.source) or None,
            "minConfidence": self.min_confidence,
        }


def chosen(option: str, words: Sequence[str], choices: Sequence[str]) -> list[str]:
    """The words as the API writes them, however they are written on the command line.

    Raises:
        PedigreeError: one of them is none of the choices.
    """
    found = [word.upper() for word in words]
    for word in found:
        if word not in choices:
            raise PedigreeError(
                f"{option} {word} is not known.", code=ErrorCode.BAD_USAGE, remedy=f"Choose from {', '.join(choices)}."
            )
    return found


def ask(
    where: Where, document: str, variables: Mapping[str, Any], named: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The data of the answer to one document.

    Args:
        where: which Pedigree to ask.
        document: what to ask.
        variables: with which values.
        named: what the person wrote, by the place in the API at which it stands: errors then show that.

    Raises:
        PedigreeError: the answer is an error, or there is none.
    """

    async def asking() -> dict[str, Any]:
        async with open_api(where.settings()) as api:
            return data_of(await api.ask(document, variables))

    try:
        return asyncio.run(asking())
    except PedigreeError as error:
        message = error.message
        for place, words in (named or {}).items():
            message = message.replace(f"`{place}`", words)
        raise PedigreeError(message, code=error.code, path=error.path) from error
