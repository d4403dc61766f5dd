"""Plans retention, has it approved, and carries it out; tells what storage costs."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import orjson
import structlog

from app.access.service import Caller
from app.artifacts.store import ArtifactStore
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.speaking import know
from app.retention import plans, reporting
from app.retention.applying import Applying
from app.retention.moving import move
from app.retention.planning import digest_of, make
from app.retention.plans import Item, Plan, State
from app.retention.policy import Action, Policy, RetentionRefused, policy_of
from app.retention.purging import purge
from app.retention.refusing import refuse_old, refuse_without_cold, wrong_state
from app.retention.reporting import Group, Grouping, Report
from graph_schema.canonical import canonical
from graph_schema.identity import from_id

PATIENCE = 20.0
"""Seconds for which a caller is kept waiting: what takes longer goes on, and is asked for again."""

_LEASE = 60_000_000


class Retention:
    """What may be asked and done about retention.

    Args:
        graph: where it is kept.
        store: where bytes are removed from.
        clock: seconds since 1970 UTC.
        patience: seconds for which a caller is kept waiting.
    """

    def __init__(
        self,
        graph: Graph,
        store: ArtifactStore,
        *,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
    ) -> None:
        self._graph = graph
        self._store = store
        self._clock = clock
        self._patience = patience
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def plan(self, policy: Policy, caller: Caller) -> Plan:
        """A new plan by that policy; one that takes long is still being made, and is asked for by its id.

        Of one that cannot be made to its end it is said that it was abandoned.

        Raises:
            RetentionRefused: it moves files, and there is no colder store.
            GraphError: the graph does not answer.
        """
        refuse_without_cold(policy, self._store, "input.policy.rules[{}].action")
        plan = Plan(
            uuid4().hex, canonical(policy.data), policy.name, policy.digest, caller.sight, State.PLANNING, self.now(),
            caller.uid,
        )  # fmt: skip
        properties: dict[str, Any] = {
            "token": plan.token, "policy": plan.policy, "policyName": plan.policy_name,
            "policyDigest": plan.policy_digest, "state": plan.state.value, "plannedAt": plan.planned_at,
            "plannedBy": plan.planned_by,
        }  # fmt: skip
        if plan.sight is not None:
            properties["namespaces"] = list(plan.sight)
        worker = uuid4().hex
        properties |= {"worker": worker, "workerUntil": plan.planned_at + _LEASE}

        async def begin(transaction: Transaction) -> None:
            await know(transaction, caller, plan.planned_at)
            await plans.keep(transaction, plan.uid, properties)

        async def work() -> None:
            async with self._claimed(plan, worker):
                await make(self._graph, plan, policy)

        await self._graph.write(begin, repeatable=True)
        await self._wait(plan, work)
        return await self._reread(plan)

    async def get(self, plan_id: str, caller: Caller) -> Plan | None:
        """The plan with that id, if the caller sees all of which it is.

        Raises:
            GraphError: the graph does not answer.
        """
        try:
            label, uid = from_id(plan_id)
        except ValueError:
            return None
        found = await plans.plan_of(self._graph, uid, self.now()) if label == "RetentionPlan" else None
        return found if found is not None and _sees(caller, found) else None

    async def plans(self, after: tuple[int, str], count: int, caller: Caller) -> tuple[list[Plan], int]:
        """The next plans of which the caller sees all, the newest first, and how many there are."""
        return await plans.list_plans(self._graph, after, count, self.now(), caller.sight)

    async def items(self, plan: Plan, first: int, count: int) -> list[Item]:
        """The items of a plan from that number on, so many; none of one that has expired."""
        return [] if plan.state is State.EXPIRED else await plans.items_of(self._graph, plan.token, first, count)

    async def approve(self, plan_id: str, digest: str, caller: Caller) -> Plan:
        """The plan, approved.

        Raises:
            RetentionRefused: there is none, it is not what was looked at, or the caller may not approve it.
            GraphError: the graph does not answer.
        """
        plan = await self._known(plan_id, caller)
        if plan.planned_by == caller.uid or await self._made_by(caller, plan.planned_by):
            raise RetentionRefused(
                "Who had it planned does not approve it, nor by a token that they made for another.",
                code=ErrorCode.FORBIDDEN,
                path="input.id",
                remedy="Have a second person look at it, and approve it.",
            )
        if plan.state is State.APPROVED and plan.digest == digest and plan.approved_by == caller.uid:
            return plan
        if plan.state is not State.PLANNED:
            raise wrong_state(plan, "be approved")
        if plan.digest != digest:
            raise RetentionRefused(
                f"The digest of this plan is {plan.digest}, and not {digest}.",
                path="input.digest",
                remedy="Look at the plan, and give the digest that it has.",
            )
        return await self._change(plan, State.PLANNED, state=State.APPROVED, at="approvedAt", by=("approvedBy", caller))

    async def apply(self, plan_id: str, caller: Caller) -> Plan:
        """The plan, carried out; or as it stands, where that takes longer than one may wait: it goes on.

        Raises:
            RetentionRefused: there is none, it is not approved, the approval is too old, its items were changed, or it
                moves files and there is no colder store any more.
            PedigreeError: the graph or the store does not do it; asked again, it goes on.
        """
        plan = await self._known(plan_id, caller)
        if plan.state in {State.APPROVED, State.APPLYING}:
            refuse_old(plan, self.now())
            refuse_without_cold(policy_of(orjson.loads(plan.policy)), self._store, "input.id")
        if plan.state is State.APPROVED:
            plan = await self._begin(plan, caller)
        if plan.state is State.APPLYING:
            await self._wait(plan, lambda: self._apply(plan, caller))
        elif plan.state is not State.APPLIED:
            raise wrong_state(plan, "be carried out")
        return await self._reread(plan)

    async def report(self, caller: Caller) -> Report:
        """All that is stored of what the caller sees."""
        return await reporting.report(self._graph, self.now(), caller.sight)

    async def groups(self, grouping: Grouping, caller: Caller) -> list[Group]:
        """The same by group, the largest first."""
        return await reporting.groups_by(self._graph, grouping, caller.sight)

    async def close(self) -> None:
        """Ends what is under way; it is gone on with when it is asked for again."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def now(self) -> int:
        """The time, in microseconds since 1970 UTC."""
        return int(self._clock() * 1_000_000)

    async def _made_by(self, caller: Caller, actor: str) -> bool:
        """Whether that actor made the token by which the caller came in."""
        return caller.token is not None and await plans.made_token(self._graph, caller.token.uid, actor)

    async def _known(self, plan_id: str, caller: Caller) -> Plan:
        plan = await self.get(plan_id, caller)
        if plan is None:
            raise RetentionRefused("There is no plan with that id.", code=ErrorCode.NOT_FOUND, path="input.id")
        return plan

    async def _reread(self, plan: Plan) -> Plan:
        return await plans.plan_of(self._graph, plan.uid, self.now()) or plan

    async def _wait(self, plan: Plan, work: Callable[[], Awaitable[None]]) -> None:
        """Waits for the work at a plan, of which this service does no two at once; raises what it failed with."""
        task = self._tasks.get(plan.uid)
        if task is None:
            task = asyncio.ensure_future(_awaited(work))
            self._tasks[plan.uid] = task
            task.add_done_callback(lambda ended: self._ended(plan.uid, ended))
        await asyncio.wait({task}, timeout=self._patience)
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error

    def _ended(self, uid: str, task: asyncio.Task[None]) -> None:
        del self._tasks[uid]
        if not task.cancelled():
            task.exception()  # looked at here, since whoever waited for it may have left

    async def _begin(self, plan: Plan, caller: Caller) -> Plan:
        policy = policy_of(orjson.loads(plan.policy))
        if policy.digest != plan.policy_digest or await digest_of(self._graph, plan) != plan.digest:
            raise RetentionRefused(
                "The items of this plan are not those that were approved.",
                path="input.id",
                remedy="Somebody changed the graph past Pedigree: find out who, and have it planned anew.",
            )
        try:
            return await self._change(plan, State.APPROVED, state=State.APPLYING, at=None, by=("appliedBy", caller))
        except RetentionRefused:
            now = await self._reread(plan)
            if now.state in {State.APPLYING, State.APPLIED}:  # another began at the same moment
                return now
            raise

    async def _apply(self, plan: Plan, caller: Caller) -> None:
        worker = uuid4().hex
        if not await self._claim(plan, worker):
            return
        async with self._claimed(plan, worker):
            await Applying(self._graph, await self._reread(plan), caller, self.now, worker).run()
            await purge(self._graph, self._store, self.now)  # what has no days of grace goes at once
            if any(rule.action is Action.TIER for rule in policy_of(orjson.loads(plan.policy)).rules):
                await self._move()

    async def _move(self) -> None:
        """Moves what is to be. Where that fails the plan was carried out all the same: it is tried again and again."""
        try:
            await move(self._graph, self._store, self.now)
        except PedigreeError as error:
            structlog.get_logger("pedigree.retention").warning("not moved", error=error.message)

    async def _claim(self, plan: Plan, worker: str) -> bool:
        now = self.now()
        return await plans.claim(self._graph, plan.uid, worker, now, now + _LEASE)

    @asynccontextmanager
    async def _claimed(self, plan: Plan, worker: str) -> AsyncGenerator[None]:
        """Keeps the plan claimed while the work at it goes on."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(_LEASE / 3_000_000)
                with suppress(PedigreeError):
                    await self._claim(plan, worker)

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(PedigreeError):
                await plans.release(self._graph, plan.uid, worker)

    async def _change(self, plan: Plan, before: State, *, state: State, at: str | None, by: tuple[str, Caller]) -> Plan:
        """The plan in its next state, unless another has changed it meanwhile."""
        properties: dict[str, Any] = {"state": state.value, by[0]: by[1].uid}
        if at is not None:
            properties[at] = self.now()

        async def work(transaction: Transaction) -> bool:
            await know(transaction, by[1], self.now())
            return await plans.change(transaction, plan.uid, before, properties)

        if not await self._graph.write(work, repeatable=True):
            raise wrong_state(await self._reread(plan), "be changed")
        return await self._reread(plan)


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _sees(caller: Caller, plan: Plan) -> bool:
    """Whether a caller sees all namespaces of a plan: of a part of it nobody could decide."""
    return caller.sight is None or (plan.sight is not None and set(plan.sight) <= set(caller.sight))
