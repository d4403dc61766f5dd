"""The root field that registers, and the types of its answers."""

from enum import Enum
from typing import Annotated, Any, Self

import strawberry

from app.access.permissions import Permission, guarded
from app.errors import PedigreeError
from app.registry.types.assertions import RegisterLineageInput
from app.registry.types.things import Node


@strawberry.enum(
    name="ErrorCode", description="What is wrong with a request or an item of it; a code is never renamed."
)
class RequestErrorCode(Enum):
    """What is wrong with a request or an item of it; the names are those of `app.errors.ErrorCode`."""

    TOO_MANY_ITEMS = strawberry.enum_value("TOO_MANY_ITEMS", description="The batch has more than 500 items.")
    SOURCE_MISMATCH = strawberry.enum_value(
        "SOURCE_MISMATCH", description="Another store already speaks under the name of the source."
    )
    RETRACTION_TOO_LARGE = strawberry.enum_value(
        "RETRACTION_TOO_LARGE", description="The load would retract a larger share than it may; nothing was changed."
    )
    IDEMPOTENCY_CONFLICT = strawberry.enum_value(
        "IDEMPOTENCY_CONFLICT", description="The idempotency key was used for a request with another body."
    )
    BAD_KEY = strawberry.enum_value(
        "BAD_KEY", description="A part of a natural key is missing, too long, or of characters that cannot be stored."
    )
    BAD_VALUE = strawberry.enum_value("BAD_VALUE", description="A value is not what its field takes.")
    BAD_ENDS = strawberry.enum_value(
        "BAD_ENDS", description="A relationship has too few or too many ends, or one of a wrong kind."
    )
    SELF_REFERENCE = strawberry.enum_value("SELF_REFERENCE", description="A thing is said to come from itself.")
    CONTRADICTION = strawberry.enum_value(
        "CONTRADICTION", description="An earlier item of the batch says something else of the same thing."
    )
    FIXED_VALUE = strawberry.enum_value(
        "FIXED_VALUE", description="A digest, which stays for ever, was said differently before."
    )
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="Nothing has the id that is named.")
    OTHER_SOURCE = strawberry.enum_value(
        "OTHER_SOURCE", description="Another source said it, and only that one can take it back."
    )
    BATCH_ABORTED = strawberry.enum_value(
        "BATCH_ABORTED", description="Nothing is wrong with the item, but the batch is atomic and another was refused."
    )
    FORBIDDEN = strawberry.enum_value("FORBIDDEN", description="The caller may not do this.")
    SCOPE_TOO_WIDE = strawberry.enum_value(
        "SCOPE_TOO_WIDE", description="A token would let its holder do or see more than its actor, or its maker, may."
    )
    TOO_MANY_TOKENS = strawberry.enum_value(
        "TOO_MANY_TOKENS", description="As many live tokens act as the actor as may."
    )
    BAD_MANIFEST = strawberry.enum_value(
        "BAD_MANIFEST", description="The files of a version, or a path of one, are not what they may be."
    )
    MANIFEST_DIFFERS = strawberry.enum_value(
        "MANIFEST_DIFFERS", description="The version has other files already, which never change."
    )
    UPLOAD_INCOMPLETE = strawberry.enum_value(
        "UPLOAD_INCOMPLETE", description="Something of an upload has not arrived; what has is kept."
    )
    UPLOAD_MISMATCH = strawberry.enum_value(
        "UPLOAD_MISMATCH", description="What arrived is not what was announced; it was thrown away."
    )
    BAD_FILE = strawberry.enum_value(
        "BAD_FILE", description="A file is certainly broken, or made to do harm; it was thrown away."
    )
    ARTIFACT_MISSING = strawberry.enum_value(
        "ARTIFACT_MISSING", description="The store no longer holds the bytes that it should."
    )
    ARTIFACT_DAMAGED = strawberry.enum_value(
        "ARTIFACT_DAMAGED", description="The bytes that the store holds are no longer those of their digest."
    )
    BAD_PAGE = strawberry.enum_value("BAD_PAGE", description="A page that is too large, or asked for from both ends.")
    LAST_ADMIN = strawberry.enum_value(
        "LAST_ADMIN", description="Nobody could look after people and tokens after this; nothing was changed."
    )


@strawberry.enum(description="What became of an item.")
class ItemStatus(Enum):
    """What became of an item."""

    CREATED = strawberry.enum_value("CREATED", description="It is a new fact.")
    UPDATED = strawberry.enum_value("UPDATED", description="It says something new of a known thing.")
    UNCHANGED = strawberry.enum_value("UNCHANGED", description="It was known.")
    REJECTED = strawberry.enum_value("REJECTED", description="It was refused; the error says why.")


@strawberry.type(description="Why a request, or an item of it, was refused.")
class RequestError:
    """Why a request, or an item of it, was refused."""

    code: RequestErrorCode = strawberry.field(description="What clients decide by.")
    message: str = strawberry.field(description="What is wrong, and what to do.")
    path: str | None = strawberry.field(description="The offending place in the input, as `nodes[3].run.startedAt`.")

    @classmethod
    def of(cls, refused: PedigreeError) -> Self:
        """A refusal, as a result shows it."""
        return cls(code=RequestErrorCode[refused.code.name], message=refused.message, path=refused.path)


@strawberry.type(description="What became of an item of a batch.")
class ItemResult:
    """What became of an item of a batch."""

    path: str = strawberry.field(description="The item, as `nodes[3]`.")
    status: ItemStatus = strawberry.field(description="What became of it.")
    node: Node | None = strawberry.field(
        description="The thing that a node item describes; null where it was refused.",
        metadata=guarded(Permission.INVENTORY_READ),
    )
    error: RequestError | None = strawberry.field(description="Why it was refused; null where it was not.")


@strawberry.type(description="What became of a batch.")
class RegisterLineageResult:
    """What became of a batch."""

    items: list[ItemResult] = strawberry.field(description="A result for each item: nodes, then relationships.")
    created: int = strawberry.field(description="How many items are new facts.")
    updated: int = strawberry.field(description="How many items say something new of known things.")
    unchanged: int = strawberry.field(description="How many items were known.")
    rejected: int = strawberry.field(description="How many items were refused.")
    retracted: int = strawberry.field(
        description="How many facts a complete load retracted: things described and relationships stated."
    )


RegisterLineagePayload = Annotated[
    RegisterLineageResult | RequestError,
    strawberry.union("RegisterLineagePayload", description="What became of a batch, or why it was refused whole."),
]


def _register(
    input: Annotated[RegisterLineageInput, strawberry.argument(description="The batch.")],
) -> Any:
    raise NotImplementedError


@strawberry.type(description="What can be changed.")
class RegistryMutation:
    """What can be changed of the inventory."""

    register_lineage: RegisterLineagePayload = strawberry.field(
        resolver=_register,
        description="Registers what a source says of things and of how they are related, in one transaction, with a "
        "result for each item. Sent again it changes nothing.",
        metadata=guarded(Permission.LINEAGE_REGISTER),
    )
