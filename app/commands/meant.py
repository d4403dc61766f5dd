"""Which model version a REF means, where it may name a model or an endpoint instead."""

import time
from collections.abc import Sequence
from typing import Any

from app.commands.api import Api, data_of
from app.commands.file_calls import Key, reference_of
from app.commands.file_questions import NAMED, SERVED, STAGED
from app.commands.references import BadReference, parse_reference
from app.compiler.scalars import publish_time
from app.errors import ErrorCode, PedigreeError
from graph_schema.identity import from_id

PUSHED = ("modelVersion",)
"""What a push goes to, by the field of `NodeRef`."""

PULLED = ("modelVersion", "model", "endpoint")
"""What a pull comes from."""

_WORDS = {"modelVersion": "model version", "model": "model", "endpoint": "endpoint"}
_LISTED = 20
_MICROSECONDS = 1_000_000


def refuse_other(ref: str, fields: Sequence[str]) -> None:
    """Returns if a REF may mean what a command is for, before anything is asked.

    Args:
        ref: as it was written.
        fields: of `NodeRef`, for what it may name.

    Raises:
        BadReference: it names something else, or nothing.
    """
    [(field, value)] = parse_reference(ref).items()
    if field == "id":
        label = from_id(value)[0]
        field = f"{label[:1].lower()}{label[1:]}"
    if field not in fields:
        words = " or ".join(_WORDS[each] for each in fields)
        raise BadReference(f"{ref!r} names no {words}.", remedy="Write it as model-version:NAMESPACE/NAME/VERSION.")


async def version_meant(api: Api, ref: str, stage: str = "") -> Key:
    """The key of the version that a REF means: of a model the one in that stage, of an endpoint what it serves now.

    Raises:
        PedigreeError: it means none, or several, which the message lists; or there is no answer.
    """
    found = await key_meant(api, ref)
    if "modelVersion" in found:
        return found["modelVersion"]
    if "model" in found:
        asked = {"key": found["model"], "stage": stage, "first": _LISTED}
        model = data_of(await api.ask(STAGED, asked))["model"]
        if model is None:
            raise _nothing(f"There is no {ref}.")
        versions = [edge["node"] for edge in model["versions"]["edges"]]
        return _only(versions, model["versions"]["totalCount"], f"of {ref} in {stage}")
    now = publish_time(int(time.time()) * _MICROSECONDS)
    served = data_of(await api.ask(SERVED, {"endpoint": found, "at": now, "first": _LISTED}))["servedAt"]
    if served is None:
        raise _nothing(f"There is no {ref}.")
    every = [edge["node"]["modelVersion"] for edge in served["edges"]]
    versions = [each for index, each in enumerate(every) if each not in every[:index]]
    return _only(versions, len(versions) + served["totalCount"] - len(every), f"served by {ref} now")


async def key_meant(api: Api, ref: str) -> dict[str, Any]:
    """The REF as a `NodeRef` that names by key.

    Raises:
        PedigreeError: there is nothing with that id, or no answer.
    """
    asked = parse_reference(ref)
    if "id" not in asked:
        return asked
    node = data_of(await api.ask(NAMED, asked))["node"]
    if node is None:
        raise _nothing(f"There is nothing with the id {ref}.")
    label = node["__typename"]
    return {f"{label[:1].lower()}{label[1:]}": {name: value for name, value in node.items() if name != "__typename"}}


def _only(versions: Sequence[Key], count: int, what: str) -> Key:
    if not versions:
        raise _nothing(f"There is no model version {what}.")
    if count == 1:
        return versions[0]
    listed = ", ".join(reference_of(each) for each in versions)
    more = f" and {count - len(versions):,} more" if count > len(versions) else ""
    raise PedigreeError(
        f"There are {count:,} model versions {what}: {listed}{more}.",
        code=ErrorCode.BAD_USAGE,
        remedy="Name the one that you mean.",
    )


def _nothing(message: str) -> PedigreeError:
    return PedigreeError(message, code=ErrorCode.NOT_FOUND)
