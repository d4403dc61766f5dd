"""What clients state: one input for each way in which two things are related, and the batch of everything.

The values go to the registry as GraphQL coerces them, never through these classes: they are the schema's.
"""

from collections.abc import Callable
from typing import TypeVar

import strawberry

from app.compiler.scalars import DateTime, Digest
from app.registry.types.enums import DataRole, FileKind, Method
from app.registry.types.inputs import NodeInput, maybe, named
from app.registry.types.keys import (
    ActorKey,
    CommitKey,
    DatasetVersionKey,
    EndpointKey,
    ModelKey,
    ModelVersionKey,
    RunKey,
)
from graph_schema.assertions import ASSERTIONS
from graph_schema.relationships import VALID_FROM, VALID_TO

T = TypeVar("T")

_ASSERTIONS = {assertion.name: assertion for assertion in ASSERTIONS}


def relating(name: str) -> Callable[[type[T]], type[T]]:
    """An input that states a relationship."""

    def made(cls: type[T]) -> type[T]:
        return strawberry.input(cls, description=_ASSERTIONS[name].description)

    return made


@strawberry.input
class Said:
    """What is said with every relationship."""

    confidence: float = strawberry.field(default=1.0, description="How sure the source is, a ratio from 0 to 1.")
    method: Method = strawberry.field(
        default=Method.CLAIMED, description="CLAIMED, or INFERRED where a rule concluded it."
    )
    evidence: Digest | None = maybe("The sha256 of a stored document that shows it.")
    valid_from: DateTime | None = maybe(VALID_FROM.description)


@relating("used")
class UsedInput(Said):
    """A run used something."""

    run: RunKey = named("The run.")
    data: DatasetVersionKey | None = maybe("The data that it used.")
    model_version: ModelVersionKey | None = maybe("The model that it used; always as input.")
    role: DataRole = strawberry.field(default=DataRole.TRAINING, description="The role in which it used the data.")
    how: str | None = maybe("As what an input was used: a teacher, a labeller, ...")


@relating("produced")
class ProducedInput(Said):
    """A run made something."""

    run: RunKey = named("The run.")
    model_version: ModelVersionKey | None = maybe("The version that it made.")
    data: DatasetVersionKey | None = maybe("The data that it made.")
    artifact: Digest | None = maybe("The artifact that it made.")


@relating("builtFrom")
class BuiltFromInput(Said):
    """A run executed code."""

    run: RunKey = named("The run.")
    commit: CommitKey = named("The commit whose code it executed.")


@relating("partOf")
class PartOfInput(Said):
    """A run is part of another."""

    run: RunKey = named("The run.")
    parent: RunKey = named("The run that it is part of.")


@relating("derivedFrom")
class DerivedFromInput(Said):
    """Data was made from data."""

    data: DatasetVersionKey = named("The data that was made.")
    from_: DatasetVersionKey = strawberry.field(name="from", description="The data that it was made from.")
    how: str | None = maybe("filter, join, augment, sample, synthesise, ...")


@relating("basedOn")
class BasedOnInput(Said):
    """A version was made from a version."""

    model_version: ModelVersionKey = named("The version that was made.")
    base: ModelVersionKey = named("The version that it was made from.")
    how: str | None = maybe("fine-tune, adapter, merge, quantise, distil, prune, ...")


@relating("contains")
class ContainsInput(Said):
    """A version holds an artifact."""

    model_version: ModelVersionKey = named("The version.")
    artifact: Digest = named("The artifact.")
    path: str = named("Where in the version's folder.")
    kind: FileKind | None = maybe("What the file is for.")


@relating("calls")
class CallsInput(Said):
    """An endpoint is fed by another."""

    endpoint: EndpointKey = named("The endpoint that is fed.")
    callee: EndpointKey = named("The endpoint that feeds it.")
    valid_to: DateTime | None = maybe(VALID_TO.description)


@relating("owns")
class OwnsInput(Said):
    """An actor answers for a model."""

    actor: ActorKey = named("The actor.")
    model: ModelKey = named("The model.")
    valid_to: DateTime | None = maybe(VALID_TO.description)


@strawberry.input(
    one_of=True,
    description="One statement that two things are related: exactly one field. Where one of several ends is asked for, "
    "another number is REJECTED(BAD_ENDS).",
)
class RelationshipInput:
    """One statement that two things are related."""

    used: UsedInput | None = maybe("A run used data or a model.")
    produced: ProducedInput | None = maybe("A run made a version, data or an artifact.")
    built_from: BuiltFromInput | None = maybe("A run executed code.")
    part_of: PartOfInput | None = maybe("A run is part of another.")
    derived_from: DerivedFromInput | None = maybe("Data was made from other data.")
    based_on: BasedOnInput | None = maybe("A version was made from another.")
    contains: ContainsInput | None = maybe("A version holds an artifact.")
    calls: CallsInput | None = maybe("An endpoint is fed by another.")
    owns: OwnsInput | None = maybe("An actor answers for a model.")


@strawberry.input(description="A batch of what one source says: at most 500 nodes and relationships together.")
class RegisterLineageInput:
    """A batch of what one source says."""

    source: str = named("The system that says it.")
    store: str | None = maybe("Which store of the system this is; another one under its name is a SOURCE_MISMATCH.")
    expected_every: int | None = maybe("Seconds without a complete load after which the source is stale.")
    namespace: str = strawberry.field(
        default="default", description="Where what has no namespace of its own belongs; it decides who may see it."
    )
    load: str | None = maybe("The load that the batch is part of; all of its batches share the name.")
    scope: str = strawberry.field(default="", description="Which part of the source the load speaks of.")
    complete: bool = strawberry.field(
        default=False,
        description="Whether the load ends with this batch: what the source held in the scope, and no batch of the "
        "load named, is retracted.",
    )
    max_retracted_share: float = strawberry.field(
        default=0.05,
        description="The largest share of what the source holds in the scope that may be retracted; more is a "
        "RETRACTION_TOO_LARGE.",
    )
    dry_run: bool = strawberry.field(default=False, description="Say what would change, and change nothing.")
    atomic: bool = strawberry.field(
        default=False,
        description="All or nothing: where one item is refused, the innocent are REJECTED(BATCH_ABORTED).",
    )
    idempotency_key: str | None = maybe("Sent again with it within 7 days, the same body gets the same result.")
    nodes: list[NodeInput] = strawberry.field(default_factory=list, description="What there is.")
    relationships: list[RelationshipInput] = strawberry.field(default_factory=list, description="How it is related.")
