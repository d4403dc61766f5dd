"""`pedigree doctor`."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
from rich.markup import escape
from rich.table import Table

from app.addresses import is_loopback
from app.artifacts.checking import StoreCheck
from app.commands.api import data_of, open_api
from app.commands.exits import Exit
from app.commands.loaders import loader_names
from app.commands.options import Json, Where
from app.commands.questions import ME
from app.commands.terminal import out, print_json
from app.errors import PedigreeError
from app.graph.embedded.home import ROOM
from app.graph.migrations import schema_version
from app.settings import PREFIX, Settings
from app.wiring import open_artifacts, open_graph
from graph_schema.relationships import SCHEMA

_LITTLE_ROOM = 1024**3
_COLOURS = {"ok": "green", "note": "yellow", "fails": "bold red"}
_OTHERS = frozenset({"PEDIGREE_REQUIRE_SERVERS"})
"""Variables that begin with our prefix and are no settings of the service."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: its name.
        state: `ok`; `note`, where somebody may want to know; `fails`, where something cannot work.
        says: what is so, and the remedy.
    """

    check: str
    state: Literal["ok", "note", "fails"]
    says: str


def doctor(*, where: Where = Where(), json: Json = False) -> int:
    """Say what is configured, what can be reached, and what is out of date.

    Args:
        where: Which Pedigree to look at.
        json: Print the findings as JSON.
    """
    settings = where.settings()
    findings = asyncio.run(_collected(settings))
    if json:
        print_json({"findings": [asdict(each) for each in findings]})
    else:
        _show(findings)
    return Exit.NO if any(each.state == "fails" for each in findings) else Exit.DONE


async def _collected(settings: Settings) -> list[Finding]:
    found = [*_settings(settings)]
    if settings.server is not None:
        found.append(await _server(settings.server))
        found += await _login(settings)
    else:
        found += [each async for each in _graph(settings)]
        found.append(await _artifacts(settings))
    found.append(Finding("loaders", "ok", ", ".join(loader_names()) or "none"))
    return found


def _settings(settings: Settings) -> list[Finding]:
    graph = settings.graph_url or f"embedded, in {settings.home}"
    asked = settings.server or "no server: commands open the graph themselves"
    found = [Finding("graph", "ok", graph), Finding("server", "ok", asked)]
    if Path(".env").is_file():
        found.append(Finding("settings", "note", f"{Path('.env').absolute()} is read, and outranks the environment."))
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | _OTHERS
    strange = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return [
        *found,
        *(Finding("settings", "note", f"{name} is set, and is no setting. Is it misspelt?") for name in strange),
    ]


async def _server(address: str) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            response = await client.get(f"{address}/readyz")
        checks: dict[str, str] = response.json()["checks"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return Finding("reachable", "fails", f"No Pedigree answers at {address}: {error}. Start it: pedigree serve.")
    failing = [f"{name}: {says}" for name, says in checks.items() if says != "ok"]
    return Finding("reachable", "fails" if failing else "ok", "; ".join(failing) or f"{address} is ready")


async def _login(settings: Settings) -> list[Finding]:
    """Who the commands are to the server."""
    found: list[Finding] = []
    sent = bool(settings.token.get_secret_value())
    parts = urlsplit(settings.server or "")
    if sent and parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        says = f"PEDIGREE_TOKEN goes to {settings.server} unencrypted: whoever stands on the way can take it."
        found.append(Finding("login", "note", says))
    try:
        async with open_api(settings) as api:
            viewer = data_of(await api.ask(ME))["viewer"]
    except PedigreeError as error:
        return [*found, Finding("login", "fails", error.message)]
    roles = ", ".join(viewer["roles"]) or "no role"
    ends = f", until {viewer['token']['expiresAt']}" if viewer["token"] else ""
    return [*found, Finding("login", "ok", f"{viewer['issuer']}/{viewer['subject']} ({roles}){ends}")]


async def _graph(settings: Settings) -> AsyncIterator[Finding]:
    try:
        graph = await open_graph(settings)
    except PedigreeError as error:
        yield Finding("reachable", "fails", error.message)
        return
    try:
        yield Finding("reachable", "ok", f"{graph.engine.name} {graph.engine.version}")
        yield _schema(await schema_version(graph))
    finally:
        await graph.close()
    if settings.graph_url is None:
        yield _room(settings.home)


async def _artifacts(settings: Settings) -> Finding:
    """Whether artifacts can be written and read now."""
    try:
        store = await open_artifacts(settings)
    except PedigreeError as error:
        return Finding("artifacts", "fails", error.message)
    answers = StoreCheck(store)
    try:
        await answers()
    except PedigreeError as error:
        return Finding("artifacts", "fails", error.message)
    finally:
        await answers.close()
        await store.close()
    place = f"in {settings.home / 'artifacts'}"
    if settings.artifacts_url is not None:
        place = f"{settings.artifacts_url} at {settings.artifacts_endpoint}"
    if settings.artifacts_cold_url is not None:
        place = f"{place} and, colder, {settings.artifacts_cold_url}"
    return Finding("artifacts", "ok", f"{place}: can be written and read")


def _schema(found: int) -> Finding:
    if found == SCHEMA.version:
        return Finding("schema", "ok", f"version {found}")
    if found == 0:
        return Finding("schema", "note", "not made yet; the first command that uses the graph makes it")
    if found < SCHEMA.version:
        return Finding("schema", "note", f"version {found}; the next start brings it to version {SCHEMA.version}")
    says = f"version {found}, and this release knows {SCHEMA.version}: use the newer release that changed it"
    return Finding("schema", "fails", says)


def _room(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    if free < ROOM:
        return Finding(
            "room",
            "fails",
            f"the disk of {home} is full ({free / 1024**2:,.1f} MiB free): nothing can be stored, and the engine, once "
            "it has stopped, does not start again. Make room, or set PEDIGREE_HOME to another disk.",
        )
    says = f"{free / 1024**3:,.1f} GiB free in {home}"
    return Finding("room", "note" if free < _LITTLE_ROOM else "ok", says)


def _show(findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Check", "", "Finding"):
        table.add_column(name, overflow="fold")
    for each in findings:
        table.add_row(each.check, f"[{_COLOURS[each.state]}]{each.state}[/]", escape(each.says))
    out().print(table)
