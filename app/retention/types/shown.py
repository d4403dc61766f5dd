"""What the fields of this room have in common: pages, moments, actors, refusals."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry import UNSET

from app.compiler.paging import Page
from app.compiler.scalars import DateTime
from app.errors import PedigreeError
from app.registry.types.pages import PageInfo
from app.registry.types.registering import RequestError, RequestErrorCode
from graph_schema.identity import to_id


def given(first: int | None, after: str | None) -> dict[str, Any]:
    """The arguments of a page, as `page_of` takes them."""
    return {"first": None if first is UNSET else first, "after": None if after is UNSET else after}


def page_info(page: Page, cursors_of: Sequence[str], found: int) -> PageInfo:
    """Where a page lies, of which one more was looked for than it shows."""
    return PageInfo(
        has_next_page=found > page.size,
        has_previous_page=page.after is not None,
        start_cursor=cursors_of[0] if cursors_of else None,
        end_cursor=cursors_of[-1] if cursors_of else None,
    )


def moment(at: int | None) -> DateTime | None:
    """A time, or none."""
    return None if at is None else DateTime(at)


def actor_id(uid: str) -> strawberry.ID:
    """The id of an actor."""
    return strawberry.ID(to_id("Actor", uid))


def shown_error(refused: PedigreeError) -> RequestError:
    """A refusal, as a result shows it."""
    return RequestError(code=RequestErrorCode[refused.code.name], message=refused.message, path=refused.path)
