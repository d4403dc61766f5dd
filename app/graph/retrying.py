"""When to try again, and when to stop.

The driver's own retries wait a second before the first and leave out constraint violations, so they are not used.
"""

import asyncio
import random
from dataclasses import dataclass, field
from time import monotonic

from app.graph.failures import Chance

_FIRST = 0.01
_LONGEST = 1.0
_RENEWALS = 4


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on trying, in seconds.

    Attributes:
        conflict: while other writers are in the way.
        lost: while nothing answers.
        fault: while the engine meets faults of its own.
    """

    conflict: float = 30.0
    lost: float = 5.0
    fault: float = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, in seconds.

    Attributes:
        read: one reading statement.
        plan: the plan of a statement that is run for the first time, where that takes the engine long.
        write: one writing transaction on Neo4j; one statement of it on the embedded engine.
        patience: how long to try again.
    """

    read: float = 5.0
    plan: float = 30.0
    write: float = 60.0
    patience: Patience = field(default_factory=Patience)


@dataclass(slots=True)
class Attempts:
    """The attempts at one piece of work.

    Waits 10 ms, doubling to a second, each shortened by chance so that those who met once do not meet again.
    """

    patience: Patience
    _delay: float = field(default=_FIRST, init=False)
    _renewals: int = field(default=0, init=False)
    _since: dict[Chance, float] = field(default_factory=dict, init=False)

    async def another(self, chance: Chance) -> bool:
        """Waits and answers True, or answers False where trying again is no use or the time for it is over.

        There is always a second attempt, however long the first one took to fail.
        """
        now = monotonic()
        limit = {
            Chance.CONFLICT: self.patience.conflict,
            Chance.LOST: self.patience.lost,
            Chance.FAULT: self.patience.fault,
        }.get(chance)
        if limit is None or now - self._since.setdefault(chance, now) > limit:
            return False
        await asyncio.sleep(self._delay * random.uniform(0.5, 1))  # noqa: S311 - spreads writers, keeps no secret
        self._delay = min(_LONGEST, self._delay * 2)
        return True

    def renewed(self) -> None:
        """What was lost was found in another place, brought to life again: the time that took does not count.

        A few times only: it may be this very work that ends the engine.
        """
        self._renewals += 1
        if self._renewals < _RENEWALS:
            self._since.pop(Chance.LOST, None)
