"""`pedigree token`."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast
from urllib.parse import unquote

from cyclopts import App, Group, Parameter
from rich.markup import escape
from rich.table import Table

from app.commands.api import Api, data_of, open_api, outcome_of
from app.commands.asking import chosen
from app.commands.exits import Exit
from app.commands.options import Json, Where
from app.commands.questions import CREATE_TOKEN, GRANTED, ME, REVOKE_TOKEN, SET_ROLE, TOKENS
from app.commands.terminal import err, out, print_json
from app.compiler.scalars import publish_time
from app.errors import ErrorCode, PedigreeError
from graph_schema.identity import from_id

token = App(name="token", help="Make, list and revoke the API tokens by which callers are known.")

ROLES = (
    "VIEWER", "SCANNER", "ENGINEER", "RISK_APPROVER", "SECURITY_APPROVER", "DEPLOYER", "INCIDENT", "AUDITOR", "ADMIN",
)  # fmt: skip

_SCOPE = Group("The token", sort_key=1)
_DAY = 24 * 60 * 60
_MOST_DAYS = 36_500
"""The most days that are asked for; what the service allows is its own setting."""
_PAGE = 100

Item = dict[str, Any]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a token is to be good for.

    Attributes:
        role: A role that it is limited to: VIEWER, SCANNER, ENGINEER, RISK_APPROVER, SECURITY_APPROVER, DEPLOYER,
            INCIDENT, AUDITOR, ADMIN; may be given again.
        namespace: A namespace that it is limited to; may be given again (all that its actor sees).
        actor: Whom it acts as, as ISSUER/SUBJECT (you; on the graph itself it must be named).
        days: How long it lasts (30).
        grant: First grant its actor these roles and namespaces, beside those that it has.
    """

    role: Annotated[tuple[str, ...], Parameter(group=_SCOPE, negative=())]
    namespace: Annotated[tuple[str, ...], Parameter(group=_SCOPE, negative=())] = ()
    actor: Annotated[str | None, Parameter(group=_SCOPE)] = None
    days: Annotated[float, Parameter(group=_SCOPE)] = 30
    grant: Annotated[bool, Parameter(group=_SCOPE, negative=())] = False

    def seconds(self) -> int:
        """How long it lasts.

        Raises:
            PedigreeError: nobody could say when it ends.
        """
        if not 0 < self.days <= _MOST_DAYS:  # NaN is neither
            raise PedigreeError(
                f"--days {self.days} is no time that a token could last.",
                code=ErrorCode.BAD_USAGE,
                remedy=f"Give more than 0 and at most {_MOST_DAYS:,} days; the service may allow less.",
            )
        return int(self.days * _DAY)


@token.command(name="create")
def create(name: str, *, scope: Scope, where: Where = Where(), json: Json = False) -> int:
    """Make an API token. It is printed on standard output, this once; what is said of it, on standard error.

    On the graph itself, without --server, you may do everything: that is how the first token is made.

    Args:
        name: What it is for.
        scope: What it is to be good for.
        where: Which Pedigree to make it on.
        json: Print the token, and what is said of it, as one JSON document on standard output.
    """
    found = asyncio.run(_create(where, name, scope))
    if json:
        print_json(found)
        return Exit.DONE
    made = found["token"]
    says = f"{made['name']} acts as {_actor(made)} ({_roles(made)}; {_sight(made)}) until {made['expiresAt']}."
    err().print(escape(says), soft_wrap=True)
    err().print("The token is shown this once: keep it where secrets are kept.", soft_wrap=True)
    out().print(found["secret"], markup=False, soft_wrap=True)
    return Exit.DONE


