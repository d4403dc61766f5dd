"""Everything that the service is made of, put together from the settings."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
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
from app.addresses import bucket, folder
from app.artifacts.checking import StoreCheck
from app.artifacts.moved import any_cold
from app.artifacts.opening import bucket_of, open_store, refuse_lost
from app.artifacts.service import Artifacts
from app.artifacts.store import ArtifactStore
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
from app.retention.keeping import Keeping
from app.retention.service import Retention
from app.schema import make_schema
from app.settings import Settings, SettingsRefused
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
        store: keeps the bytes of artifacts.
        store_answers: returns while that store can be used.
        artifacts: hands over and fetches the files of versions.
        retention: plans which of them go, and carries it out.
        keeping: places legal holds, and gives files back.
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
    store: ArtifactStore
    store_answers: StoreCheck
    artifacts: Artifacts
    retention: Retention
    keeping: Keeping
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
        return {"graph": self._graph_answers, "schema": self._schema_is_current, "artifacts": self.store_answers}

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
async def open_services(settings: Settings, address: str = "") -> AsyncGenerator[Services]:
    """The services on the graph that the settings name, brought up to date; all of it is closed at the end.

    Args:
        settings: what the deployment decided.
        address: where this process answers, with which signed addresses of artifacts in the home begin. Without it
            they lead to the service that the settings mean, whoever runs it.

    Raises:
        PedigreeError: the graph or the folder of artifacts cannot be used, or files were moved to a colder store that
            the settings do not name. A bucket that does not answer keeps nothing from being opened: the questions to
            the graph are answered without it.
    """
    async with AsyncExitStack() as opened:
        graph = await open_graph(settings)
        opened.push_async_callback(graph.close)
        store = await open_artifacts(settings, address)
        opened.push_async_callback(store.close)
        store_answers = StoreCheck(store)
        opened.push_async_callback(store_answers.close)
        await migrate(graph, steps=STEPS)
        if await any_cold(graph):
            await refuse_lost(store)
        await opened.enter_async_context(ripening(graph))
        services = _assembled(settings, graph, store, store_answers)
        opened.push_async_callback(services.artifacts.close)
        opened.push_async_callback(services.retention.close)
        yield services


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


async def open_artifacts(settings: Settings, address: str = "") -> ArtifactStore:
    """The store of artifacts that the settings name. A bucket is not asked for here.

    Args:
        settings: what the deployment decided.
        address: as `open_services` has it.

    Raises:
        PedigreeError: the folder cannot be made, the colder one is not there, or no bucket can be at such an endpoint.
    """
    cold = settings.artifacts_cold_url
    if settings.artifacts_url is None:
        shown = address or settings.public_url or _usual_address(settings)
        return await open_store(settings.home, shown, None if cold is None else folder(cold))
    place = bucket_of(
        settings.artifacts_url,
        settings.artifacts_endpoint or "",
        settings.artifacts_access_key,
        settings.artifacts_secret_key.get_secret_value(),
        settings.artifacts_region,
        settings.artifacts_public_endpoint or "",
    )
    try:
        colder = None if cold is None else replace(place, bucket=bucket(cold))
        return await open_store(place, address, colder)
    except ValueError as error:  # what the settings cannot know: names of one provider
        raise SettingsRefused(
            f"PEDIGREE_ARTIFACTS_ENDPOINT or PEDIGREE_ARTIFACTS_PUBLIC_ENDPOINT cannot be used: {error}.",
            remedy="Name them as the provider of the store does.",
        ) from error


def _usual_address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def _assembled(settings: Settings, graph: Graph, store: ArtifactStore, store_answers: StoreCheck) -> Services:
    limits = DocumentLimits(settings.limit_tokens, settings.limit_depth, settings.limit_aliases, settings.limit_cost)
    plans, spending = Plans(), Spending(rate_of(settings))
    registry = Registry(graph)
    directory = Directory(graph)
    return Services(
        settings=settings,
        graph=graph,
        store=store,
        store_answers=store_answers,
        artifacts=Artifacts(graph, store, most_bytes=settings.limit_upload_bytes),
        retention=Retention(graph, store),
        keeping=Keeping(graph),
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
