"""The service as one ASGI application."""

import re

from starlette.responses import RedirectResponse
from starlette.routing import Route, Router
from strawberry.http.ides import get_graphql_ide_html

from app.http.asking import BodyLimits
from app.http.endpoint import GraphQLEndpoint
from app.http.front import Front
from app.http.health import Healthz, Readyz
from app.http.registered import Allowed
from app.wiring import Services

_LOADING = "Loading..."
_NEEDS_INTERNET = (
    "Loading the explorer. It needs the internet: it fetches GraphiQL from unpkg.com. If it does not come, ask by "
    "<code>pedigree query</code>, or POST a document to this address."
)
_EXAMPLE = """{
  impact(of: [{ dataset: { namespace: "…", name: "…" } }]) {
    edges { node { version model { namespace name } } hops }
    completeness { complete unknownAncestry }
  }
}
"""


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
    graphql = GraphQLEndpoint(services.operations, services.context, limits, allowed, explorer_page())
    routes = [
        Route("/graphql", graphql),
        Route("/healthz", Healthz()),
        Route("/readyz", Readyz(services.checks)),
        Route("/", RedirectResponse("/graphql")),
    ]
    return Front(Router(routes), local_only=settings.auth == "none")


def explorer_page() -> str:
    """Strawberry's page with GraphiQL, which says that it needs the internet and begins with our own question."""
    page = get_graphql_ide_html("graphiql").replace(_LOADING, _NEEDS_INTERNET)
    page = page.replace("<title>Strawberry GraphiQL</title>", "<title>Pedigree</title>")
    return re.sub(
        r"(const EXAMPLE_QUERY = `).*?(`;)", lambda found: f"{found[1]}{_EXAMPLE}{found[2]}", page, flags=re.DOTALL
    )
