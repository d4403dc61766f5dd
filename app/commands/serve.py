"""`pedigree serve`."""

import asyncio
import gc
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter
from rich.markup import escape

from app.addresses import is_loopback
from app.artifacts.opening import PATH
from app.artifacts.sweeping import sweeping
from app.commands.exits import Exit
from app.commands.terminal import err
from app.http.patience import Patience
from app.http.serving import address_of, listening
from app.http.serving import serve as serve_requests
from app.main import build_application
from app.observability import configure_logs
from app.retention.moving import moving
from app.retention.purging import purging
from app.settings import Settings, read_settings
from app.wiring import open_services

_LISTEN = Group("Where", sort_key=1)
_LOGIN = {
    "none": "Without login: this machine only.",
    "tokens": "Callers are known by API tokens: pedigree token create makes one.",
    "oidc": "Callers are known by tokens of an issuer, or by API tokens.",
}
_HEAD_SECONDS = 10.0
"""For the head of a request: it is small, whatever the line."""

_ALLOCATIONS = 25_000
"""New objects that may hold others, until the collector looks for cycles among them; Python's own number is 700."""


def serve(
    *,
    host: Annotated[str | None, Parameter(group=_LISTEN)] = None,
    port: Annotated[int | None, Parameter(group=_LISTEN)] = None,
    home: Annotated[Path | None, Parameter(group=_LISTEN)] = None,
    graph_url: Annotated[str | None, Parameter(group=_LISTEN)] = None,
    graph_user: Annotated[str | None, Parameter(group=_LISTEN)] = None,
    graph_database: Annotated[str | None, Parameter(group=_LISTEN)] = None,
) -> int:
    """Serve the API, and the page to ask it from a browser, until Ctrl-C.

    Args:
        host: The address to listen on (PEDIGREE_HOST, 127.0.0.1).
        port: The port to listen on (PEDIGREE_PORT, 8000); 0 takes a free one.
        home: The folder of the embedded graph (PEDIGREE_HOME).
        graph_url: The Neo4j to use instead of the embedded graph (PEDIGREE_GRAPH_URL); its password only by
            PEDIGREE_GRAPH_PASSWORD.
        graph_user: Who logs in to it (PEDIGREE_GRAPH_USER).
        graph_database: Its database (PEDIGREE_GRAPH_DATABASE).
    """
    settings = read_settings(
        host=host, port=port, home=home, graph_url=graph_url, graph_user=graph_user, graph_database=graph_database
    )
    configure_logs(settings.log_format)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings))
    return Exit.DONE


async def _serve(settings: Settings) -> None:
    # The port first: it is free or not at once, and opening a graph takes a second.
    with listening(settings.host, settings.port) as listener:
        address = address_of(listener)
        async with open_services(settings, settings.public_url or address) as services:
            application = build_application(services)
            _rest_the_collector()
            graph, store = services.graph, services.store
            async with sweeping(graph, store), purging(graph, store), moving(graph, store):
                await serve_requests(application, listener, lambda: _announce(settings, address), _patience(settings))


def _patience(settings: Settings) -> Patience:
    """A body over its limit is dropped to a bound, for its sender to read why; what is sent beyond is cut off.

    The parts of uploads that come here are larger than that, and are bounded by their addresses.
    """
    return Patience(
        head_seconds=min(_HEAD_SECONDS, settings.limit_request_seconds),
        request_seconds=settings.limit_request_seconds,
        head_bytes=settings.limit_head_bytes,
        message_bytes=8 * settings.limit_bulk_body_bytes,
        at_length=f"{PATH}/".encode() if settings.artifacts_url is None else b"",
    )


def _rest_the_collector() -> None:
    """Keeps the collector of garbage off what the start made, which stays, and lets it come seldom.

    An answer is many small dicts and no cycle; at its usual pace the collector came several times within one.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)


def _announce(settings: Settings, address: str) -> None:
    graph = settings.graph_url or f"the embedded engine in {settings.home}"
    bucket = f"{settings.artifacts_url} at {settings.artifacts_endpoint}"
    artifacts = bucket if settings.artifacts_url else f"the folder {settings.home / 'artifacts'}"
    console = err()
    console.print(f"Pedigree answers at {address}/graphql (open it in a browser to ask).", soft_wrap=True)
    console.print(f"The graph: {escape(graph)}. Artifacts: {escape(artifacts)}.", soft_wrap=True)
    if settings.artifacts_url is None and settings.public_url is None and not is_loopback(settings.host):
        console.print(
            f"Addresses of artifacts begin with {address}: set PEDIGREE_PUBLIC_URL to what clients elsewhere reach.",
            soft_wrap=True,
        )
    console.print(f"{_LOGIN[settings.auth]} Ctrl-C stops it.", soft_wrap=True)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop  # type: ignore[return-value] - it makes loops, as a class of them would
