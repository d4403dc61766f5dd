"""Options that several commands have."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from app.settings import Settings, read_settings

PLACE = Group("Where", sort_key=8)
OUTPUT = Group("Output", sort_key=9)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which Pedigree to ask. Each option outranks its setting.

    Attributes:
        server: Ask the running Pedigree at this address (PEDIGREE_SERVER). Without it the graph itself is opened.
        home: The folder of the embedded graph (PEDIGREE_HOME).
        graph_url: The Neo4j to open instead of the embedded graph (PEDIGREE_GRAPH_URL); its password only by
            PEDIGREE_GRAPH_PASSWORD.
        graph_user: Who logs in to it (PEDIGREE_GRAPH_USER).
        graph_database: Its database (PEDIGREE_GRAPH_DATABASE).
    """

    server: Annotated[str | None, Parameter(group=PLACE)] = None
    home: Annotated[Path | None, Parameter(group=PLACE)] = None
    graph_url: Annotated[str | None, Parameter(group=PLACE)] = None
    graph_user: Annotated[str | None, Parameter(group=PLACE)] = None
    graph_database: Annotated[str | None, Parameter(group=PLACE)] = None

    def settings(self) -> Settings:
        """The settings, with these options above them.

        Who names a graph on the command line means it: a server of the environment is then not asked.
        """
        found = read_settings(
            server=self.server,
            home=self.home,
            graph_url=self.graph_url,
            graph_user=self.graph_user,
            graph_database=self.graph_database,
        )
        if self.server is None and (self.home or self.graph_url):
            return found.model_copy(update={"server": None})
        return found


Json = Annotated[
    bool,
    Parameter(
        name="--json", negative=(), group=OUTPUT, help="Print one JSON document on standard output, and nothing else."
    ),
]
"""The switch that every command with an answer has."""
