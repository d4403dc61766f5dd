"""From the claims of a verified token to roles and namespaces, by rules that are data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from app.access.granted import Sight, either, sight_of
from app.access.roles import Role
from app.access.service import Given
from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import KEY_LENGTH

_MOST_RULES = 1_000
_KEYS = frozenset({"claim", "has", "roles", "namespaces"})
_SPACED = frozenset({"scope", "scp"})
"""Claims that hold several words in one text (RFC 8693, section 4.2)."""

_EXAMPLE = '[{"claim": "groups", "has": "churn-team", "roles": ["ENGINEER"], "namespaces": ["churn"]}]'


class RulesRefused(PedigreeError):
    """Rules that make no sense."""

    standard_code = ErrorCode.SETTINGS_REFUSED


@dataclass(frozen=True, slots=True)
class Rule:
    """What whoever has a claim may do.

    Attributes:
        path: the claim, and within it further names where it is an object; empty: everybody.
        has: what it must be, or hold; None where any will do.
        roles: what it gives.
        sight: where.
        sight_from: the claim that names the namespaces, in place of `sight`; empty where none does.
    """

    path: tuple[str, ...]
    has: str | None
    roles: frozenset[Role]
    sight: Sight
    sight_from: tuple[str, ...] = ()


def given_by(rules: Sequence[Rule], claims: Mapping[str, Any]) -> Given:
    """What these claims give; nothing where no rule applies."""
    roles: frozenset[Role] = frozenset()
    sight: Sight = ()
    for rule in rules:
        if not rule.path or _holds(claims, rule):
            roles |= rule.roles
            sight = either(sight, sight_of(_words(claims, rule.sight_from)) if rule.sight_from else rule.sight)
    return Given(roles, sight)


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules in a JSON list, as PEDIGREE_OIDC_RULES holds it.

    Raises:
        RulesRefused: it is none; the message names the rule.
    """
    if not text:
        return ()
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RulesRefused(f"PEDIGREE_OIDC_RULES is no JSON: {error}.", remedy=f"Write {_EXAMPLE}.") from error
    if not isinstance(value, list) or len(cast("list[Any]", value)) > _MOST_RULES:
        message = f"PEDIGREE_OIDC_RULES is no list of at most {_MOST_RULES} rules."
        raise RulesRefused(message, remedy=f"Write {_EXAMPLE}.")
    return tuple(_rule(each, index) for index, each in enumerate(cast("list[Any]", value)))


def _rule(value: Any, index: int) -> Rule:
    try:
        return _read(value)
    except (KeyError, TypeError, ValueError) as error:
        message = f"Rule {index} of PEDIGREE_OIDC_RULES cannot be used: {error}."
        raise RulesRefused(message, remedy=f"Write {_EXAMPLE}; `claim` and `has` may be left out.") from error


def _read(value: Any) -> Rule:
    rule = _object(value)
    if strange := set(rule) - _KEYS:
        raise ValueError(f"it has {', '.join(sorted(strange))}, which means nothing")
    if "roles" not in rule or "namespaces" not in rule:
        raise ValueError("it must say `roles`, and `namespaces` (null: all there are)")
    has = rule.get("has")
    if has is not None and not (isinstance(has, str) and "claim" in rule):
        raise TypeError("`has` is a text, and stands beside a `claim`")
    names = [Role(each) for each in _texts(rule["roles"], "roles")]
    namespaces = rule["namespaces"]
    if isinstance(namespaces, dict):
        return Rule(_path(rule), has, frozenset(names), (), _path(cast("dict[str, Any]", namespaces)))
    sight = None if namespaces is None else sight_of(_texts(namespaces, "namespaces"))
    return Rule(_path(rule), has, frozenset(names), sight)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("it is no object")
    return cast("dict[str, Any]", value)


def _path(rule: dict[str, Any]) -> tuple[str, ...]:
    claim = rule.get("claim", ())
    return (claim,) if isinstance(claim, str) else tuple(_texts(claim, "claim"))


def _texts(value: Any, name: str) -> list[str]:
    texts = list(cast("Sequence[Any]", value)) if isinstance(value, (list, tuple)) else None
    if texts is None or not all(isinstance(each, str) and each for each in texts):
        raise TypeError(f"`{name}` is no list of texts")
    return texts


def _holds(claims: Mapping[str, Any], rule: Rule) -> bool:
    words = _words(claims, rule.path)
    return bool(words) if rule.has is None else rule.has in words


def _words(claims: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """The texts that a claim is or holds: those of them that a namespace or a role may be."""
    value: Any = claims
    for name in path:
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    found: list[Any] = cast("list[Any]", value) if isinstance(value, list) else []
    if isinstance(value, str):
        found = value.split() if path[-1] in _SPACED else [value]
    return [each for each in found if isinstance(each, str) and 0 < len(each) <= KEY_LENGTH and _sayable(each)]


def _sayable(text: str) -> bool:
    """Whether it is Unicode without NUL, as what is stored must be."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
