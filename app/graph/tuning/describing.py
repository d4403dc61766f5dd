"""What the driver tells a log of what it sends, for whom there is one.

It describes each statement and all its values before it asks whether its log is kept: of a load, that is megabytes.
"""

import logging
from contextlib import suppress
from importlib import import_module

_LOG = logging.getLogger("neo4j.io")
_SENDS = ("neo4j._async.io._bolt._bolt5", "neo4j._async.io._bolt._bolt6")
"""Where it sends, in the versions of Bolt that the engines speak."""


def describe_for_a_log() -> None:
    """Has the driver describe nothing in this process unless its log is kept. One of another make is left as it is."""
    for name in _SENDS:
        with suppress(ModuleNotFoundError):
            setattr(import_module(name), "repr", _described)  # noqa: B010 - as an attribute no module declares it


def _described(value: object) -> str:
    return repr(value) if _LOG.isEnabledFor(logging.DEBUG) else ""
