"""Which tests run in one process, where there are several: those that share a server."""

from typing import Any

import pytest

from tests.servers.engines import ENGINES
from tests.servers.minio import NAME


def group_of(node_id: str) -> str:
    """The name of what a test shares with others: its engine, or MinIO, or its module.

    Args:
        node_id: as pytest has it, `tests/x/test_y.py::test_z[neo4j-5.26-1]`.
    """
    module, _, rest = node_id.partition("::")
    parameters = rest.partition("[")[2]
    if NAME in parameters or module.startswith("tests/stores/"):
        return NAME
    return next((engine for engine in ENGINES if engine in parameters), module)


def made_scheduler(config: pytest.Config, log: Any) -> Any:
    """A scheduler of pytest-xdist that gives each group to one process, the largest first."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - not there without pytest-xdist

    class ByServer(LoadScopeScheduling):
        """By what tests share."""

        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByServer(config, log)
