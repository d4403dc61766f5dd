"""Everything that the service is made of, put together from the settings."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from secrets import token_bytes
from typing import Any

from app.access.claims import read_rules
from app.access.directory import Directory
from app.access.issuer import Issuer, Named
from app.access.login import Login, NoLogin, TokenLogin
from app.access.managing import Access
from app.access.oidc import Expected, OidcLogin
from app.access.service import LOCAL, Caller
from app.access.spending import Rate, Spending
from app.compiler.plans import Plans
from app.graph.driver import Graph
from app.graph.embedded.home import open_embedded
from app.graph.embedded.options import EngineOptions
from app.graph.migrations import SchemaTooNew, migrate, schema_version
from app.graph.retrying import Limits
from app.lineage.service import Lineage, WalkLimits
from app.operations.execution import Operations
from app.operations.limits import DocumentLimits
from app.operations.registered import RegisteredDocuments
from app.registry.answering import Registrar
from app.registry.graph import Inventory
from app.registry.ripening import ripening
from app.registry.service import Registry
from app.registry.upgrading import STEPS
from app.schema import make_schema
from app.settings import Settings
from graph_schema.relationships import SCHEMA

_ENGINE_SECONDS = EngineOptions().statement_seconds
"""The engine's own limit for one statement; it must not end what the settings allow."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the resolvers of one request know.

    Attributes:
        services: what they ask.
        caller: on whose behalf.
        correlation_id: by which the log tells more.
        secret: nobody outside knows it: it makes the ids of what the caller may not see, which are new in each answer.
    """

    services: "Services"
    caller: Caller
    correlation_id: str
    secret: bytes = field(default_factory=partial(token_bytes, 16), repr=False)


@dataclass(frozen=True, slots=True)
class Services:
    """What is open while the service runs.

    Attributes:
        settings: what the deployment decided.
        graph: the way to the graph.
        inventory: reads single things and lists.
        registry: registers what systems say.
        registrar: answers what is asked of a registration.
        lineage: walks.
        operations: runs GraphQL operations.
        documents: the registered ones.
        spending: what each caller has left to spend.
        access: who may come in, and how that is changed.
        login: tells who is calling.
    """

    settings: Settings
    graph: Graph
    inventory: Inventory
    registry: Registry
    registrar: Registrar
    lineage: Lineage
    operations: Operations
    documents: RegisteredDocuments
    spending: Spending
    access: Access
    login: Login

    def context(self, correlation_id: str, caller: Caller = LOCAL) -> Context:
        """The context of a request; that of a command on the graph itself has the local caller."""
        return Context(self, caller, correlation_id)

    @property
    def checks(self) -> Mapping[str, Any]:
        """What must hold for the service to do its work."""
        return {"graph": self._graph_answers, "schema": self._schema_is_current}

    async def _graph_answers(self) -> None:
        await self.graph.read("RETURN 1")

    async def _schema_is_current(self) -> None:
        found = await schema_version(self.graph)
        if found != SCHEMA.version:
            raise SchemaTooNew(
                f"The graph has version {found} of the schema, and this service knows version {SCHEMA.version}.",
                remedy="Start it again with the release that the graph was brought to.",
            )


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services]:
    """The services on the graph that the settings name, brought up to date; all of it is closed at the end.

    Raises:
        PedigreeError: the graph cannot be used, and why.
    """
    graph = await open_graph(settings)
    try:
        await migrate(graph, steps=STEPS)
        async with ripening(graph):
            yield _assembled(settings, graph)
    finally:
        await graph.close()


async def open_graph(settings: Settings) -> Graph:
    """The graph that the settings name, as it is.

    Raises:
        PedigreeError: it cannot be used, and why.
    """
    limits = Limits(read=settings.limit_seconds)
    if settings.graph_url is None:
        options = EngineOptions(statement_seconds=max(_ENGINE_SECONDS, settings.limit_seconds))
        return await open_embedded(settings.home, options=options, limits=limits)
    password = settings.graph_password.get_secret_value()
    return await Graph.connect(
        settings.graph_url, settings.graph_user, password, settings.graph_database, limits=limits
    )


def _assembled(settings: Settings, graph: Graph) -> Services:
    limits = DocumentLimits(settings.limit_tokens, settings.limit_depth, settings.limit_aliases, settings.limit_cost)
    plans, spending = Plans(), Spending(rate_of(settings))
    registry = Registry(graph)
    directory = Directory(graph)
    return Services(
        settings=settings,
        graph=graph,
        inventory=Inventory(graph, plans),
        registry=registry,
        registrar=Registrar(graph, plans, registry),
        lineage=Lineage(graph, plans, WalkLimits(settings.limit_hops, settings.limit_nodes)),
        operations=Operations(make_schema(settings.limit_hops), limits, spending),
        documents=RegisteredDocuments(graph),
        spending=spending,
        access=Access(
            graph, directory, days=settings.token_days, issuer=_vouching(settings) if settings.auth == "oidc" else ""
        ),
        login=_login(settings, directory),
    )


def rate_of(settings: Settings) -> Rate:
    """How much each caller may spend."""
    burst = settings.limit_cost_burst or max(settings.limit_cost_per_minute, settings.limit_cost)
    return Rate(settings.limit_cost_per_minute, burst)


def _login(settings: Settings, directory: Directory) -> Login:
    match settings.auth:
        case "none":
            return NoLogin()
        case "tokens":
            return TokenLogin(directory)
        case "oidc":
            issuer, algorithms = _vouching(settings), tuple(settings.oidc_algorithms.split(","))
            expected = Expected(
                issuer=issuer,
                audience=settings.oidc_audience or "",
                algorithms=algorithms,
                skew=settings.oidc_skew_seconds,
                subject_claim=settings.oidc_subject_claim,
                rules=read_rules(settings.oidc_rules),
            )
            return OidcLogin(directory, Issuer(Named(issuer, algorithms, settings.oidc_keys_url or "")), expected)


def _vouching(settings: Settings) -> str:
    """The issuer of OIDC tokens."""
    return settings.oidc_issuer or ""
