"""What an item of a batch says, in the graph's terms."""

from dataclasses import dataclass, field
from typing import Any


class Violation(Exception):
    """What is wrong with an item.

    Attributes:
        code: a stable word: BAD_KEY, BAD_VALUE, BAD_ENDS, SELF_REFERENCE.
        path: the offending place, as `nodes[3].run.runId`.
        message: what was expected, what came, and the remedy.
        named: the node that the item describes, where its key made sense.
        link: the relationship that the item states, where its ends made sense.
    """

    named: "Named | None" = None
    link: "Link | None" = None

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.code = code
        self.path = path
        self.message = message


@dataclass(slots=True, eq=False)
class Named:
    """A node that an item names by its key, whether or not it exists.

    Attributes:
        label: its label.
        uid: its uid.
        key: the stored properties of its key; empty where it was named by id.
        brings: what naming it states by itself: a version is a version of its model.
    """

    label: str
    uid: str
    key: dict[str, Any]
    brings: "list[Link]" = field(default_factory=list)

    @property
    def by_id(self) -> bool:
        """Whether it was named by id, so that it must exist."""
        return not self.key


@dataclass(slots=True, eq=False)
class Link:
    """One source's assertion that two nodes are related.

    Attributes:
        type: the relationship's type.
        uid: its uid.
        start: the downstream end.
        target: the upstream end.
        word: what is said of it; None as a value takes back what was said.
        field: the field of a node's input that named the other end; empty elsewhere.
        single: whether that field names the only one.
    """

    type: str
    uid: str
    start: Named
    target: Named
    word: dict[str, Any] = field(default_factory=dict)
    field: str = ""
    single: bool = False


@dataclass(slots=True, eq=False)
class Described:
    """What an item says of a node.

    Attributes:
        named: the node.
        word: the stored properties; None as a value takes back what was said.
        links: the relationships that a field of it states.
        emptied: the fields that take back what they named, and the type of relationship of each.
    """

    named: Named
    word: dict[str, Any]
    links: list[Link] = field(default_factory=list)
    emptied: dict[str, str] = field(default_factory=dict)
