"""What the commands that ask one question have in common."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from app.commands.api import data_of, open_api
from app.commands.options import Where

WALK = Group("The walk", sort_key=3)

Role = Literal["TRAINING", "VALIDATION", "TEST", "REFERENCE", "INPUT"]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How a traversal goes.

    Attributes:
        role: In which roles data must have been used: TRAINING, VALIDATION, TEST, REFERENCE, INPUT; may be given again
            (TRAINING and INPUT).
        max_hops: How far to walk (100).
    """

    role: Annotated[tuple[Role, ...], Parameter(group=WALK, negative=(), show_choices=False)] = ()
    max_hops: Annotated[int | None, Parameter(group=WALK)] = None

    def variables(self) -> dict[str, Any]:
        """As the documents want them; null is the API's own default."""
        return {"roles": list(self.role) or None, "maxHops": self.max_hops}


def ask(where: Where, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The data of the answer to one document.

    Raises:
        PedigreeError: the answer is an error, or there is none.
    """

    async def asking() -> dict[str, Any]:
        async with open_api(where.settings()) as api:
            return data_of(await api.ask(document, variables))

    return asyncio.run(asking())
