"""What is left of a token's bounds and a grant, and who is the last admin."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.granted import (
    Actor,
    Admins,
    Grant,
    Sight,
    Token,
    both,
    caller_with,
    counting,
    either,
    reach_of,
    sight_of,
    within,
)
from app.access.roles import Role

NAMES = st.sampled_from("abcd")
SIGHTS = st.none() | st.sets(NAMES).map(sight_of)
ROLES = st.frozensets(st.sampled_from(list(Role)))
EVERYTHING = frozenset("abcd")


def _seen(sight: Sight) -> frozenset[str]:
    return EVERYTHING | {"all"} if sight is None else frozenset(sight)


@given(SIGHTS, SIGHTS)
def test_sights_are_sets(one: Sight, other: Sight) -> None:
    assert _seen(both(one, other)) == _seen(one) & _seen(other)
    assert _seen(either(one, other)) == _seen(one) | _seen(other)
    assert within(one, other) == (_seen(one) <= _seen(other))
    assert both(one, other) == both(other, one)


def _token(roles: frozenset[Role], sight: Sight) -> Token:
    return Token("u", "d", "ci", "people", "admin", roles, sight, 1, "by", 100)


@given(ROLES, SIGHTS, ROLES, SIGHTS)
def test_nobody_may_more_than_both_say(
    roles: frozenset[Role], sight: Sight, held: frozenset[Role], seen: Sight
) -> None:
    caller = caller_with(_token(roles, sight), Grant("people", "admin", held, seen, 1))
    assert caller.roles <= roles & held
    assert roles & held - caller.roles <= {Role.ADMIN}
    assert _seen(caller.sight) == _seen(sight) & _seen(seen)
    assert Role.ADMIN not in caller.roles or caller.sight is None


@given(ROLES, SIGHTS, ROLES, SIGHTS, ROLES, SIGHTS)
def test_by_a_token_one_reaches_itself_and_none_that_may_more(
    roles: frozenset[Role],
    sight: Sight,
    held: frozenset[Role],
    seen: Sight,
    others: frozenset[Role],
    other_sight: Sight,
) -> None:
    grant = Grant("people", "admin", held, seen, 1)
    own, other = _token(roles, sight), replace(_token(others, other_sight), uid="v")
    caller, another = caller_with(own, grant), caller_with(other, grant)
    reach = reach_of(caller, grant)
    assert reach.holds(own)
    assert reach.holds(replace(other, subject="engineer")) == (Role.ADMIN in caller.roles)
    if reach.holds(other) and Role.ADMIN not in caller.roles:
        assert another.roles <= caller.roles
        assert within(another.sight, caller.sight)


def test_a_token_of_one_who_was_never_granted_anything_does_nothing() -> None:
    caller = caller_with(_token(frozenset(Role), None), None)
    assert (caller.roles, caller.sight) == (frozenset(), ())


def test_admin_counts_for_who_sees_all() -> None:
    both_roles = frozenset({Role.ADMIN, Role.VIEWER})
    assert counting(both_roles, None) == both_roles
    assert counting(both_roles, ("a",)) == {Role.VIEWER}


@pytest.mark.parametrize(("now", "revoked", "live"), ((99, None, True), (100, None, False), (1, 50, False)))
def test_a_token_lives_until_it_ends_or_is_revoked(now: int, revoked: int | None, live: bool) -> None:
    token = Token("u", "d", "ci", "people", "admin", frozenset(), None, 1, "by", 100, revoked)
    assert token.live(now) is live


@pytest.mark.parametrize(
    ("issuer", "ways_in"),
    (("idp", {("idp", "7"), ("people", "admin")}), ("new-idp", {("people", "admin")}), ("", {("people", "admin")})),
)
def test_an_actor_of_the_issuer_that_is_configured_needs_no_token(issuer: str, ways_in: set[Actor]) -> None:
    admins = Admins(frozenset({("idp", "7"), ("people", "admin")}), {"t": ("people", "admin")}, issuer)
    assert admins.ways_in == ways_in
    assert admins.may_become(admins.without_token("t")) == (issuer == "idp")


ADMINISTRATOR, ENGINEERING = ("people", "admin"), ("people", "engineer")


@given(
    st.frozensets(st.sampled_from([ADMINISTRATOR, ENGINEERING, ("idp", "7")])),
    st.dictionaries(st.sampled_from("tuv"), st.sampled_from([ADMINISTRATOR, ENGINEERING, ("idp", "7")])),
    st.sampled_from(["", "idp"]),
    st.sampled_from([ADMINISTRATOR, ENGINEERING, ("idp", "7")]),
    st.sampled_from("tuv"),
)
def test_a_change_that_is_let_pass_locks_nobody_out(
    holders: frozenset[Actor],
    tokens: dict[str, Actor],
    issuer: str,
    actor: Actor,
    uid: str,
) -> None:
    before = Admins(holders, tokens, issuer)
    for after in (before.without_holder(actor), before.without_token(uid)):
        allowed = before.may_become(after)
        assert allowed == ((bool(after.holders) or not holders) and (bool(after.ways_in) or not before.ways_in))
        assert after.ways_in <= before.ways_in
    assert before.ways_in == {each for each in holders if each in tokens.values() or (issuer and each[0] == issuer)}
