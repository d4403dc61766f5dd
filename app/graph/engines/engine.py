"""What every engine's module answers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal, LiteralString, Protocol

from app.graph.engines.schema import SchemaItem

EngineKind = Literal["neo4j", "arcadedb"]
Rows = list[list[Any]]
"""The records of an answer, each as the list of its values in the order of `RETURN`."""


class SchemaDoor(Protocol):
    """The ways into a graph that making its schema needs."""

    async def read(self, statement: LiteralString, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Runs a statement that changes nothing."""
        ...

    async def execute(self, statement: LiteralString, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Runs a statement in a transaction of its own, again where that failed for a passing reason."""
        ...

    async def sql(self, script: str) -> list[dict[str, Any]]:
        """Runs a script in the engine's own SQL, where it has one; the last command's rows."""
        ...


class Engine(ABC):
    """One engine, as the rest of Pedigree sees it.

    Attributes:
        kind: which dialect it speaks.
        name: its name, for people.
        version: the release that answers, as it says itself.
        ends_late_statements: whether the engine ends a statement at the time that its client sets. One that does not
            has a limit of its own, the same for all.
        writers_wait: whether a transaction waits for a lock that another holds. On an engine where it fails instead,
            and is done anew, writers of the same things mostly undo each other's work: there they take turns.
        plans_slowly: whether the first run of a statement may take seconds for its plan alone, on a new or a busy
            server; on such an engine `EXPLAIN` makes the plan that the run then uses.
        orders_relationships: whether an index over a property of relationships is read in its order.
    """

    kind: ClassVar[EngineKind]
    name: ClassVar[str]
    ends_late_statements: ClassVar[bool]
    writers_wait: ClassVar[bool]
    plans_slowly: ClassVar[bool]
    orders_relationships: ClassVar[bool]

    def __init__(self, version: str) -> None:
        self.version = version

    @abstractmethod
    def parameter(self, name: str) -> str:
        """How a statement's text names the parameter `name`, so that the engine's plan is kept and its index used."""

    @abstractmethod
    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters to send with a statement that names its values by `parameter`."""

    @abstractmethod
    def full_text_index(self, label: str, name: str) -> str:
        """What `db.index.fulltext.queryNodes` calls the full-text index of a label's property `name`."""

    @abstractmethod
    async def ensure(self, door: SchemaDoor, items: Iterable[SchemaItem]) -> None:
        """Makes what is missing; what is there already stays as it is. Returns when every index answers."""

    @abstractmethod
    async def existing(self, door: SchemaDoor) -> frozenset[SchemaItem]:
        """What is there. Relationship types are told only by an engine that has to be told of them."""

    @abstractmethod
    async def drop(self, door: SchemaDoor, items: Iterable[SchemaItem]) -> None:
        """Takes away what is there of these. Data stay."""

    @abstractmethod
    async def wipe(self, door: SchemaDoor) -> None:
        """Deletes every node and relationship; the schema stays."""
