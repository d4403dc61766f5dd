"""Policies: what makes no sense is refused with its place, and a rule speaks of exactly what it says."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from app.errors import ErrorCode
from app.retention.policy import (
    DAY,
    GRACE_DAYS,
    Action,
    Facts,
    Policy,
    RetentionRefused,
    Rule,
    matches,
    policy_of,
    read_policy,
)

NOW = 1_000 * DAY
YOUNG = Facts("n", "DEVELOPMENT", [], None, NOW - DAY, NOW - DAY)


def read(*rules: dict[str, Any], **others: Any) -> Policy:
    return read_policy({"name": "tidy", "rules": list(rules), **others})


@pytest.mark.parametrize(
    ("given", "place"),
    (
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"rules": []}, "rules"),
        ({"rules": [{"neverPromoted": True}] * 101}, "rules"),
        ({"keepNewest": -1}, "keepNewest"),
        ({"keepNewest": 1_001}, "keepNewest"),
        ({"rules": [{}]}, "rules[0]"),
        ({"rules": [{"neverPromoted": True}, {"graceDays": 3}]}, "rules[1]"),
        ({"rules": [{"olderThanDays": 0}]}, "rules[0]"),
        ({"rules": [{"idleForDays": 0, "neverPromoted": False}]}, "rules[0]"),
        ({"rules": [{"olderThanDays": -1}]}, "rules[0].olderThanDays"),
        ({"rules": [{"idleForDays": 36_501}]}, "rules[0].idleForDays"),
        ({"rules": [{"neverPromoted": True, "graceDays": -1}]}, "rules[0].graceDays"),
        ({"rules": [{"stages": ["NOWHERE"]}]}, "rules[0].stages"),
        ({"rules": [{"stages": [], "neverPromoted": True}]}, "rules[0].stages"),
        ({"rules": [{"riskTiers": [], "neverPromoted": True}]}, "rules[0].riskTiers"),
        ({"rules": [{"namespaces": [], "neverPromoted": True}]}, "rules[0].namespaces"),
    ),
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], place: str) -> None:
    with pytest.raises(RetentionRefused) as refused:
        read_policy({"name": "tidy", "rules": [{"neverPromoted": True}], **given})
    assert (refused.value.code, refused.value.path) == (ErrorCode.BAD_VALUE, f"input.policy.{place}")


@pytest.mark.parametrize("said", ({"riskTiers": [3]}, {"namespaces": ["n"]}, {"stages": ["PRODUCTION"]}))
def test_one_condition_is_enough(said: dict[str, Any]) -> None:
    (rule,) = read(said).rules
    assert matches(rule, replace(YOUNG, risk_tier=3, stage="PRODUCTION"), NOW)
    assert not matches(rule, replace(YOUNG, namespace="m"), NOW)


def test_what_is_left_out_is_filled_in() -> None:
    policy = read({"olderThanDays": 5})
    assert policy == Policy("tidy", (Rule(older_than=5 * DAY, grace=GRACE_DAYS * DAY),), keep_newest=1)


def test_a_policy_survives_its_storing_and_its_digest_tells_it_from_others() -> None:
    one = {"stages": ["RETIRED", "STAGING"], "riskTiers": [3, 2], "namespaces": ["b", "a"], "idleForDays": 9}
    policies = [
        read(one),
        read({**one, "graceDays": 1}),
        read({**one, "idleForDays": 8}),
        read({**one, "neverPromoted": True}),
        read({**one, "action": "TIER"}),
        read(one, one),
        read(one, keepNewest=2),
        read_policy({"name": "other", "rules": [one]}),
    ]
    for policy in policies:
        assert policy_of(policy.data) == policy
    assert len({policy.digest for policy in policies}) == len(policies)
    assert read({**one, "riskTiers": [2, 3, 3], "namespaces": ["a", "b"], "stages": ["STAGING", "RETIRED"]}) == read(
        one
    )


def test_a_rule_speaks_of_that_of_which_all_holds_that_it_says() -> None:
    """Against the same asked of each condition by itself."""
    rules = [
        Rule(Action.DELETE_ARTIFACT, stages, tiers, namespaces, older, idle, never)
        for stages, tiers, namespaces, older, idle, never in product(
            ((), ("RETIRED",)), ((), (1, 3)), ((), ("n",)), (None, 10 * DAY), (None, 5 * DAY), (False, True)
        )
    ]
    facts = [
        Facts(namespace, stage, stages, tier, NOW - age, NOW - idle)
        for namespace, stage, stages, tier, age, idle in product(
            ("n", "m"),
            ("DEVELOPMENT", "RETIRED", "STAGING"),
            ([], ["STAGING", "RETIRED"], ["RETIRED"]),
            (None, 1, 2),
            (10 * DAY, 10 * DAY - 1),
            (5 * DAY, 5 * DAY - 1),
        )
    ]
    spoken = 0
    for rule, fact in product(rules, facts):
        every = True
        if rule.stages:
            every &= fact.stage == "RETIRED"
        if rule.risk_tiers:
            every &= fact.risk_tier == 1
        if rule.namespaces:
            every &= fact.namespace == "n"
        if rule.older_than:
            every &= NOW - fact.registered_at >= 10 * DAY
        if rule.idle_for:
            every &= NOW - fact.active_at >= 5 * DAY
        if rule.never_promoted:
            every &= "STAGING" not in (fact.stage, *fact.stages)
        assert matches(rule, fact, NOW) == every, (rule, fact)
        spoken += every
    assert 0 < spoken < len(rules) * len(facts)


def test_a_policy_from_before_there_was_another_action_has_the_digest_that_it_had() -> None:
    policy = read({"stages": ["RETIRED"], "action": "DELETE_ARTIFACT"})
    assert policy == read({"stages": ["RETIRED"]})
    assert "action" not in policy.data["rules"][0]


def test_files_are_moved_once_and_then_another_rule_may_speak_of_them() -> None:
    policy = read({"olderThanDays": 1, "action": "TIER"}, {"olderThanDays": 1})
    assert [policy.rule_for(each, NOW) for each in (YOUNG, replace(YOUNG, tiered=True))] == [0, 1]
    assert read({"olderThanDays": 1, "action": "TIER"}).rule_for(replace(YOUNG, tiered=True), NOW) is None


def test_the_first_rule_counts() -> None:
    policy = read({"stages": ["RETIRED"]}, {"stages": ["DEVELOPMENT"]}, {"neverPromoted": True})
    assert policy.rule_for(YOUNG, NOW) == 1
    assert read({"stages": ["RETIRED"]}).rule_for(YOUNG, NOW) is None
