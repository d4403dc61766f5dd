"""The driver, set up for short answers and for clients that leave: inner functions of it, replaced in this process.

Each is in a module of its own. None is needed for a right answer. What a release of the driver names otherwise is left
as it is, and a test says so (ADR 17).
"""

from app.graph.tuning.connecting import close_what_is_left
from app.graph.tuning.describing import describe_for_a_log
from app.graph.tuning.receiving import receive_what_has_come
from app.graph.tuning.tables import drop_unused_tables
from app.graph.tuning.waiting import wait_without_tasks


def tune_the_driver() -> None:
    """Does so. Done again it changes nothing."""
    wait_without_tasks()
    close_what_is_left()
    receive_what_has_come()
    describe_for_a_log()
    drop_unused_tables()
