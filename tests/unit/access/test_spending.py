"""What a caller may spend comes back as time goes by, and is never spent twice."""

import random
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.access.service import LOCAL, Caller
from app.access.spending import UNCOUNTED, Budget, Rate, Spending

SECOND = 1_000_000_000
ANN, ENGINEERING = Caller("issuer", "ann"), Caller("issuer", "engineer")


class Clock:
    """Nanoseconds that a test decides."""

    def __init__(self) -> None:
        self.now = 17 * SECOND

    def __call__(self) -> int:
        return self.now


def _paid(spending: Spending, cost: int, caller: Caller = ANN) -> Budget:
    budget = spending.spend(caller, cost)
    assert budget is not None
    return budget


def test_what_is_spent_comes_back_evenly() -> None:
    clock, rate = Clock(), Rate(per_minute=60, burst=100)
    spending = Spending(rate, clock)
    assert spending.left(ANN) == Budget(rate, left=100, full_in=0)
    assert _paid(spending, 70) == Budget(rate, left=30, full_in=70)
    assert _paid(spending, 50) == Budget(rate, left=30, full_in=70, wait=20)
    clock.now += 20 * SECOND - 1
    assert _paid(spending, 50).wait == 1
    assert spending.left(ANN) == Budget(rate, left=49, full_in=51)
    clock.now += 1
    assert _paid(spending, 50) == Budget(rate, left=0, full_in=100)
    clock.now += 3_600 * SECOND
    assert spending.left(ANN) == Budget(rate, left=100, full_in=0), "no more than the burst is ever there"


def test_what_was_refused_is_not_spent() -> None:
    spending = Spending(Rate(per_minute=60, burst=10), Clock())
    assert _paid(spending, 8).left == 2
    for _ in range(5):
        assert _paid(spending, 3).wait == 1
    assert _paid(spending, 2).left == 0


def test_each_caller_has_a_budget_whatever_roles_it_comes_with() -> None:
    spending = Spending(Rate(per_minute=1, burst=10), Clock())
    assert _paid(spending, 10).left == 0
    assert _paid(spending, 1, Caller("issuer", "ann", frozenset(), ("team",))).wait == 60
    assert _paid(spending, 10, ENGINEERING).left == 0
    assert _paid(spending, 10, Caller("another", "ann")).left == 0


def test_without_login_or_without_a_rate_nothing_is_counted() -> None:
    spending = Spending(Rate(per_minute=1, burst=1), Clock())
    assert spending.spend(LOCAL, 10**9) is None
    assert spending.left(LOCAL) is None
    assert Spending(UNCOUNTED).spend(ANN, 10**9) is None


def test_callers_are_forgotten_that_have_not_asked_for_the_longest_time() -> None:
    clock = Clock()
    spending = Spending(Rate(per_minute=1, burst=10), clock, most=3)
    callers = [Caller("issuer", str(number)) for number in range(4)]
    for caller in (*callers[:3], callers[0]):
        _paid(spending, 4, caller)
    _paid(spending, 4, callers[3])
    assert len(spending._owed) == 3
    assert [_left(spending, caller) for caller in callers] == [2, 10, 6, 6]


def _left(spending: Spending, caller: Caller) -> int:
    budget = spending.left(caller)
    assert budget is not None
    return budget.left


@given(per_minute=st.integers(1, 10**7), burst=st.integers(1, 10**7), rng=st.randoms(use_true_random=False))
def test_in_no_stretch_of_time_more_is_spent_than_the_burst_and_what_came_back(
    per_minute: int, burst: int, rng: random.Random
) -> None:
    clock = Clock()
    spending = Spending(Rate(per_minute, burst), clock)
    paid: list[tuple[int, int]] = []
    for _ in range(40):
        cost = rng.randint(0, burst)
        budget = _paid(spending, cost)
        if budget.wait:
            clock.now += budget.wait * SECOND
            assert _paid(spending, cost).wait == 0, "there is enough when it was said to be"
        paid.append((clock.now, cost))
        clock.now += rng.choice((0, 1, SECOND // 7, rng.randint(0, 90 * SECOND)))
    for first, (since, _) in enumerate(paid):
        for last in range(first, len(paid)):
            passed = Fraction(paid[last][0] - since, 60 * SECOND)
            assert sum(cost for _, cost in paid[first : last + 1]) <= burst + passed * per_minute
