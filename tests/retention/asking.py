"""What tests of retention ask and do often."""

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from app.access.service import LOCAL, Caller
from app.graph.transaction import Transaction
from app.registry.verifying import record_verified
from tests.artifacts.world import World

DAY = 24 * 60 * 60
"""Seconds."""

PLANNER = Caller("people", "planner")
APPROVER = Caller("people", "approver")

_PLAN = """
id state digest policyName policyDigest plannedBy versionCount bytes freedBytes tierVersionCount tierBytes
kept { reason versions }
approvedBy appliedBy appliedAt removed tiered spared
items(first: 100) { totalCount edges { node { number namespace name version rule fileCount bytes outcome } } }
"""
_PAYLOAD = f"... on RetentionPlan {{ {_PLAN} }} ... on RequestError {{ code message path }}"
_ASK = {
    name: f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {_PAYLOAD} }} }}"
    for name in ("planRetention", "approveRetention", "applyRetention")
}
_HOLD = (
    "... on LegalHold { id onId reference reason placedBy liftedAt liftedBy } ... on RequestError { code message path }"
)
_VERSION = """
query ($key: ModelVersionKey!) {
  modelVersion(key: $key) {
    filesRemovedAt filesRemovedUnder filesPurgeAt filesPurgedAt bytesFreed
    files(verified: true) { totalCount edges { node { path artifact { digest state } } } }
  }
}
"""


def digest_of(content: str) -> str:
    """The digest of a text's bytes."""
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


def key_of(model: str, version: object, namespace: str = "n") -> dict[str, str]:
    """The key of a version."""
    return {"namespace": namespace, "name": model, "version": str(version)}


def policy(*rules: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """A policy as the API takes it."""
    return {"name": "tidy", "rules": list(rules), **others}


async def act(world: World, name: str, by: Caller, **given: Any) -> dict[str, Any]:
    """What one of the three mutations of a plan answers."""
    return (await world.ask(_ASK[name], by, input=given))[name]


async def plan(world: World, *rules: Mapping[str, Any], by: Caller = PLANNER, **others: Any) -> dict[str, Any]:
    """A plan by a policy of these rules."""
    return await act(world, "planRetention", by, policy=policy(*rules, **others))


async def approve(world: World, made: Mapping[str, Any], by: Caller = APPROVER) -> dict[str, Any]:
    """The same plan, approved."""
    return await act(world, "approveRetention", by, id=made["id"], digest=made["digest"])


async def apply(world: World, made: Mapping[str, Any], by: Caller = PLANNER) -> dict[str, Any]:
    """The same plan, carried out."""
    return await act(world, "applyRetention", by, id=made["id"])


async def done(world: World, *rules: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """A plan by these rules, approved and carried out."""
    made = await plan(world, *rules, **others)
    await approve(world, made)
    found = await apply(world, made)
    assert found.get("state") == "APPLIED", found
    return found


async def hold(world: World, reference: str, by: Caller = APPROVER, lift: bool = False, **on: Any) -> dict[str, Any]:
    """What placing or lifting a hold answers."""
    name, kind = ("liftHold", "LiftHoldInput") if lift else ("placeHold", "PlaceHoldInput")
    given = {"on": on, "reference": reference} | ({} if lift else {"reason": "a case"})
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {_HOLD} }} }}"
    return (await world.ask(query, by, input=given))[name]


async def shown(world: World, key: Mapping[str, str], by: Caller = LOCAL) -> dict[str, Any]:
    """A version with what retention says of it."""
    return (await world.ask(_VERSION, by, key=dict(key)))["modelVersion"]


async def give(world: World, key: Mapping[str, str], files: Mapping[str, tuple[str, int]]) -> None:
    """Records files of a version as verified, without any bytes in the store.

    Args:
        world: where.
        key: of the version.
        files: by path, the content's name and how many bytes it is said to have.
    """
    now = world.registry_now()
    artifacts = dict(files.values())
    nodes: list[dict[str, Any]] = [{"modelVersion": {**key, "manifestDigest": digest_of(repr(sorted(files.items())))}}]
    nodes += [
        {"artifact": {"digest": digest_of(name), "bytes": size, "state": "STORED", "verifiedAt": now}}
        for name, size in artifacts.items()
    ]
    contained = [
        {"contains": {"modelVersion": dict(key), "artifact": digest_of(name), "path": path, "kind": "OTHER"}}
        for path, (name, _) in files.items()
    ]

    async def work(transaction: Transaction) -> None:
        await record_verified(
            transaction, world.graph.engine, nodes, contained, namespace=key["namespace"], caller=LOCAL, now=now
        )

    await world.graph.write(work, repeatable=True)


def items_of(made: Mapping[str, Any]) -> list[str]:
    """The items of a plan as `model/version`, in their order."""
    return [f"{each['node']['name']}/{each['node']['version']}" for each in made["items"]["edges"]]


def outcomes_of(made: Mapping[str, Any]) -> dict[str, str | None]:
    """What became of each."""
    return {f"{n['name']}/{n['version']}": n["outcome"] for n in (each["node"] for each in made["items"]["edges"])}


class Killed(Exception):
    """As if the service were killed."""


async def killed_everywhere(world: World, do: Callable[[], Awaitable[object]]) -> AsyncGenerator[int]:
    """Has it done again and again, each time killed one statement later, until it comes to an end; how often so far."""
    last = seen = 0

    def kill(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == last:
            raise Killed

    while seen >= last:
        last, seen = last + 1, 0
        stop = world.graph.on_statement(kill)
        with suppress(Killed):
            await do()
        stop()
        yield last
