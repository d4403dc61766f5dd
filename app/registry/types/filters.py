"""Filters and orders of the lists. An operator means the same everywhere; a missing value fulfils only `isNull`."""

from enum import Enum
from typing import Any

import strawberry

from app.compiler.paging import Order
from app.compiler.scalars import BigInt, DateTime, Digest
from app.registry.types.enums import Stage
from graph_schema.declare import Kind

EQ, NE, IN = "Is the same.", "Is another.", "Is one of these."
LT, LTE, GT, GTE = "Is less.", "Is less or the same.", "Is greater.", "Is greater or the same."
EARLIER, UNTIL, LATER, FROM = "Is earlier.", "Is earlier or the same.", "Is later.", "Is later or the same."
NULL = "Is missing; false: is there."
AND, OR, NOT = "All of these hold.", "At least one of these holds.", "This does not hold."
UNDESCRIBED = "Whether nobody has described it yet."


def _operator(description: str, name: str | None = None) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description, name=name)


@strawberry.input(description="Conditions on a text; upper and lower case differ.")
class TextFilter:
    """Conditions on a text."""

    eq: str | None = _operator(EQ)
    ne: str | None = _operator(NE)
    in_: list[str] | None = _operator(IN, "in")
    contains: str | None = _operator("Holds this text.")
    starts_with: str | None = _operator("Begins with this text.")
    is_null: bool | None = _operator(NULL)


@strawberry.input(description="Conditions on a number.")
class IntFilter:
    """Conditions on a number."""

    eq: int | None = _operator(EQ)
    ne: int | None = _operator(NE)
    in_: list[int] | None = _operator(IN, "in")
    lt: int | None = _operator(LT)
    lte: int | None = _operator(LTE)
    gt: int | None = _operator(GT)
    gte: int | None = _operator(GTE)
    is_null: bool | None = _operator(NULL)


@strawberry.input(description="Conditions on a large number.")
class BigIntFilter:
    """Conditions on a large number."""

    eq: BigInt | None = _operator(EQ)
    ne: BigInt | None = _operator(NE)
    in_: list[BigInt] | None = _operator(IN, "in")
    lt: BigInt | None = _operator(LT)
    lte: BigInt | None = _operator(LTE)
    gt: BigInt | None = _operator(GT)
    gte: BigInt | None = _operator(GTE)
    is_null: bool | None = _operator(NULL)


@strawberry.input(description="Conditions on a time.")
class TimeFilter:
    """Conditions on a time."""

    eq: DateTime | None = _operator(EQ)
    ne: DateTime | None = _operator(NE)
    in_: list[DateTime] | None = _operator(IN, "in")
    lt: DateTime | None = _operator(EARLIER)
    lte: DateTime | None = _operator(UNTIL)
    gt: DateTime | None = _operator(LATER)
    gte: DateTime | None = _operator(FROM)
    is_null: bool | None = _operator(NULL)


@strawberry.input(description="Conditions on a truth.")
class BooleanFilter:
    """Conditions on a truth."""

    eq: bool | None = _operator(EQ)
    is_null: bool | None = _operator(NULL)


@strawberry.input(description="Conditions on a digest.")
class DigestFilter:
    """Conditions on a digest."""

    eq: Digest | None = _operator(EQ)
    ne: Digest | None = _operator(NE)
    in_: list[Digest] | None = _operator(IN, "in")
    is_null: bool | None = _operator(NULL)


@strawberry.input(description="Conditions on a stage.")
class StageFilter:
    """Conditions on a stage."""

    eq: Stage | None = _operator(EQ)
    ne: Stage | None = _operator(NE)
    in_: list[Stage] | None = _operator(IN, "in")
    is_null: bool | None = _operator(NULL)


@strawberry.input(description="Conditions on a list of texts.")
class TextsFilter:
    """Conditions on a list of texts."""

    has: str | None = _operator("Holds this text.")
    is_null: bool | None = _operator(NULL)


@strawberry.input(description="Conditions on a dataset; all of those that are named hold.")
class DatasetFilter:
    """Conditions on a dataset."""

    namespace: TextFilter | None = _operator("Where the name is known: a store, a catalogue, a team.")
    name: TextFilter | None = _operator("Its name in the namespace.")
    description: TextFilter | None = _operator("What it holds, for people.")
    owner: TextFilter | None = _operator("Who answers for it.")
    classification: TextFilter | None = _operator("How sensitive it is, in the owner's words.")
    contains_personal_data: BooleanFilter | None = _operator("Whether it holds data about identifiable people.")
    undescribed: BooleanFilter | None = _operator(UNDESCRIBED)
    source: TextFilter | None = _operator("The system that speaks of it.")
    recorded_at: TimeFilter | None = _operator("When it was recorded here.")
    and_: "list[DatasetFilter] | None" = _operator(AND, "and")
    or_: "list[DatasetFilter] | None" = _operator(OR, "or")
    not_: "DatasetFilter | None" = _operator(NOT, "not")


