"""Where a batch belongs, and whether its caller may register there: in the namespaces that they see.

What is said is said of the thing at the start of a relationship, so that has to be in sight. What it came from may lie
elsewhere: a team says that its model was made from another team's, whether it may look into that or not.
"""

from collections.abc import Iterable, Iterator, Sequence

from app.errors import ErrorCode
from app.registry.batch import Batch, Permitted
from app.registry.request import Registration, RegistrationRefused
from graph_schema.canonical import shown
from graph_schema.declare import Walk
from graph_schema.relationships import SCHEMA
from graph_schema.rows import Described, Link, Named, Violation

Sight = Sequence[str] | None
"""The namespaces that a caller sees; None for all there are."""

_UPSTREAM = frozenset({"EVALUATED_ON", *(each.type for each in SCHEMA.walked(Walk.FLOW, Walk.ROLE))})
"""The types that lead to what a thing came from, or was examined on."""


def refuse_namespace(asked: Registration, sight: Sight) -> None:
    """Lets pass a registration into a namespace that its caller sees.

    Raises:
        RegistrationRefused: FORBIDDEN.
    """
    if sight is not None and asked.namespace not in sight:
        raise RegistrationRefused(
            f"You may not register in the namespace {shown(asked.namespace)}.",
            code=ErrorCode.FORBIDDEN,
            path="input.namespace",
            remedy=f"Name one that you see: {_told(sight)}.",
        )


def permitted(sight: Sight) -> Permitted:
    """What lets pass that which is said of things that the caller sees, and refuses all else: FORBIDDEN."""

    def check(said: Described | Link, path: str) -> None:
        if sight is None:
            return
        links = [said] if isinstance(said, Link) else said.links
        if isinstance(said, Described):
            _refuse(said.named, sight, path)
        for link in links:
            _refuse(link.start, sight, path)
            if link.type not in _UPSTREAM:
                _refuse(link.target, sight, path)

    return check


def belongs_to(batch: Batch, namespace: str, sight: Sight) -> list[str]:
    """The namespaces of which its source speaks: that of the batch and those of what it names, as far as in sight."""
    named = (spoken.named for of_label in batch.nodes.values() for spoken in of_label.values())
    found = {namespace, *_all(each for each in named if each is not None)}
    return sorted(found if sight is None else found.intersection(sight))


def _refuse(named: Named, sight: Sequence[str], path: str) -> None:
    for namespace in _all([named]):
        if namespace not in sight:
            raise Violation(
                "FORBIDDEN",
                path,
                f"the {named.label} is in the namespace {shown(namespace)}, where you may not register: you see "
                f"{_told(sight)}.",
            )


def _all(things: Iterable[Named]) -> Iterator[str]:
    for each in things:
        if each.key:
            yield from (each.key[name] for name in SCHEMA.node(each.label).namespace_names)


def _told(sight: Sequence[str]) -> str:
    return ", ".join(map(shown, sight)) if sight else "none"
