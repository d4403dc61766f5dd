"""What the caller of a statement may see: the things of the namespaces that are in their sight.

What has a namespace in its key is seen where that is in sight; what has none, where one of the registrations that named
it had such a namespace. A deployment and an evaluation hold the key of a version: they are seen where it is, too.

What is hidden is not shown, counted or found. A walk passes through it, so that what it answers stays true: what must
not know who is asking says so by `lifted`. Who sees everything costs no statement a word.
"""

import hashlib
import hmac
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.compiler.shaping import Answer
from graph_schema.declare import Node
from graph_schema.identity import to_id
from graph_schema.nodes import ARTIFACT, AS_CLAIMED, CHECKED_AT, HELD_IN, NAMESPACES
from graph_schema.relationships import SCHEMA

if TYPE_CHECKING:
    from app.compiler.compiling import Compiler

_FOUND = frozenset(
    {*AS_CLAIMED, CHECKED_AT.stored_as, *(each.stored_as for each in ARTIFACT.properties if each.checked)}
)
"""What the service itself says of an artifact, or is shown to have said."""

_NAMED = frozenset({"source", "assertedBy", "method", "recordedAt"})
"""What is known of who named an artifact."""

HIDDEN = "HiddenNode"
"""The type that stands for what the caller may not see, where something must stand there."""


@dataclass(slots=True)
class Sight:
    """The sight of the caller of one statement, while it is compiled."""

    compiler: "Compiler"
    _lifted: bool = False

    @property
    def limited(self) -> bool:
        """Whether there may be things that the caller does not see."""
        return self._somewhere and not self._lifted

    @property
    def _somewhere(self) -> bool:
        """Whether the caller sees some namespaces only, whatever is lifted."""
        return self.compiler.inputs.sight is not None

    @contextmanager
    def lifted(self) -> Generator[None]:
        """Has what is compiled within be asked of everything, whoever asks: a truth about something that is seen."""
        before, self._lifted = self._lifted, True
        try:
            yield
        finally:
            self._lifted = before

    def seen(self, variable: str, labels: str) -> list[str]:
        """What must be true of a thing for the caller to see it; nothing, where they see everything. It is never null.

        Args:
            variable: the node itself, not a state of it: what was seen then may be hidden now.
            labels: which it may have, joined by `|`.
        """
        return seen(variable, labels, self.compiler.namespaces()) if self.limited else []

    def hides(self, variable: str, labels: str) -> str:
        """Whether the caller may not see a thing. Only where sight is limited."""
        return f"NOT ({' AND '.join(self.seen(variable, labels))})"

    def listed(self, namespaces: str) -> str:
        """Of the namespaces of a thing those that the caller may know of."""
        return f"[seen IN {namespaces} WHERE seen IN {self._namespaces}]" if self.limited else namespaces

    def found(self, variable: str, shown: str, name: str, labels: str) -> str:
        """A property as the caller may know it: what the service found of bytes only where it did so in their sight.

        Who names a digest sees its artifact, and knew nothing but the digest: not that others have the bytes. That is
        no truth about what names it, so `lifted` does not show it.

        Args:
            variable: the node itself.
            shown: the state of it that is shown.
            name: the property's.
            labels: which the node may have, joined by `|`.
        """
        if not self._somewhere or name not in _FOUND or ARTIFACT.label not in labels.split("|"):
            return f"{shown}.{name}"
        other = "" if labels == ARTIFACT.label else f"NOT {variable}:{ARTIFACT.label} OR "
        claimed = f"{shown}.{AS_CLAIMED[name].stored_as}" if name in AS_CLAIMED else "null"
        if shown != variable and name in _NAMED:  # of a time at which nobody had named it yet
            claimed = f"coalesce({claimed}, {variable}.{AS_CLAIMED[name].stored_as})"
        known = f"{other}{shown}.verifiedAt IS NULL OR {self._holds(variable)}"
        return f"CASE WHEN {known} THEN {shown}.{name} ELSE {claimed} END"

    def named_by(self, variable: str, state: str, labels: str, time: str) -> list[str]:
        """What must be true of a thing for the caller to be told that it was known at a time.

        That an artifact was there already when somebody named it tells that others had handed over its bytes, and when.

        Args:
            variable: the node itself.
            state: its state of that time.
            labels: which it may have, joined by `|`.
            time: how the text names the time.
        """
        if not self._somewhere or ARTIFACT.label not in labels.split("|"):
            return []
        other = "" if labels == ARTIFACT.label else f"NOT {variable}:{ARTIFACT.label} OR "
        hidden = f"NOT ({' AND '.join(seen(variable, ARTIFACT.label, self._namespaces))})"
        named = f"coalesce({state}.{AS_CLAIMED['recordedAt'].stored_as} <= {time}, false)"
        return [f"({other}{named} OR {self._holds(variable)} OR {hidden})"]

    def said(self, word: str, about: str, label: str) -> list[str]:
        """What must be true of a word about a thing for the caller to be told of it: one of these two variables.

        Args:
            word: the Statement's, or the node's own where that is its only word.
            about: the node's.
            label: of the node; empty where it is not known.
        """
        if not self._somewhere or label not in {"", ARTIFACT.label}:
            return []
        return [f"({word}.method <> 'VERIFIED' OR NOT {about}:{ARTIFACT.label} OR {self._holds(about)})"]

    def _holds(self, variable: str) -> str:
        """Whether the service read the bytes of an artifact for a version in sight, or it is not known who named it."""
        held = f"{variable}.{HELD_IN.stored_as}"
        unknown = f"{held} IS NULL OR {variable}.claimedSource IS NULL"
        return f"{unknown} OR size([seen IN {held} WHERE seen IN {self._namespaces}]) > 0"

    @property
    def _namespaces(self) -> str:
        return self.compiler.namespaces()


def seen(variable: str, labels: str, namespaces: str) -> list[str]:
    """What must be true of a thing for who sees some namespaces to see it.

    Args:
        variable: the node's.
        labels: which it may have, joined by `|`.
        namespaces: how the text names them.
    """
    nodes = [SCHEMA.node(label) for label in labels.split("|")]
    listed = [node for node in nodes if not node.namespaced]
    ways = [_keyed(variable, name, namespaces) for name in _names(nodes, namespaced=True)]
    if listed:
        named = f"coalesce({variable}.{NAMESPACES.stored_as}, [])"
        ways.append(f"size([seen IN {named} WHERE seen IN {namespaces}]) > 0")
    conditions = [f"({' OR '.join(ways)})"]
    for name in _names(nodes, namespaced=False):
        absent = "" if all(name in node.namespace_names for node in nodes) else f"{variable}.{name} IS NULL OR "
        conditions.append(f"({absent}{_keyed(variable, name, namespaces)})")
    return conditions


def hidden_id(uid: str, answer: Answer) -> str:
    """What stands for the id of something hidden: the same within one request, and another in each."""
    return to_id(HIDDEN, hmac.new(answer.inputs.secret, uid.encode(), hashlib.sha256).hexdigest())


def _keyed(variable: str, name: str, namespaces: str) -> str:
    return f"coalesce({variable}.{name}, '') IN {namespaces}"


def _names(nodes: Sequence[Node], *, namespaced: bool) -> list[str]:
    return list(dict.fromkeys(name for node in nodes if node.namespaced is namespaced for name in node.namespace_names))
