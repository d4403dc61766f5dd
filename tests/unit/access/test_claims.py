"""From claims to roles and namespaces."""

import json
from typing import Any

import pytest

from app.access.claims import RulesRefused, given_by, read_rules
from app.access.granted import Sight
from app.access.roles import Role
from app.access.service import Given

VIEWER, ENGINEER, SCANNER = Role.VIEWER, Role.ENGINEER, Role.SCANNER
RULES: list[dict[str, Any]] = [
    {"claim": "groups", "has": "churn", "roles": ["ENGINEER"], "namespaces": ["churn"]},
    {"claim": ["realm_access", "roles"], "has": "scanner", "roles": ["SCANNER"], "namespaces": ["found"]},
    {"claim": "scope", "has": "pedigree:read", "roles": ["VIEWER"], "namespaces": None},
    {"claim": "email", "roles": ["VIEWER"], "namespaces": []},
    {
        "claim": "https://example.org/teams",
        "has": "x",
        "roles": [],
        "namespaces": {"claim": "https://example.org/teams"},
    },
]


@pytest.mark.parametrize(
    ("claims", "roles", "sight"),
    (
        ({}, set(), ()),
        ({"groups": ["churn", "other"]}, {ENGINEER}, ("churn",)),
        ({"groups": "churn"}, {ENGINEER}, ("churn",)),
        ({"groups": "churn other"}, set(), ()),
        ({"groups": {"churn": True}}, set(), ()),
        ({"groups": ["churn"], "realm_access": {"roles": ["scanner"]}}, {ENGINEER, SCANNER}, ("churn", "found")),
        ({"realm_access": ["scanner"]}, set(), ()),
        ({"realm_access": {"roles": [["scanner"], 7]}}, set(), ()),
        ({"scope": "openid pedigree:read", "groups": ["churn"]}, {VIEWER, ENGINEER}, None),
        ({"scope": "pedigree:reads"}, set(), ()),
        ({"email": "a@example.org"}, {VIEWER}, ()),
        ({"https://example.org/teams": ["x", "y"]}, set(), ("x", "y")),
        ({"https://example.org/teams": ["x", "", "\ud800", "a\0", "l" * 10_000]}, set(), ("x",)),
        ({"email": ""}, set(), ()),
    ),
)
def test_what_claims_give_adds_up(claims: dict[str, Any], roles: set[Role], sight: Sight) -> None:
    assert given_by(read_rules(json.dumps(RULES)), claims) == Given(frozenset(roles), sight)


def test_a_rule_without_a_claim_is_for_everybody() -> None:
    [rule] = read_rules('[{"roles": ["VIEWER"], "namespaces": ["public"]}]')
    assert given_by([rule], {}) == Given(frozenset({VIEWER}), ("public",))


def test_no_rules_give_nothing() -> None:
    assert given_by(read_rules(""), {"groups": ["churn"]}) == Given()


@pytest.mark.parametrize(
    "text",
    (
        "[",
        "{}",
        "[1]",
        '[{"roles": ["VIEWER"]}]',
        '[{"namespaces": null}]',
        '[{"roles": ["KING"], "namespaces": null}]',
        '[{"roles": "VIEWER", "namespaces": null}]',
        '[{"roles": ["VIEWER"], "namespaces": "churn"}]',
        '[{"roles": ["VIEWER"], "namespaces": [""]}]',
        '[{"roles": ["VIEWER"], "namespaces": null, "has": "x"}]',
        '[{"roles": ["VIEWER"], "namespaces": null, "claim": "x", "has": 1}]',
        '[{"roles": ["VIEWER"], "namespaces": null, "claim": [1]}]',
        '[{"roles": ["VIEWER"], "namespaces": null, "claims": "x"}]',
        json.dumps([{"roles": [], "namespaces": []}] * 1_001),
    ),
)
def test_rules_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(RulesRefused) as refused:
        read_rules(text)
    assert "PEDIGREE_OIDC_RULES" in refused.value.message


def test_the_rule_that_is_wrong_is_named() -> None:
    with pytest.raises(RulesRefused, match=r"Rule 1 .*KING"):
        read_rules('[{"roles": [], "namespaces": []}, {"roles": ["KING"], "namespaces": []}]')