@strawberry.input(description="Conditions on a version of a dataset; all of those that are named hold.")
class DatasetVersionFilter:
    """Conditions on a version of a dataset."""

    namespace: TextFilter | None = _operator("The dataset's namespace.")
    name: TextFilter | None = _operator("The dataset's name.")
    version: TextFilter | None = _operator("The version as its system gives it, else its digest, else `@unversioned`.")
    digest: TextFilter | None = _operator("The digest of its content, as its source computed it.")
    digest_algorithm: TextFilter | None = _operator("How the digest was computed (sha256, md5, ...).")
    uri: TextFilter | None = _operator("Where it is kept.")
    addresses: TextsFilter | None = _operator("Every address at which it was seen.")
    description: TextFilter | None = _operator("What is particular to this version.")
    rows: BigIntFilter | None = _operator("How many rows it has.")
    bytes: BigIntFilter | None = _operator("How many bytes it has.")
    created_at: TimeFilter | None = _operator("When it was made.")
    undescribed: BooleanFilter | None = _operator(UNDESCRIBED)
    source: TextFilter | None = _operator("The system that speaks of it.")
    recorded_at: TimeFilter | None = _operator("When it was recorded here.")
    and_: "list[DatasetVersionFilter] | None" = _operator(AND, "and")
    or_: "list[DatasetVersionFilter] | None" = _operator(OR, "or")
    not_: "DatasetVersionFilter | None" = _operator(NOT, "not")


@strawberry.input(description="Conditions on a model; all of those that are named hold.")
class ModelFilter:
    """Conditions on a model."""

    namespace: TextFilter | None = _operator("Where the name is known.")
    name: TextFilter | None = _operator("Its name in the namespace.")
    description: TextFilter | None = _operator("What it is, for people.")
    owner: TextFilter | None = _operator("Who answers for it.")
    purpose: TextFilter | None = _operator("What it decides or predicts.")
    intended_use: TextFilter | None = _operator("The use that it is meant for.")
    restrictions: TextFilter | None = _operator("The uses that it must not be put to.")
    risk_tier: IntFilter | None = _operator("The tier of its risk; 1 is the highest.")
    materiality: TextFilter | None = _operator("How much depends on it, in the owner's words.")
    regulated_as: TextFilter | None = _operator("The category under which it is regulated.")
    business_unit: TextFilter | None = _operator("The part of the business that uses it.")
    undescribed: BooleanFilter | None = _operator(UNDESCRIBED)
    source: TextFilter | None = _operator("The system that speaks of it.")
    recorded_at: TimeFilter | None = _operator("When it was recorded here.")
    and_: "list[ModelFilter] | None" = _operator(AND, "and")
    or_: "list[ModelFilter] | None" = _operator(OR, "or")
    not_: "ModelFilter | None" = _operator(NOT, "not")


@strawberry.input(description="Conditions on a version of a model; all of those that are named hold.")
class ModelVersionFilter:
    """Conditions on a version of a model."""

    namespace: TextFilter | None = _operator("The model's namespace.")
    name: TextFilter | None = _operator("The model's name.")
    version: TextFilter | None = _operator("The version, as its system gives it.")
    stage: StageFilter | None = _operator("The stage that counts: the latest claim, else DEVELOPMENT.")
    claimed_stage: StageFilter | None = _operator("The stage that a source claims; the later claim of two counts.")
    claimed_stage_since: TimeFilter | None = _operator(
        "Since when the source claims that stage; when recorded, if it does not say."
    )
    manifest_digest: DigestFilter | None = _operator("The digest over the version's files and their paths.")
    description: TextFilter | None = _operator("What is particular to this version.")
    framework: TextFilter | None = _operator("What it was made with.")
    format: TextFilter | None = _operator("The format of its files.")
    uri: TextFilter | None = _operator("Where its files are kept, as its source says.")
    validated_until: TimeFilter | None = _operator("Until when its validation holds.")
    registered_at: TimeFilter | None = _operator("When it was registered in its system.")
    undescribed: BooleanFilter | None = _operator(UNDESCRIBED)
    source: TextFilter | None = _operator("The system that speaks of it.")
    recorded_at: TimeFilter | None = _operator("When it was recorded here.")
    and_: "list[ModelVersionFilter] | None" = _operator(AND, "and")
    or_: "list[ModelVersionFilter] | None" = _operator(OR, "or")
    not_: "ModelVersionFilter | None" = _operator(NOT, "not")


