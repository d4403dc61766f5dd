"""REFs: how a person names a thing on the command line, `kind:key`, and how the command line names it back."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from app.errors import ErrorCode, PedigreeError
from graph_schema.identity import from_id, normalise_digest

_KINDS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "dataset": ("dataset", "Dataset", ("namespace", "name")),
    "dataset-version": ("datasetVersion", "DatasetVersion", ("namespace", "name", "version")),
    "commit": ("commit", "CodeCommit", ("repository", "sha")),
    "run": ("run", "Run", ("source", "runId")),
    "model": ("model", "Model", ("namespace", "name")),
    "model-version": ("modelVersion", "ModelVersion", ("namespace", "name", "version")),
    "endpoint": ("endpoint", "Endpoint", ("environment", "name")),
}
"""By the word of the command line: the field of `NodeRef`, the type, and the parts of the key."""

_WORDS = {type_: word for word, (_, type_, _) in _KINDS.items()}

HELP = "kind:key, as dataset:NAMESPACE/NAME or model-version:NAMESPACE/NAME/VERSION; or an id."


class BadReference(PedigreeError):
    """A REF that names nothing, whatever the graph holds."""

    standard_code = ErrorCode.BAD_USAGE


def parse_reference(text: str) -> dict[str, Any]:
    """The `NodeRef` of the API that a REF stands for.

    The parts of a key are joined by `/`, and each is percent-encoded where it holds one itself.

    Raises:
        BadReference: it has no form that a REF has; the message shows the right one.
    """
    kind, colon, key = text.partition(":")
    if not colon:
        return {"id": _id(text)}
    if kind == "artifact":
        return {"artifact": _digest(key)}
    if kind not in _KINDS:
        words = ", ".join([*_KINDS, "artifact"])
        raise BadReference(f"{text!r} is no REF: there is no kind {kind!r}.", remedy=f"Kinds are {words}.")
    field, _, names = _KINDS[kind]
    parts = _split(key, names)
    if len(parts) != len(names) or not all(parts):
        raise BadReference(
            f"{text!r} is no REF: the key of a {kind} is {'/'.join(names)}.",
            remedy="Write a / inside of a part as %2F, as in dataset:s3%3A%2F%2Flake/orders.",
        )
    return {field: dict(zip(names, (_decoded(part, text) for part in parts), strict=True))}


def parse_references(texts: Sequence[str]) -> list[dict[str, Any]]:
    """The `NodeRef`s of several REFs.

    Raises:
        BadReference: there is none, or one names nothing.
    """
    if not texts:
        raise BadReference("There is no REF to start from.", remedy=f"A REF is {HELP}")
    return [parse_reference(text) for text in texts]


def reference(thing: Mapping[str, Any]) -> str:
    """The REF of a thing of an answer, from its `__typename` and its key; its id where it has no key of its own."""
    type_ = thing.get("__typename")
    if type_ == "Artifact":
        return f"artifact:{thing['digest']}"
    word = _WORDS.get(str(type_))
    if word is None:
        return str(thing["id"])
    return f"{word}:{'/'.join(_encoded(str(thing[name])) for name in _KINDS[word][2])}"


def _split(key: str, names: tuple[str, ...]) -> list[str]:
    """The parts; a repository is usually written as it is, slashes and all, and its commit's hash has none."""
    return key.rsplit("/", 1) if names[0] == "repository" else key.split("/")


def _id(text: str) -> str:
    try:
        from_id(text)
    except ValueError:
        raise BadReference(f"{text!r} is no REF.", remedy=f"A REF is {HELP}") from None
    return text


def _digest(key: str) -> str:
    try:
        return normalise_digest(key)
    except ValueError as error:
        raise BadReference(f"{key!r} names no artifact: {error}.") from None


def _decoded(part: str, text: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise BadReference(f"{text!r} is no REF: what it percent-encodes is not UTF-8.") from None


def _encoded(part: str) -> str:
    return quote(part, safe=" @:+=,~!$&'()*;").replace(" ", "%20")
