"""The service as one ASGI application."""

import base64
import re
from functools import partial
from hashlib import sha256

from starlette.responses import RedirectResponse
from starlette.routing import Route, Router
from strawberry.http.ides import get_graphql_ide_html

from app.artifacts.opening import PATH, folders_of
from app.artifacts.watching import amiss
from app.http.answers import HTML
from app.http.artifacts import ArtifactsEndpoint
from app.http.asking import BodyLimits
from app.http.counting import Counts
from app.http.endpoint import GraphQLEndpoint
from app.http.front import Front
from app.http.health import Healthz, Readyz
from app.http.metrics import MetricsEndpoint
from app.http.origins import Origins
from app.http.registered import Allowed
from app.http.replying import Reply
from app.portal.pages import EXAMPLE, explorer, guarded
from app.wiring import Services

_LOADING = "Loading..."
_NEEDS_INTERNET = (
    "Loading the explorer. It needs the internet: it fetches GraphiQL from unpkg.com. If it does not come, ask by "
    "<code>pedigree query</code>, or POST a document to this address. One that needs nothing is built in a checkout by "
    "<code>make explorer</code>, which needs Node."
)

_OWN_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src https://unpkg.com {own}; style-src https://unpkg.com 'unsafe-inline'; "
    "connect-src 'self'; font-src https://unpkg.com data:; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def build_application(services: Services) -> Front:
    """Everything that the service answers, over services that are open for as long as it is used."""
    settings = services.settings
    limits = BodyLimits(
        plain=settings.limit_body_bytes,
        bulk=settings.limit_bulk_body_bytes,
        bulk_fields=settings.bulk_fields,
        batch=settings.limit_batch if settings.batching else 0,
    )
    allowed = Allowed(services.documents, only=settings.documents == "registered")
    found = explorer()
    page = found.page if found else _from_afar()
    origins = Origins(settings.origins)
    graphql = GraphQLEndpoint(services.operations, services.context, limits, allowed, page, services.login, origins)
    counts = Counts(("/graphql", "/healthz", "/readyz", "/metrics", f"{PATH}/"))
    services.graph.on_statement(counts.sent)
    routes = [
        Route("/graphql", graphql),
        Route("/healthz", Healthz()),
        Route("/readyz", Readyz(services.checks, strangers=settings.auth != "none")),
        Route("/metrics", MetricsEndpoint(counts, services.checks, partial(amiss, services.graph), services.login)),
        Route("/", RedirectResponse("/graphql")),
        *([found.route] if found else []),
    ]
    if folders := folders_of(services.store):
        routes.append(Route(f"{PATH}/{{key:path}}", ArtifactsEndpoint(folders, PATH, settings.origins)))
    return Front(Router(routes), local_only=settings.auth == "none", counts=counts)


def page_from_afar() -> str:
    """Strawberry's page with GraphiQL, which says that it needs the internet and begins with our own question.

    What is typed into its editor of headers, a token, is not kept in the browser.
    """
    page = get_graphql_ide_html("graphiql").replace(_LOADING, _NEEDS_INTERNET)
    page = page.replace("shouldPersistHeaders: true", "shouldPersistHeaders: false")
    page = page.replace("<title>Strawberry GraphiQL</title>", "<title>Pedigree</title>")
    return re.sub(
        r"(const EXAMPLE_QUERY = `).*?(`;)", lambda found: f"{found[1]}{EXAMPLE}{found[2]}", page, flags=re.DOTALL
    )


def _from_afar() -> Reply:
    """That page, which a browser lets ask this service alone, and take scripts from where GraphiQL is alone."""
    page = page_from_afar()
    own = " ".join(f"'sha256-{_hash(script)}'" for script in _OWN_SCRIPT.findall(page))
    return Reply(200, HTML, page.encode(), guarded(_POLICY.format(own=own)), lasting=True)


def _hash(script: str) -> str:
    return base64.b64encode(sha256(script.encode()).digest()).decode()
