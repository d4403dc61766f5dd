"""The services as a command opens them: with what answers the signed addresses of artifacts, or without."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from app.artifacts.opening import PATH, folders_of
from app.http.artifacts import ArtifactsEndpoint
from app.http.front import Front
from app.http.patience import Patience
from app.http.serving import address_of, listening, serving_beside
from app.settings import Settings
from app.wiring import Services, open_services

services_of = open_services
"""The services; addresses of artifacts in the home lead to whoever serves it."""


@asynccontextmanager
async def serving_services_of(settings: Settings) -> AsyncGenerator[Services]:
    """The same, but addresses of artifacts in the home are answered by this process while the block lasts.

    Raises:
        PedigreeError: the graph or the folder of artifacts cannot be used, and why.
        AddressUnusable: no port of loopback can be had.
    """
    if settings.artifacts_url is not None:
        async with open_services(settings) as services:
            yield services
        return
    with listening("127.0.0.1", 0) as listener:
        async with open_services(settings, address_of(listener)) as services:
            answering = Front(ArtifactsEndpoint(folders_of(services.store), PATH), local_only=True)
            async with serving_beside(answering, listener, Patience(at_length=f"{PATH}/".encode())):
                yield services