@token.command(name="list")
def list_(
    *,
    dead: Annotated[bool, Parameter(negative=())] = False,
    mine: Annotated[bool, Parameter(negative=())] = False,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """List API tokens, the newest first: an admin's list is everybody's. The tokens themselves are kept nowhere.

    Args:
        dead: Also those that were revoked or have expired.
        mine: Only your own.
        where: Which Pedigree to ask.
        json: Print them as JSON.
    """
    found = asyncio.run(_listed(where, dead=dead, mine=mine))
    if json:
        print_json({"tokens": found})
    elif found:
        _show(found)
    else:
        err().print("There are none.")
    return Exit.DONE


@token.command(name="revoke")
def revoke(which: str, *, where: Where = Where(), json: Json = False) -> int:
    """Revoke an API token: the Pedigree that is asked refuses it at once, others on the graph within ten seconds.

    Args:
        which: Its name, where only one in force has that; or its id, as `pedigree token list` shows it.
        where: Which Pedigree to ask.
        json: Print what is said of it as JSON.
    """
    found = asyncio.run(_revoke(where, which))
    if json:
        print_json({"token": found})
    else:
        err().print(escape(f"{found['name']}, which acted as {_actor(found)}, is revoked."), soft_wrap=True)
    return Exit.DONE


async def _create(where: Where, name: str, scope: Scope) -> Item:
    roles = chosen("--role", scope.role, ROLES)
    expires_at = publish_time((int(time.time()) + scope.seconds()) * 1_000_000)  # refused before anything is granted
    async with open_api(where.settings()) as api:
        actor = None if scope.actor is None else parse_actor(scope.actor)
        if scope.grant:
            await _grant(api, actor or await _me(api), roles, scope.namespace)
        asked = {
            "name": name,
            "roles": roles,
            "namespaces": list(scope.namespace) or None,
            "actor": actor,
            "expiresAt": expires_at,
        }
        return outcome_of(data_of(await api.ask(CREATE_TOKEN, {"input": asked}))["createToken"])


async def _grant(api: Api, actor: Mapping[str, str], roles: Sequence[str], namespaces: Sequence[str]) -> None:
    """Grants what is asked for beside what is granted, so that another token of the actor loses nothing."""
    edges = data_of(await api.ask(GRANTED, {"actor": actor}))["roleGrants"]["edges"]
    held: Item = edges[0]["node"] if edges else {"roles": [], "namespaces": []}
    asked: Item = {"actor": actor, "roles": sorted({*held["roles"], *roles})}
    if not edges:
        asked["namespaces"] = list(namespaces) or None
    elif namespaces and held["namespaces"] is not None:
        asked["namespaces"] = sorted({*held["namespaces"], *namespaces})
    outcome_of(data_of(await api.ask(SET_ROLE, {"input": asked}))["setRole"])


async def _me(api: Api) -> dict[str, str]:
    found = data_of(await api.ask(ME))["viewer"]
    return {"issuer": found["issuer"], "subject": found["subject"]}


async def _listed(where: Where, *, dead: bool, mine: bool) -> list[Item]:
    async with open_api(where.settings()) as api:
        return await _all(api, dead=dead, mine=mine)


async def _all(api: Api, *, dead: bool, mine: bool) -> list[Item]:
    found: list[Item] = []
    after: str | None = None
    while True:
        page = data_of(await api.ask(TOKENS, {"dead": dead, "mine": mine, "first": _PAGE, "after": after}))["tokens"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def _revoke(where: Where, word: str) -> Item:
    async with open_api(where.settings()) as api:
        token_id = word if _is_id(word) else await _id_of(api, word)
        return outcome_of(data_of(await api.ask(REVOKE_TOKEN, {"input": {"id": token_id}}))["revokeToken"])["token"]


async def _id_of(api: Api, name: str) -> str:
    ids = [each["id"] for each in await _all(api, dead=False, mine=False) if each["name"] == name]
    if len(ids) == 1:
        return ids[0]
    if not ids:
        raise PedigreeError(
            f"No token in force has the name {name!r}.",
            code=ErrorCode.NOT_FOUND,
            remedy="`pedigree token list` shows those that you may revoke.",
        )
    raise PedigreeError(
        f"{len(ids)} tokens in force have the name {name!r}.",
        code=ErrorCode.BAD_USAGE,
        remedy=f"Name one by its id: {', '.join(ids)}.",
    )


def parse_actor(text: str) -> dict[str, str]:
    """The key of an actor, as the API has it, from ISSUER/SUBJECT: the issuer may be an address, so the last / divides.

    Raises:
        PedigreeError: one of the two is missing.
    """
    issuer, slash, subject = text.rpartition("/")
    if not slash or not issuer or not subject:
        raise PedigreeError(
            f"--actor {text!r} is no actor: write ISSUER/SUBJECT, as people/admin or https://login.example.org/admin.",
            code=ErrorCode.BAD_USAGE,
            remedy="Write a / inside of the subject as %2F.",
        )
    return {"issuer": issuer, "subject": unquote(subject)}


def _is_id(word: str) -> bool:
    try:
        return from_id(word)[0] == "ApiToken"
    except ValueError:
        return False


def _show(found: Sequence[Item]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Name", "Acts as", "Roles", "Namespaces", "Ends", "Id"):
        table.add_column(name, overflow="fold")
    for each in found:
        ends = f"revoked {each['revokedAt']}" if each["revokedAt"] else each["expiresAt"]
        cells = (each["name"], _actor(each), _roles(each), _sight(each), ends, each["id"])
        table.add_row(*(escape(cell) for cell in cells))
    out().print(table)


def _actor(of: Item) -> str:
    return f"{of['issuer']}/{of['subject']}"


def _roles(of: Item) -> str:
    return ", ".join(cast("list[str]", of["roles"])) or "no role"


def _sight(of: Item) -> str:
    names: list[str] | None = of["namespaces"]
    return "all namespaces that it sees" if names is None else ", ".join(names) or "no namespace"
