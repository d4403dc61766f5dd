"""A retention policy: rules as data, and what must never be taken away whatever they say. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from app.errors import ErrorCode, PedigreeError
from graph_schema.canonical import canonical, flaw_of_text, shown
from graph_schema.nodes import STAGES

DAY = 24 * 60 * 60 * 1_000_000
"""In microseconds."""

GRACE_DAYS = 30
"""For how long files can be restored, where a rule does not say."""

MOST_DAYS = 36_500
MOST_RULES = 100
MOST_KEPT = 1_000
MOST_NAME = 200

_DEVELOPED = frozenset({"DEVELOPMENT", "RETIRED", "ARCHIVED"})
"""The stages that are no promotion."""


class RetentionRefused(PedigreeError):
    """Something about retention makes no sense, or may not be; nothing was changed."""

    standard_code = ErrorCode.BAD_VALUE


class Action(StrEnum):
    """What becomes of the files of versions that fall under a rule."""

    DELETE_ARTIFACT = "DELETE_ARTIFACT"
    """They are taken away, and once nobody may restore them their bytes go."""

    TIER = "TIER"
    """They are moved to the colder store, and stay at hand."""


class Kept(StrEnum):
    """Why a version keeps its files: the first that holds, in this order."""

    HOLD = "HOLD"
    PRODUCTION = "PRODUCTION"
    SERVED = "SERVED"
    ANCESTOR = "ANCESTOR"
    NEWEST = "NEWEST"
    NO_RULE = "NO_RULE"


@dataclass(frozen=True, slots=True)
class Rule:
    """Versions whose files go, or are moved: those of which all holds that it names.

    Attributes:
        action: what becomes of their files. A version whose files were moved falls under no rule that moves them.
        stages: it is in one of these now; empty for any.
        risk_tiers: its model is of one of these; empty for any. A model of no known tier is of none.
        namespaces: its model is in one of these; empty for any.
        older_than: it was registered so long ago, in microseconds; None for any.
        idle_for: so long nothing happened to it, in microseconds; None for any.
        never_promoted: it never left DEVELOPMENT but to be retired.
        grace: how long files that are taken away can be restored, in microseconds.
    """

    action: Action = Action.DELETE_ARTIFACT
    stages: tuple[str, ...] = ()
    risk_tiers: tuple[int, ...] = ()
    namespaces: tuple[str, ...] = ()
    older_than: int | None = None
    idle_for: int | None = None
    never_promoted: bool = False
    grace: int = GRACE_DAYS * DAY


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at in a version.

    Attributes:
        namespace: of its model.
        stage: the one it is in now.
        stages: all that it has been in, or will be in by what is claimed.
        risk_tier: of its model; None where nobody says.
        registered_at: in microseconds since 1970 UTC, as all times here.
        active_at: when something last happened to it: it was registered, changed its stage, was evaluated, or its
            files were handed over.
        tiered: whether its files were moved to the colder store.
    """

    namespace: str
    stage: str
    stages: Sequence[str]
    risk_tier: int | None
    registered_at: int
    active_at: int
    tiered: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy.

    Attributes:
        name: by which people know it.
        rules: the first that a version falls under counts.
        keep_newest: how many of the newest versions of each model keep their files whatever the rules say.
    """

    name: str
    rules: tuple[Rule, ...]
    keep_newest: int = 1

    def rule_for(self, facts: Facts, now: int) -> int | None:
        """The number of the first rule that a version falls under at a time; None for none."""
        return next((number for number, rule in enumerate(self.rules) if matches(rule, facts, now)), None)

    @property
    def data(self) -> dict[str, Any]:
        """It as JSON, with all that was left out filled in."""
        return {
            "name": self.name,
            "keepNewest": self.keep_newest,
            "rules": [_rule_data(rule) for rule in self.rules],
        }

    @property
    def digest(self) -> str:
        """`sha256:` and the digest of its canonical form (RFC 8785)."""
        return f"sha256:{sha256(canonical(self.data).encode()).hexdigest()}"


def matches(rule: Rule, facts: Facts, now: int) -> bool:
    """Whether a version falls under a rule at a time."""
    return (
        not (facts.tiered and rule.action is Action.TIER)
        and (not rule.stages or facts.stage in rule.stages)
        and (not rule.risk_tiers or facts.risk_tier in rule.risk_tiers)
        and (not rule.namespaces or facts.namespace in rule.namespaces)
        and (rule.older_than is None or facts.registered_at <= now - rule.older_than)
        and (rule.idle_for is None or facts.active_at <= now - rule.idle_for)
        and (not rule.never_promoted or _DEVELOPED.issuperset((*facts.stages, facts.stage)))
    )


def read_policy(given: Mapping[str, Any], place: str = "input.policy") -> Policy:
    """The policy that such data describe.

    Args:
        given: with the fields of the API.
        place: where it stands, for messages.

    Raises:
        RetentionRefused: it makes no sense, or would take away everything.
    """
    name = given["name"].strip()
    if not name or len(name) > MOST_NAME or flaw_of_text(name):
        raise RetentionRefused(f"A policy has a name of 1 to {MOST_NAME} characters.", path=f"{place}.name")
    keep = given.get("keepNewest", 1)
    if not 0 <= keep <= MOST_KEPT:
        raise RetentionRefused(f"`keepNewest` is 0 to {MOST_KEPT:,}, and not {keep}.", path=f"{place}.keepNewest")
    rules = given["rules"]
    if not 1 <= len(rules) <= MOST_RULES:
        raise RetentionRefused(f"A policy has 1 to {MOST_RULES} rules, and not {len(rules)}.", path=f"{place}.rules")
    return Policy(name, tuple(_rule(rule, f"{place}.rules[{at}]") for at, rule in enumerate(rules)), keep)


def policy_of(data: Mapping[str, Any]) -> Policy:
    """The policy that was stored as `Policy.data`."""
    return read_policy(data)


def _rule(given: Mapping[str, Any], place: str) -> Rule:
    for name in ("olderThanDays", "idleForDays", "graceDays"):
        days = given.get(name)
        if days is not None and not 0 <= days <= MOST_DAYS:
            raise RetentionRefused(f"`{name}` is 0 to {MOST_DAYS:,} days, and not {days}.", path=f"{place}.{name}")
    for name in ("stages", "riskTiers", "namespaces"):
        if given.get(name) == []:
            raise RetentionRefused(
                f"`{name}` is empty, so that the rule would speak of nothing.",
                path=f"{place}.{name}",
                remedy="Name some, or leave it out for any.",
            )
    grace, action = given.get("graceDays"), Action(given.get("action") or Action.DELETE_ARTIFACT)
    rule = Rule(
        action=action,
        stages=_stages(given.get("stages") or (), place),
        risk_tiers=tuple(sorted({*(given.get("riskTiers") or ())})),
        namespaces=tuple(sorted({*(given.get("namespaces") or ())})),
        older_than=_micros(given.get("olderThanDays")),
        idle_for=_micros(given.get("idleForDays")),
        never_promoted=bool(given.get("neverPromoted")),
        grace=(GRACE_DAYS if grace is None or action is Action.TIER else grace) * DAY,  # what is moved needs none
    )
    conditions = (rule.stages, rule.risk_tiers, rule.namespaces, rule.never_promoted, rule.older_than, rule.idle_for)
    if not any(conditions):
        raise RetentionRefused(
            f"This rule would {'move' if rule.action is Action.TIER else 'take'} the files of everything that no other "
            "reason keeps.",
            path=place,
            remedy="Say at least one of stages, riskTiers, namespaces, neverPromoted, olderThanDays and idleForDays; "
            "days of 0 say nothing.",
        )
    return rule


def _stages(given: Sequence[str], place: str) -> tuple[str, ...]:
    unknown = [each for each in given if each not in STAGES]
    if unknown:
        raise RetentionRefused(f"{shown(unknown[0])} is no stage.", path=f"{place}.stages")
    return tuple(each for each in STAGES if each in given)


def _micros(days: int | None) -> int | None:
    return None if days is None else days * DAY


def _rule_data(rule: Rule) -> dict[str, Any]:
    # The usual action goes without saying, as in the policies of plans from before there was another.
    action = {} if rule.action is Action.DELETE_ARTIFACT else {"action": rule.action.value}
    return {
        **action,
        "stages": list(rule.stages) or None,
        "riskTiers": list(rule.risk_tiers) or None,
        "namespaces": list(rule.namespaces) or None,
        "olderThanDays": _days(rule.older_than),
        "idleForDays": _days(rule.idle_for),
        "neverPromoted": rule.never_promoted,
        "graceDays": rule.grace // DAY,
    }


def _days(micros: int | None) -> int | None:
    return None if micros is None else micros // DAY
