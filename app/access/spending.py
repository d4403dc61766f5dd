"""What callers may spend: for each a bucket that fills as time goes by, and out of which operations are paid.

It is counted for each caller, whatever connections and tokens it has, by each instance for itself. The numbers are
exact: a bucket is kept as what is owed to it, in cost times the nanoseconds of a minute.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.access.service import LOCAL, Caller

_MINUTE = 60_000_000_000
"""In nanoseconds."""

_MOST_CALLERS = 10_000
"""How many callers are remembered: whoever has not asked for the longest time is forgotten, and has all again."""


LEAST = 1
"""What every request costs at least, also one that is refused: it was read all the same."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How much each caller may spend.

    Attributes:
        per_minute: the cost that comes back in a minute; 0: nothing is counted.
        burst: the most that may be spent at once.
    """

    per_minute: int
    burst: int

    @property
    def seconds(self) -> int:
        """In how many seconds all of it has come back."""
        return -(-self.burst * 60 // self.per_minute)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a caller may spend, and what is left of it.

    Attributes:
        rate: how much.
        left: what may be spent now.
        full_in: seconds until all may be.
        wait: seconds until there is enough for what was refused; 0 where it was paid.
    """

    rate: Rate
    left: int
    full_in: int
    wait: int = 0


class Spending:
    """Counts what callers spend.

    Args:
        rate: how much each may.
        clock: nanoseconds that never go back.
        most: how many callers are remembered.
    """

    def __init__(self, rate: Rate, clock: Callable[[], int] = time.monotonic_ns, most: int = _MOST_CALLERS) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._owed: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()

    def spend(self, caller: Caller, cost: int) -> Budget | None:
        """What is left once so much is paid, or when there will be enough for it, and then nothing is paid.

        It is one step for whoever asks at the same time, so that nobody spends twice what is there once.

        Args:
            caller: who pays. Without login nobody can be told apart, so nothing is counted, and the answer is None.
            cost: at most the burst; what costs more would never be paid.
        """
        if not self._counts(caller):
            return None
        now, key = self._clock(), (caller.issuer, caller.subject)
        owed, price = self._owing(key, now), cost * _MINUTE
        lacking = owed + price - self._rate.burst * _MINUTE
        if lacking > 0:
            return self._budget(owed, lacking)
        self._owed[key] = (owed + price, now)
        self._owed.move_to_end(key)
        if len(self._owed) > self._most:
            self._owed.popitem(last=False)
        return self._budget(owed + price)

    def left(self, caller: Caller) -> Budget | None:
        """What is left; None where nothing is counted."""
        if not self._counts(caller):
            return None
        return self._budget(self._owing((caller.issuer, caller.subject), self._clock()))

    def _counts(self, caller: Caller) -> bool:
        return self._rate.per_minute > 0 and caller is not LOCAL

    def _owing(self, key: tuple[str, str], now: int) -> int:
        owed, since = self._owed.get(key, (0, now))
        return max(0, owed - (now - since) * self._rate.per_minute)

    def _budget(self, owed: int, lacking: int = 0) -> Budget:
        left = self._rate.burst - -(-owed // _MINUTE)
        return Budget(self._rate, left, self._seconds(owed), self._seconds(lacking))

    def _seconds(self, owed: int) -> int:
        """In how many whole seconds so much has come back."""
        return -(-owed // (self._rate.per_minute * 1_000_000_000))


UNCOUNTED = Rate(0, 0)
"""Nothing is counted."""
