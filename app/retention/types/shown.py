"""What the types of this room have in common: moments, actors."""

import strawberry

from app.compiler.scalars import DateTime
from graph_schema.identity import to_id


def moment(at: int | None) -> DateTime | None:
    """A time, or none."""
    return None if at is None else DateTime(at)


def actor_id(uid: str) -> strawberry.ID:
    """The id of an actor."""
    return strawberry.ID(to_id("Actor", uid))