@strawberry.enum(description="The order of a list of datasets.")
class DatasetOrder(Enum):
    """The order of a list of datasets."""

    KEY = strawberry.enum_value(Order("KEY"), description="By its key: namespace and name.")
    KEY_DESC = strawberry.enum_value(
        Order("KEY_DESC", "sortKey", descending=True),
        description="By its key: namespace and name, the other way round.",
    )
    RECORDED_AT_ASC = strawberry.enum_value(
        Order("RECORDED_AT_ASC", "recordedAt", Kind.TIME), description="By when it was recorded here, the oldest first."
    )
    RECORDED_AT_DESC = strawberry.enum_value(
        Order("RECORDED_AT_DESC", "recordedAt", Kind.TIME, descending=True),
        description="By when it was recorded here, the oldest first, the other way round.",
    )


@strawberry.enum(description="The order of a list of versions of datasets.")
class DatasetVersionOrder(Enum):
    """The order of a list of versions of datasets."""

    KEY = strawberry.enum_value(Order("KEY"), description="By its key: namespace, name and version.")
    KEY_DESC = strawberry.enum_value(
        Order("KEY_DESC", "sortKey", descending=True),
        description="By its key: namespace, name and version, the other way round.",
    )
    CREATED_AT_ASC = strawberry.enum_value(
        Order("CREATED_AT_ASC", "createdAt", Kind.TIME), description="By when it was made, the oldest first."
    )
    CREATED_AT_DESC = strawberry.enum_value(
        Order("CREATED_AT_DESC", "createdAt", Kind.TIME, descending=True),
        description="By when it was made, the oldest first, the other way round.",
    )
    RECORDED_AT_ASC = strawberry.enum_value(
        Order("RECORDED_AT_ASC", "recordedAt", Kind.TIME), description="By when it was recorded here, the oldest first."
    )
    RECORDED_AT_DESC = strawberry.enum_value(
        Order("RECORDED_AT_DESC", "recordedAt", Kind.TIME, descending=True),
        description="By when it was recorded here, the oldest first, the other way round.",
    )


@strawberry.enum(description="The order of a list of models.")
class ModelOrder(Enum):
    """The order of a list of models."""

    KEY = strawberry.enum_value(Order("KEY"), description="By its key: namespace and name.")
    KEY_DESC = strawberry.enum_value(
        Order("KEY_DESC", "sortKey", descending=True),
        description="By its key: namespace and name, the other way round.",
    )
    RISK_TIER_ASC = strawberry.enum_value(
        Order("RISK_TIER_ASC", "riskTier", Kind.INTEGER), description="By risk tier, those without one first."
    )
    RISK_TIER_DESC = strawberry.enum_value(
        Order("RISK_TIER_DESC", "riskTier", Kind.INTEGER, descending=True),
        description="By risk tier, those without one first, the other way round.",
    )
    RECORDED_AT_ASC = strawberry.enum_value(
        Order("RECORDED_AT_ASC", "recordedAt", Kind.TIME), description="By when it was recorded here, the oldest first."
    )
    RECORDED_AT_DESC = strawberry.enum_value(
        Order("RECORDED_AT_DESC", "recordedAt", Kind.TIME, descending=True),
        description="By when it was recorded here, the oldest first, the other way round.",
    )


@strawberry.enum(description="The order of a list of versions of models.")
class ModelVersionOrder(Enum):
    """The order of a list of versions of models."""

    KEY = strawberry.enum_value(Order("KEY"), description="By its key: namespace, name and version.")
    KEY_DESC = strawberry.enum_value(
        Order("KEY_DESC", "sortKey", descending=True),
        description="By its key: namespace, name and version, the other way round.",
    )
    REGISTERED_AT_ASC = strawberry.enum_value(
        Order("REGISTERED_AT_ASC", "registeredAt", Kind.TIME),
        description="By when it was registered, the oldest first.",
    )
    REGISTERED_AT_DESC = strawberry.enum_value(
        Order("REGISTERED_AT_DESC", "registeredAt", Kind.TIME, descending=True),
        description="By when it was registered, the oldest first, the other way round.",
    )
    STAGE_ASC = strawberry.enum_value(Order("STAGE_ASC", "stage", Kind.TEXT), description="By the name of its stage.")
    STAGE_DESC = strawberry.enum_value(
        Order("STAGE_DESC", "stage", Kind.TEXT, descending=True),
        description="By the name of its stage, the other way round.",
    )
    RECORDED_AT_ASC = strawberry.enum_value(
        Order("RECORDED_AT_ASC", "recordedAt", Kind.TIME), description="By when it was recorded here, the oldest first."
    )
    RECORDED_AT_DESC = strawberry.enum_value(
        Order("RECORDED_AT_DESC", "recordedAt", Kind.TIME, descending=True),
        description="By when it was recorded here, the oldest first, the other way round.",
    )


Where = strawberry.argument(description="Only what fulfils this.")
OrderBy = strawberry.argument(description="In which order; by key, where none is given.")
