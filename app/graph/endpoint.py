"""Where a graph is, and who knows it."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Endpoint:
    """All that is needed to reach a graph.

    Attributes:
        url: `bolt://`, `neo4j://`, and the same with `+s`.
        user: who logs in.
        password: with what; kept out of what is printed.
        database: always named, which saves the driver a question.
        http: where an engine with SQL of its own takes it; empty elsewhere.
        folder: where an embedded engine keeps the graph; empty elsewhere.
    """

    url: str
    user: str
    password: str = field(repr=False)
    database: str
    http: str = ""
    folder: str = ""

    @property
    def place(self) -> str:
        """Where it is, for a message: nobody ever gave the address at which an embedded engine listens."""
        return f"in {self.folder}" if self.folder else f"at {self.url}"


class Place(Protocol):
    """Knows where the graph is now, and may have to bring it to life first."""

    async def find(self) -> Endpoint:
        """Where the graph answers now.

        Raises:
            PedigreeError: it cannot be brought to life.
        """
        ...

    async def leave(self) -> None:
        """The graph is not used from here any more."""
        ...


@dataclass(frozen=True, slots=True)
class FixedPlace:
    """A graph that somebody else runs: it stays where the settings say it is."""

    endpoint: Endpoint

    async def find(self) -> Endpoint:
        """The one place."""
        return self.endpoint

    async def leave(self) -> None:
        """Nothing to do: it is not ours to stop."""
