"""What a load began with: kept while it is unfinished, and used again when it goes on.

Half a load under one namespace or stage mapping and half under another would be wrong without a word. So what decides
what is read, and where it goes, stays as it began: an option that is not given again is taken from there, and one that
differs is refused. Only what the end of a load needs may be given anew.
"""

from collections.abc import Mapping
from typing import Any, cast

from app.errors import ErrorCode, PedigreeError
from app.loading.unfinished import LoadState
from app.settings import Settings

_ANEW = frozenset({"max_retracted_share", "expected_every", "with_artifacts", "artifact_root"})
"""A load that would have retracted too much goes on with a larger share; files come after it, whatever it read."""

_WORDS = {"loader": "with the loader", "into": "into"}
"""What has no option of its own name."""


def goal(settings: Settings) -> str:
    """Where a load goes, in a few words."""
    if settings.server is not None:
        return f"the server at {settings.server}"
    if settings.graph_url is not None:
        return f"the graph at {settings.graph_url}, database {settings.graph_database}"
    return "the embedded graph"


def going_on(state: LoadState, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options with which the load goes on: those that it began with.

    Args:
        state: what was kept of the load.
        given: the options of now, by name; None where one was not given.

    Raises:
        PedigreeError: one of them is not what the load began with.
    """
    kept = state.asked
    for name, value in given.items():
        if value is not None and value != kept.get(name) and name not in _ANEW:
            raise PedigreeError(
                f"The load {state.load} began {_with(name, kept.get(name))}, and cannot go on {_with(name, value)}.",
                code=ErrorCode.BAD_USAGE,
                remedy="Go on with --resume and what it began with, or leave out --resume and load anew.",
            )
    return {name: kept.get(name) if given.get(name) is None or name not in _ANEW else given[name] for name in given}


def _with(name: str, value: Any) -> str:
    if name in _WORDS:
        return f"{_WORDS[name]} {value}"
    option = f"--{name.replace('_', '-')}"
    if value in (None, False, "", []):
        return f"without {option}"
    if value is True:
        return f"with {option}"
    values = cast("list[str]", value) if isinstance(value, list) else [str(value)]
    return f"with {' '.join(f'{option} {each}' for each in values)}"
