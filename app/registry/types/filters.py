"""Filters and orders of the lists."""

from enum import Enum

import strawberry

from app.compiler.paging import Order
from app.registry.types.operators import (
    BigIntFilter,
    BooleanFilter,
    DigestFilter,
    IntFilter,
    StageFilter,
    TextFilter,
    TextsFilter,
    TimeFilter,
    operator,
)
from graph_schema.declare import Kind

AND, OR, NOT = "All of these hold.", "At least one of these holds.", "This does not hold."
SEARCH = "Its names and texts hold each of these words, or a part of one; case and accents do not matter."
UNDESCRIBED = "Whether nobody has described it yet."


@strawberry.input(description="Conditions on a dataset; all of those that are named hold.")
class DatasetFilter:
    """Conditions on a dataset."""

    namespace: TextFilter | None = operator("Where the name is known: a store, a catalogue, a team.")
    name: TextFilter | None = operator("Its name in the namespace.")
    description: TextFilter | None = operator("What it holds, for people.")
    owner: TextFilter | None = operator("Who answers for it.")
    classification: TextFilter | None = operator("How sensitive it is, in the owner's words.")
    contains_personal_data: BooleanFilter | None = operator("Whether it holds data about identifiable people.")
    undescribed: BooleanFilter | None = operator(UNDESCRIBED)
    source: TextFilter | None = operator("The system that speaks of it.")
    recorded_at: TimeFilter | None = operator("When it was recorded here.")
    search: str | None = operator(SEARCH)
    and_: "list[DatasetFilter] | None" = operator(AND, "and")
    or_: "list[DatasetFilter] | None" = operator(OR, "or")
    not_: "DatasetFilter | None" = operator(NOT, "not")


@strawberry.input(description="Conditions on a version of a dataset; all of those that are named hold.")
class DatasetVersionFilter:
    """Conditions on a version of a dataset."""

    namespace: TextFilter | None = operator("The dataset's namespace.")
    name: TextFilter | None = operator("The dataset's name.")
    version: TextFilter | None = operator("The version as its system gives it, else its digest, else `@unversioned`.")
    digest: TextFilter | None = operator("The digest of its content, as its source computed it.")
    digest_algorithm: TextFilter | None = operator("How the digest was computed (sha256, md5, ...).")
    uri: TextFilter | None = operator("Where it is kept.")
    addresses: TextsFilter | None = operator("Every address at which it was seen.")
    description: TextFilter | None = operator("What is particular to this version.")
    rows: BigIntFilter | None = operator("How many rows it has.")
    bytes: BigIntFilter | None = operator("How many bytes it has.")
    created_at: TimeFilter | None = operator("When it was made.")
    undescribed: BooleanFilter | None = operator(UNDESCRIBED)
    source: TextFilter | None = operator("The system that speaks of it.")
    recorded_at: TimeFilter | None = operator("When it was recorded here.")
    search: str | None = operator(SEARCH)
    and_: "list[DatasetVersionFilter] | None" = operator(AND, "and")
    or_: "list[DatasetVersionFilter] | None" = operator(OR, "or")
    not_: "DatasetVersionFilter | None" = operator(NOT, "not")


@strawberry.input(description="Conditions on a model; all of those that are named hold.")
class ModelFilter:
    """Conditions on a model."""

    namespace: TextFilter | None = operator("Where the name is known.")
    name: TextFilter | None = operator("Its name in the namespace.")
    description: TextFilter | None = operator("What it is, for people.")
    owner: TextFilter | None = operator("Who answers for it.")
    purpose: TextFilter | None = operator("What it decides or predicts.")
    intended_use: TextFilter | None = operator("The use that it is meant for.")
    restrictions: TextFilter | None = operator("The uses that it must not be put to.")
    risk_tier: IntFilter | None = operator("The tier of its risk; 1 is the highest.")
    materiality: TextFilter | None = operator("How much depends on it, in the owner's words.")
    regulated_as: TextFilter | None = operator("The category under which it is regulated.")
    business_unit: TextFilter | None = operator("The part of the business that uses it.")
    undescribed: BooleanFilter | None = operator(UNDESCRIBED)
    source: TextFilter | None = operator("The system that speaks of it.")
    recorded_at: TimeFilter | None = operator("When it was recorded here.")
    search: str | None = operator(SEARCH)
    and_: "list[ModelFilter] | None" = operator(AND, "and")
    or_: "list[ModelFilter] | None" = operator(OR, "or")
    not_: "ModelFilter | None" = operator(NOT, "not")


@strawberry.input(description="Conditions on a version of a model; all of those that are named hold.")
class ModelVersionFilter:
    """Conditions on a version of a model."""

    namespace: TextFilter | None = operator("The model's namespace.")
    name: TextFilter | None = operator("The model's name.")
    version: TextFilter | None = operator("The version, as its system gives it.")
    stage: StageFilter | None = operator("The stage that counts: the latest claim, else DEVELOPMENT.")
    claimed_stage: StageFilter | None = operator("The stage that a source claims; the later claim of two counts.")
    claimed_stage_since: TimeFilter | None = operator(
        "Since when the source claims that stage; when recorded, if it does not say."
    )
    manifest_digest: DigestFilter | None = operator("The digest over the version's files and their paths.")
    description: TextFilter | None = operator("What is particular to this version.")
    framework: TextFilter | None = operator("What it was made with.")
    format: TextFilter | None = operator("The format of its files.")
    uri: TextFilter | None = operator("Where its files are kept, as its source says.")
    validated_until: TimeFilter | None = operator("Until when its validation holds.")
    registered_at: TimeFilter | None = operator("When it was registered in its system.")
    undescribed: BooleanFilter | None = operator(UNDESCRIBED)
    source: TextFilter | None = operator("The system that speaks of it.")
    recorded_at: TimeFilter | None = operator("When it was recorded here.")
    search: str | None = operator(SEARCH)
    and_: "list[ModelVersionFilter] | None" = operator(AND, "and")
    or_: "list[ModelVersionFilter] | None" = operator(OR, "or")
    not_: "ModelVersionFilter | None" = operator(NOT, "not")


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
