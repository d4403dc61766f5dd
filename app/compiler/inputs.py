"""What one execution of a plan was given."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.access.permissions import Permission
from app.compiler.selection import Field, Request


@dataclass(slots=True)
class Inputs:
    """What one execution was given: the arguments of every field, and the moment that counts as now.

    Attributes:
        request: the operation.
        now: microseconds since 1970 UTC.
        given: values that the room found itself, by the name under which the statement has them.
        sight: the namespaces that the caller may see; None for all there are.
        permissions: what the caller may do.
        secret: of the request: what makes the ids of hidden things, so that they say nothing and are new in each.
        met: by the name of a walk that goes first, the uids of the things that it is asked of; filled while shaping.
    """

    request: Request
    now: int
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sight: Sequence[str] | None = None
    secret: bytes = field(default=b"", repr=False)
    permissions: frozenset[Permission] = frozenset(Permission)
    met: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _kept: dict[int, Any] = field(default_factory=dict)

    def arguments(self, of: Field) -> dict[str, Any]:
        """The field's arguments, coerced, with defaults."""
        return of.arguments(self.request.variables)

    def once(self, of: Field, make: Callable[["Inputs"], Any]) -> Any:
        """What `make` gives for the field, made once for each execution."""
        if id(of) not in self._kept:
            self._kept[id(of)] = make(self)
        return self._kept[id(of)]
