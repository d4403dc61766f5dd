"""What a registration or a retraction asks for, apart from its items: checked before anything else is done."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from app.errors import ErrorCode, PedigreeError
from graph_schema.canonical import DEPTH, NotCanonical, canonical
from graph_schema.declare import KEY_LENGTH, Kind, Property
from graph_schema.values import BadValue, stored, wanted

OWN = "pedigree"
"""The source in whose name the service itself speaks: what it says is verified, and nobody else says it."""

MOST_ITEMS = 500
"""How many items one call may hold."""

_TEXTS = {
    name: Property(name, Kind.TEXT, description, max_length=KEY_LENGTH)
    for name, description in (
        ("source", "The system that speaks."),
        ("store", "Which store of it."),
        ("namespace", "Where what has no namespace of its own belongs."),
        ("load", "The load."),
        ("scope", "The scope of the load."),
        ("idempotencyKey", "The key."),
    )
}
_DEPTH = DEPTH + 8  # a value of an item stands below the batch, its item, its kind and its field
_MAY_BE_EMPTY = ("scope",)
_NEEDED = ("source",)
_EXPECTED_EVERY = Property("expectedEvery", Kind.INTEGER, "Seconds.", minimum=1)
_SHARE = Property("maxRetractedShare", Kind.FLOAT, "A share.", minimum=0, maximum=1)


class RegistrationRefused(PedigreeError):
    """The whole registration is refused, and nothing was changed."""

    standard_code = ErrorCode.BAD_VALUE


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration as it was asked for."""

    source: str
    store: str | None
    expected_every: int | None
    namespace: str
    load: str | None
    scope: str
    complete: bool
    max_retracted_share: float
    dry_run: bool
    atomic: bool
    idempotency_key: str | None
    nodes: Sequence[Mapping[str, Any]]
    relationships: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Registration":
        """The registration that a `RegisterLineageInput` asks for.

        Args:
            body: as GraphQL has coerced it; what is missing has its default.

        Raises:
            RegistrationRefused: what is wrong with it, apart from its items.
        """
        texts = {name: _text(declared, body.get(name)) for name, declared in _TEXTS.items()}
        nodes, relationships = body.get("nodes") or (), body.get("relationships") or ()
        _refuse_too_many(len(nodes) + len(relationships), "Send it in several; the batches of one load share its name.")
        return cls(
            source=_speaker(texts["source"]),
            store=texts["store"],
            expected_every=_number(_EXPECTED_EVERY, body.get("expectedEvery")),
            namespace=texts["namespace"] or "default",
            load=texts["load"],
            scope=texts["scope"] or "",
            complete=bool(body.get("complete", False)),
            max_retracted_share=_number(_SHARE, body.get("maxRetractedShare", 0.05)),
            dry_run=bool(body.get("dryRun", False)),
            atomic=bool(body.get("atomic", False)),
            idempotency_key=texts["idempotencyKey"],
            nodes=nodes,
            relationships=relationships,
            body=body,
        )

    def digest(self) -> str:
        """The sha256 of the canonical body (RFC 8785), its idempotency key apart."""
        return _digest(self.body)


@dataclass(frozen=True, slots=True)
class Retraction:
    """What is to be taken back, as it was asked for."""

    source: str
    dry_run: bool
    atomic: bool
    idempotency_key: str | None
    nodes: Sequence[Mapping[str, Any]]
    relationships: Sequence[Mapping[str, Any]]
    assertions: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Retraction":
        """The retraction that a `RetractInput` asks for.

        Args:
            body: as GraphQL has coerced it; what is missing has its default.

        Raises:
            RegistrationRefused: what is wrong with it, apart from its items.
        """
        source = _speaker(_text(_TEXTS["source"], body.get("source")))
        nodes, relationships, assertions = (body.get(name) or () for name in ("nodes", "relationships", "assertions"))
        _refuse_too_many(len(nodes) + len(relationships) + len(assertions), "Send it in several.")
        return cls(
            source=source,
            dry_run=bool(body.get("dryRun", False)),
            atomic=bool(body.get("atomic", False)),
            idempotency_key=_text(_TEXTS["idempotencyKey"], body.get("idempotencyKey")),
            nodes=nodes,
            relationships=relationships,
            assertions=assertions,
            body=body,
        )

    def digest(self) -> str:
        """The sha256 of the canonical body, its idempotency key apart; no registration has the same."""
        return _digest({"retract": True, **self.body})


def _speaker(source: str | None) -> str:
    """The name of the source, which a client must give, and not that of the service itself."""
    if source is None:
        raise _absent(_TEXTS["source"], "missing")
    if source == OWN:
        raise RegistrationRefused(
            f"{OWN} is the name in which the service itself says what it has verified.",
            code=ErrorCode.FORBIDDEN,
            path="input.source",
            remedy="Give the system that speaks a name of its own.",
        )
    return source


def _digest(body: Mapping[str, Any]) -> str:
    plain = {name: _plain(value) for name, value in body.items() if name != "idempotencyKey"}
    try:
        text = canonical(plain)
    except NotCanonical:  # some item holds what cannot be stored, and is refused
        text = ascii(plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_too_many(items: int, remedy: str) -> None:
    if items > MOST_ITEMS:
        raise RegistrationRefused(
            f"The batch has {items:,} items, and one may have {MOST_ITEMS}.",
            code=ErrorCode.TOO_MANY_ITEMS,
            path="input.nodes",
            remedy=remedy,
        )


def _plain(value: object, depth: int = 0) -> object:
    """The value with enums as their texts. What nests too deep is refused with its item, and cut here."""
    if isinstance(value, Enum):
        return value.value
    if depth > _DEPTH:
        return None
    if isinstance(value, dict):
        return {name: _plain(each, depth + 1) for name, each in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_plain(each, depth + 1) for each in cast("list[object]", value)]
    return value


def _text(declared: Property, value: object) -> str | None:
    if value is None:
        return None
    if value == "" and declared.name not in _MAY_BE_EMPTY:
        raise _absent(declared, "empty")
    try:
        return stored(value, declared)
    except BadValue as error:
        path = f"input.{declared.name}"
        raise RegistrationRefused(f"{declared.name}: {error}", code=ErrorCode.BAD_KEY, path=path) from error


def _absent(declared: Property, how: str) -> RegistrationRefused:
    return RegistrationRefused(
        f"{declared.name} is {how}: expected {wanted(declared, least=1)}.",
        code=ErrorCode.BAD_KEY,
        path=f"input.{declared.name}",
        remedy="Name the system that speaks." if declared.name in _NEEDED else "Name it, or leave it out.",
    )


def _number(declared: Property, value: object) -> Any:
    if value is None:
        return None
    try:
        return stored(value, declared)
    except BadValue as error:
        raise RegistrationRefused(f"{declared.name}: {error}", path=f"input.{declared.name}") from error
