"""What is wrong with one place of an answer."""

from graphql import FieldNode


class Flaw(Exception):
    """A place of the answer that has no value which the schema allows.

    Attributes:
        message: what is wrong.
        nodes: where the query asks for it.
        path: the way to it, innermost first; each level that it passes adds its own.
    """

    def __init__(self, message: str, nodes: list[FieldNode] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.nodes = nodes
        self.path: list[str | int] = []
