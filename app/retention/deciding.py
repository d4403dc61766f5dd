"""Decides, version by version, what becomes of their files: the one planner, of what is shown and of what is done."""

from collections.abc import AsyncGenerator, Container, Sequence
from dataclasses import dataclass

from app.retention import graph as cypher
from app.retention.ancestry import Protected
from app.retention.graph import Read, Sight, VersionFacts
from app.retention.policy import Facts, Kept, Policy

PAGE = 500
"""Of how many versions is decided at once: memory holds no more."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a version's files.

    Attributes:
        version: the version.
        rule: the number of the rule by which they go, or are moved; None where they are kept.
        kept: why they are kept; None where they go or are moved.
    """

    version: VersionFacts
    rule: int | None
    kept: Kept | None


class Decider:
    """Decides by one policy at one time.

    Args:
        policy: the policy.
        now: the time to which ages count, in microseconds since 1970 UTC.
    """

    def __init__(self, policy: Policy, now: int) -> None:
        self._policy = policy
        self._now = now
        self._newest: dict[str, frozenset[str]] = {}

    async def all(self, read: Read, sight: Sight) -> AsyncGenerator[list[Decision]]:
        """Of all versions in sight that have files here, by key, some hundreds at a time.

        What keeps the ancestors of something is found before the first: of what changes meanwhile, not all shows.

        Raises:
            GraphError: the graph does not answer.
        """
        after, protected = "", Protected()
        await protected.find(read)
        while page := await cypher.page_of_versions(read, after, PAGE, sight):
            after = page[-1][1]
            found, _ = await self._look_at(read, [uid for uid, _ in page])
            if found:
                yield [self._decision(each, protected) for each in found]
            self._forget({each.model for each in found[-1:]})

    async def of(self, read: Read, uids: Sequence[str]) -> list[Decision]:
        """Of those of these versions that have files here, in the order of the uids; all of it read by that `read`.

        Raises:
            GraphError: the graph does not answer.
        """
        found, going = await self._look_at(read, uids)
        ancestors = await cypher.ancestors_of_protected(read, going)
        return [self._decision(each, ancestors) for each in found]

    async def _look_at(self, read: Read, uids: Sequence[str]) -> tuple[list[VersionFacts], list[str]]:
        """What is known of those that have files here, and which would lose them if nothing came from these."""
        found = await cypher.facts_of(read, uids)
        going = [each for each in found if protection(each) is None and self._rule(each) is not None]
        await self._learn_newest(read, going)
        return found, [each.uid for each in going]

    def _decision(self, version: VersionFacts, ancestors: Container[str]) -> Decision:
        if (first := protection(version)) is not None:
            return Decision(version, None, first)
        rule = self._rule(version)
        if rule is None:
            return Decision(version, None, Kept.NO_RULE)
        if version.uid in ancestors:
            return Decision(version, None, Kept.ANCESTOR)
        if version.uid in self._newest.get(version.model, ()):
            return Decision(version, None, Kept.NEWEST)
        return Decision(version, rule, None)

    def _rule(self, version: VersionFacts) -> int | None:
        return self._policy.rule_for(facts_for(version, self._now), self._now)

    async def _learn_newest(self, read: Read, versions: Sequence[VersionFacts]) -> None:
        """Looks up the newest versions of models that have not been met: versions come model by model."""
        models = {each.model for each in versions} - self._newest.keys()
        if models and self._policy.keep_newest:
            self._newest |= await cypher.newest_of(read, models, self._policy.keep_newest)

    def _forget(self, but: set[str]) -> None:
        self._newest = {model: found for model, found in self._newest.items() if model in but}


def protection(version: VersionFacts) -> Kept | None:
    """Why a version keeps its files whatever a policy says, as far as it shows on the version itself."""
    if version.held:
        return Kept.HOLD
    if version.promoted:
        return Kept.PRODUCTION
    return Kept.SERVED if version.served else None


def facts_for(version: VersionFacts, now: int) -> Facts:
    """What rules look at in a version, at a time."""
    begun = [at for at in version.stage_times if at <= now]
    active = [version.registered_at, version.handed_over_at, *begun]
    if version.evaluated_at is not None:
        active.append(version.evaluated_at)
    return Facts(
        namespace=version.key[0],
        stage=version.stage,
        stages=version.stages,
        risk_tier=version.risk_tier,
        registered_at=version.registered_at,
        active_at=max(active),
        tiered=version.tiered,
    )
