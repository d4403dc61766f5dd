"""Execution that hands a ready answer on instead of completing it leaf by leaf."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLNonNull
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from app.compiler.flaws import Flaw
from app.compiler.selection import Info


class Ready:
    """An answer in its published form; nothing of it needs the executor any more.

    Attributes:
        value: dicts, lists and published scalars, in the order of the selection. None with `fatal`.
        flaws: what was answered by null because of an error, below.
        fatal: why there is no answer at all.
    """

    __slots__ = ("fatal", "flaws", "value")

    def __init__(self, value: object, flaws: Sequence[Flaw] = (), fatal: Flaw | None = None) -> None:
        self.value = value
        self.flaws = flaws
        self.fatal = fatal


class PassThroughExecutor(Executor[Any]):
    """The ordinary executor, but for values that are `Ready`: they are their own completion.

    Args:
        arguments: what the ordinary one takes.
        coerced: the variables, where they are in their forms already; the document then declares none.
        named: what the ordinary one takes by name.
    """

    def __init__(self, *arguments: Any, coerced: VariableValues | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)  # pyright: ignore[reportUnknownMemberType] - not typed there
        if coerced is not None:
            self.variable_values = coerced

    def complete_value(
        self,
        return_type: Any,
        field_details_list: FieldDetailsList,
        info: Info,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """The value itself where it is ready, after its errors are recorded; else what the executor makes of it."""
        if type(result) is not Ready:
            return super().complete_value(  # pyright: ignore[reportUnknownMemberType] - not typed there
                return_type, field_details_list, info, path, result, position_context
            )
        for flaw in result.flaws:
            self.collected_errors.add(_located(flaw, path), _extended(path, flaw))
        if result.fatal is not None:
            raise _located(result.fatal, path)
        if result.value is None and isinstance(return_type, GraphQLNonNull):
            raise TypeError(f"Cannot return null for non-nullable field {info.parent_type}.{info.field_name}.")
        return result.value


def _located(flaw: Flaw, path: Path) -> GraphQLError:
    cause = flaw.__cause__
    original = cause if isinstance(cause, Exception) else None
    return GraphQLError(flaw.message, flaw.nodes, path=[*path.as_list(), *reversed(flaw.path)], original_error=original)


def _extended(path: Path, flaw: Flaw) -> Path:
    for key in reversed(flaw.path):
        path = path.add_key(key)
    return path
