"""The statements that an answer costs beside its own: ancestries that are unknown, and where the walk stopped."""

from collections.abc import Mapping
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft
from app.compiler.paging import LARGEST, STANDARD
from app.compiler.selection import Field
from app.compiler.shaping import Answer, list_shape
from app.errors import ErrorCode, PedigreeError
from app.lineage.question import Question
from app.lineage.walking import Walking

NO_BASE = "NOT EXISTS { (version)-[:BASED_ON]->(:ModelVersion) }"
NO_DATA = "NOT EXISTS { (version)-[:GENERATED_BY]->(:Run)-[:TRAINED_ON|CONSUMED]->() }"


def unknown_outside(compiler: Compiler, question: Question, *, staged: bool) -> Draft:
    """Counts the versions that are not reached downstream and could not be ruled out.

    They are of unknown ancestry, or lie downstream of one that is.

    Args:
        compiler: the statement's.
        question: what is asked; only its shape is read.
        staged: whether only versions in some stages count: they are the parameter `stages`.
    """
    walking = question.walking(compiler)
    stages = f" AND found.stage IN {compiler.given('stages')}" if staged else ""
    # Stages come one by one, as starts do: behind a look-up by `IN` a walk may lose its `DISTINCT`.
    each = f"UNWIND {compiler.given('stages')} AS stage MATCH (found:ModelVersion {{stage: stage}})" if staged else ""
    statement = (
        f"CALL () {{ {each or 'MATCH (found:ModelVersion)'} WHERE found.retractedAt IS NULL "
        f"CALL (found) {{ MATCH (found)-[:{walking.types}*0..{walking.hops}]->(version:ModelVersion) "
        "RETURN DISTINCT version } "
        f"WITH version, collect(found) AS all WHERE {NO_BASE} AND {NO_DATA} "
        "UNWIND all AS found WITH DISTINCT found RETURN found, 0 AS answered "
        f"UNION ALL CALL () {{ {walking.down(walking.hops, ':ModelVersion', stages)} }} RETURN found, 1 AS answered }} "
        "WITH found, max(answered) AS answered WHERE answered = 0 RETURN count(found)"
    )
    return Draft(statement, lambda records, _answer: records[0][0])


def unknown_upstream(compiler: Compiler, question: Question) -> Draft:
    """Counts the versions of unknown ancestry among the things at hop 0 and what lies upstream of them."""
    walking = question.walking(compiler)
    statement = (
        f"CALL () {{ {walking.seeds()} UNION ALL {walking.up(walking.hops)} }} WITH DISTINCT found AS version "
        f"WHERE version:ModelVersion AND {NO_BASE} AND {NO_DATA} RETURN count(version)"
    )
    return Draft(statement, lambda records, _answer: records[0][0])


class Frontier:
    """The statement that finds the things at which a walk stopped, and the shapers of the fields that ask for it.

    Args:
        question: what is asked; only its shape is read.
        upstream: whether the walk is upstream.
        fields: the fields that ask, each under a name of its own.
    """

    def __init__(self, question: Question, fields: Mapping[str, Field], *, upstream: bool) -> None:
        self._question = question
        self._fields = fields
        self._upstream = upstream

    def draft(self, compiler: Compiler, _of: Field) -> Draft:
        """The statement, of one record: rows in natural order. Its shaper is given a field's name and the record."""
        row = Columns()
        shapes = {name: list_shape(compiler.row(each.selection, "found", row)) for name, each in self._fields.items()}
        fields = self._fields
        size = compiler.parameter(lambda inputs: max(_size(inputs.arguments(each)) for each in fields.values()))
        walking = self._question.walking(compiler)
        statement = (
            f"CALL () {{ {_stopped(walking, upstream=self._upstream)} RETURN found, 1 AS stopped UNION ALL "
            f"CALL () {{ {_reached(walking, walking.hops, upstream=self._upstream)} }} RETURN found, 0 AS stopped }} "
            "WITH found, min(stopped) AS low, max(stopped) AS high WHERE low < high "
            f"WITH found ORDER BY found.sortKey, found.uid LIMIT {size} "
            f"WITH collect({row.text()}) AS rows RETURN rows, {compiler.top_expression} AS top"
        )

        def shape(value: Any, answer: Answer) -> Any:
            name, records = value
            wanted = _size(answer.inputs.arguments(fields[name]))
            return shapes[name](records[0][0][:wanted], answer)

        return Draft(statement, shape, top=lambda value: value[1][0][1])


def _stopped(walking: Walking, *, upstream: bool) -> str:
    """Binds `found` to what stands before the things that are no starts and are first reached a hop later."""
    near, far = (_reached(walking, hops, upstream=upstream) for hops in (walking.hops, walking.hops + 1))
    types = f"{walking.types}|BUILT_FROM|CONTAINS" if upstream else walking.types
    arrow = f"(next)<-[:{types}]-(found)" if upstream else f"(next)-[:{types}]->(found)"
    return (
        f"CALL () {{ CALL () {{ {walking.seeds()} }} RETURN found, 0 AS late "
        f"UNION ALL CALL () {{ {near} }} RETURN found, 0 AS late "
        f"UNION ALL CALL () {{ {far} }} RETURN found, 1 AS late }} "
        "WITH found AS next, min(late) AS late WHERE late = 1 "
        f"WITH next MATCH {arrow} WITH found WHERE NOT found:Artifact"
    )


def _reached(walking: Walking, hops: int, *, upstream: bool) -> str:
    if upstream:
        return walking.up(hops)
    return walking.down(hops)


def _size(arguments: Mapping[str, Any]) -> int:
    first = arguments.get("first")
    if first is None:
        return STANDARD
    if not 1 <= first <= LARGEST:
        raise PedigreeError(
            f"`first` of `frontier` is {first}.", code=ErrorCode.BAD_PAGE, remedy=f"Ask for 1 to {LARGEST}."
        )
    return first
