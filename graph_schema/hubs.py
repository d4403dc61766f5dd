"""The lists that an index holds in order for each thing at which they are, however many things are in them."""

from functools import cache

from graph_schema.declare import Hub, Implied
from graph_schema.relationships import SCHEMA


@cache
def place(type_: str, *, forward: bool) -> Hub | None:
    """The key by which what relationships of a type lead to is read in order; None where they carry none.

    Args:
        type_: the type.
        forward: whether they lead from where they start to where they point.
    """
    hub = Hub.START if forward else Hub.TARGET
    return hub if hub in SCHEMA.relationship(type_).hubs else None


@cache
def belonging(type_: str, label: str, *, forward: bool) -> Implied | None:
    """What ties things of a label to the one whose natural key begins theirs, so that their own order is a key.

    A version's natural order begins with that of its model: the versions of a model lie side by side.

    Args:
        type_: the type of the relationship that leads to them.
        label: theirs.
        forward: whether it leads to them as it points.
    """
    node = SCHEMA.node(label)
    for each in node.implied:
        tied = each.parts and each.type == type_ and each.outgoing != forward
        if tied and node.sort[: len(each.parts)] == each.parts:
            owner = SCHEMA.node(each.label)
            return each if owner.sort == owner.key_names else None
    return None
