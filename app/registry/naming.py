"""From what a client calls a thing to its label and uid."""

from collections.abc import Collection, Mapping
from typing import Any

from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import Kind, Nested, Property
from graph_schema.identity import from_id, normalise_digest, sort_key, uid
from graph_schema.relationships import SCHEMA
from graph_schema.repositories import normalise_repository

_BY_REF = {node.ref_name: node for node in SCHEMA.nodes if node.ref_name}


def key_uid(label: str, key: Mapping[str, Any] | str) -> str:
    """The uid of the thing with that natural key.

    Args:
        label: its label.
        key: the key's parts by their names in the API, nested as there; the digest itself for an artifact.

    Raises:
        PedigreeError: a part holds a lone surrogate, which no stored key can, or is an address that cannot be read.
    """
    try:
        return uid(label, _parts(label, key))
    except UnicodeEncodeError as error:
        raise PedigreeError(
            f"The key of the {label} is not Unicode: it holds a lone surrogate.", code=ErrorCode.BAD_KEY
        ) from error


def key_order(label: str, key: Mapping[str, Any] | str) -> str:
    """The natural order of the thing with that natural key; it is one that `key_uid` takes."""
    node, parts = SCHEMA.node(label), _parts(label, key)
    by_name = dict(zip(node.key_names, parts, strict=True))
    return sort_key([by_name[name] for name in node.sort], uid(label, parts))


def named(ref: Mapping[str, Any]) -> tuple[str, str]:
    """The label and the uid of the thing that a `NodeRef` names.

    Raises:
        PedigreeError: its id is none that this service gives out.
    """
    ((name, value),) = ((name, value) for name, value in ref.items() if value is not None)
    if name == "id":
        return known_id(value)
    label = _BY_REF[name].label
    return label, key_uid(label, value)


def label_named(ref: Mapping[str, Any]) -> str:
    """The label of the thing that a `NodeRef` names by its key, which its shape tells; empty where it has an id."""
    return next((_BY_REF[name].label for name, value in ref.items() if value is not None and name != "id"), "")


def not_found(place: str, label: str, then: Collection[str] = ()) -> PedigreeError:
    """The error that says that an argument names something that the graph does not hold.

    Args:
        place: the place in the arguments.
        label: what it names.
        then: the arguments that name the times at which it was looked for.
    """
    named = " and ".join(f"`{each}`" for each in sorted(then))
    when = f" at the time that {named} {'name' if len(then) > 1 else 'names'}" if then else ""
    others = ", or name another time" if then else ", or register it first"
    return PedigreeError(
        f"`{place}` names {'an' if label[0] in 'AEIOU' else 'a'} {label} that is not in the graph{when}.",
        code=ErrorCode.NOT_FOUND,
        path=place,
        remedy=f"Correct its key or id{others}.",
    )


def known_id(value: str) -> tuple[str, str]:
    """The label and the uid of an id.

    Raises:
        PedigreeError: it is no id that this service gives out.
    """
    try:
        label, found = from_id(value)
        SCHEMA.node(label)
    except (ValueError, KeyError) as error:
        raise PedigreeError(
            f"{value[:100]!r} is not an id of this service.",
            code=ErrorCode.BAD_ID,
            remedy="Ids come from answers, whole.",
        ) from error
    return label, found


def _parts(label: str, key: Mapping[str, Any] | str) -> list[str | int]:
    parts: list[str | int] = []
    for part in SCHEMA.node(label).key:
        value = key if isinstance(key, str) else key[part.name]
        if isinstance(part, Nested):
            parts += _parts(part.label, value)
        else:
            parts.append(_normal(part, value))
    return parts


def _normal(part: Property, value: Any) -> str | int:
    if part.name == "repository":
        return _repository(value)
    return normalise_digest(value) if part.kind is Kind.DIGEST else value


def _repository(value: str) -> str:
    try:
        return normalise_repository(value)
    except ValueError as error:
        raise PedigreeError(f"repository: {error}.", code=ErrorCode.BAD_KEY, path="key.repository") from error
