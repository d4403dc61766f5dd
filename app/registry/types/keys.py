"""The natural keys of the things, and how a client names one."""

import strawberry

from app.compiler.scalars import Digest

NAMESPACE = "Where the name is known."
NAME = "The name in the namespace."


@strawberry.input(description="The key of a dataset.")
class DatasetKey:
    """The key of a dataset."""

    namespace: str = strawberry.field(description=NAMESPACE)
    name: str = strawberry.field(description=NAME)


@strawberry.input(description="The key of a version of a dataset.")
class DatasetVersionKey:
    """The key of a version of a dataset."""

    namespace: str = strawberry.field(description=NAMESPACE)
    name: str = strawberry.field(description=NAME)
    version: str = strawberry.field(description="The version; `@unversioned` where the dataset has none.")


@strawberry.input(description="The key of a commit.")
class CommitKey:
    """The key of a commit."""

    repository: str = strawberry.field(description="The repository's address, however it is spelt.")
    sha: str = strawberry.field(description="The commit's hash.")


@strawberry.input(description="The key of a run.")
class RunKey:
    """The key of a run."""

    source: str = strawberry.field(description="The system that ran it.")
    run_id: str = strawberry.field(description="Its id in that system.")


@strawberry.input(description="The key of a model.")
class ModelKey:
    """The key of a model."""

    namespace: str = strawberry.field(description=NAMESPACE)
    name: str = strawberry.field(description=NAME)


@strawberry.input(description="The key of a version of a model.")
class ModelVersionKey:
    """The key of a version of a model."""

    namespace: str = strawberry.field(description=NAMESPACE)
    name: str = strawberry.field(description=NAME)
    version: str = strawberry.field(description="The version, as its system gives it.")


@strawberry.input(description="The key of an endpoint.")
class EndpointKey:
    """The key of an endpoint."""

    environment: str = strawberry.field(description="The environment that it is in.")
    name: str = strawberry.field(description="Its name there.")


@strawberry.input(description="The key of an actor.")
class ActorKey:
    """The key of an actor."""

    issuer: str = strawberry.field(description="Who vouches for the identity.")
    subject: str = strawberry.field(description="The identity there.")


@strawberry.input(one_of=True, description="Names a thing by its id or by its natural key: exactly one field.")
class NodeRef:
    """Names a thing by its id or by its natural key."""

    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its id.")
    dataset: DatasetKey | None = strawberry.field(default=strawberry.UNSET, description="A dataset.")
    dataset_version: DatasetVersionKey | None = strawberry.field(
        default=strawberry.UNSET, description="A version of a dataset."
    )
    commit: CommitKey | None = strawberry.field(default=strawberry.UNSET, description="A commit.")
    run: RunKey | None = strawberry.field(default=strawberry.UNSET, description="A run.")
    model: ModelKey | None = strawberry.field(default=strawberry.UNSET, description="A model.")
    model_version: ModelVersionKey | None = strawberry.field(
        default=strawberry.UNSET, description="A version of a model."
    )
    artifact: Digest | None = strawberry.field(default=strawberry.UNSET, description="An artifact, by its digest.")
    endpoint: EndpointKey | None = strawberry.field(default=strawberry.UNSET, description="An endpoint.")
