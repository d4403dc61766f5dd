"""The statements that an answer costs beside its own: ancestries that are unknown, and where the walk stopped."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft
from app.compiler.meanings import along, everything, way
from app.compiler.paging import LARGEST, STANDARD
from app.compiler.selection import Field
from app.compiler.shaping import Answer, list_shape
from app.compiler.times import clause_of
from app.errors import ErrorCode, PedigreeError
from app.lineage.conditions import MET
from app.lineage.question import Question
from app.lineage.veiling import order_shown
from app.lineage.walking import Walking

_DATA = (along("GENERATED_BY", "Run"), along("TRAINED_ON|CONSUMED", "DatasetVersion|ModelVersion"))
_BASE = (along("BASED_ON", "ModelVersion"),)


def unknown(compiler: Compiler, version: str = "version") -> str:
    """Whether a version is of unknown ancestry: it has no base, and no run that names training data or input.

    It stands behind a `WITH` of its own: behind one that aggregates, Neo4j does not know the variables within.
    """
    with compiler.sight.lifted():  # an ancestry is known, whoever may see what it is
        base, data = (way(compiler, version, hops) for hops in (_BASE, _DATA))
    return f"NOT EXISTS {{ {base.match()} RETURN 1 }} AND NOT EXISTS {{ {data.match()} RETURN 1 }}"


def unknown_versions(compiler: Compiler) -> Draft:
    """The uids of all versions of unknown ancestry, as one list."""
    with compiler.sight.lifted():
        found = everything(compiler, "ModelVersion")
    unsure = unknown(compiler, found.end)
    return Draft(
        f"{found.match()} WITH {found.end} WHERE {unsure} RETURN collect({found.end}.uid)",
        lambda records, _answer: records[0][0],
    )


def in_stages(compiler: Compiler, *, staged: bool) -> Draft:
    """How many of the things with the uids `doubtful` are versions, in one of the `stages` where only these count."""
    state = compiler.times.state("found", "ModelVersion")
    conditions = [*state.conditions, *compiler.sight.seen("found", "ModelVersion")]
    if staged:
        conditions.append(f"{compiler.times.property('found', 'stage')} IN {compiler.given('stages')}")
    return Draft(
        f"UNWIND {compiler.given('doubtful')} AS reached MATCH (found:ModelVersion {{uid: reached}}){state.clause} "
        f"WITH {state.kept}{clause_of(conditions)} RETURN count(found)",
        lambda records, _answer: records[0][0],
    )


def unknown_outside(compiler: Compiler, question: Question, *, staged: bool) -> Draft:
    """Counts the versions that are not reached downstream and could not be ruled out.

    They are of unknown ancestry, or lie downstream of one that is.

    Args:
        compiler: the statement's.
        question: what is asked; only its shape is read.
        staged: whether only versions in some stages count: they are the parameter `stages`.
    """
    walking = question.walking(compiler)
    times = compiler.times
    state = times.state("found", "ModelVersion")
    stage = f"{times.property('found', 'stage')} IN {compiler.given('stages')}" if staged else ""
    stages, each = "", "MATCH (found:ModelVersion)"
    if times.present and staged:
        stages = f" AND {stage}"
        # Stages come one by one, as starts do: behind a look-up by `IN` a walk may lose its `DISTINCT`.
        each = f"UNWIND {compiler.given('stages')} AS stage MATCH (found:ModelVersion {{stage: stage}})"
    elif staged:
        state = replace(state, conditions=[*state.conditions, stage])
    walk = walking.walk("found", "version:ModelVersion", walking.hops, least=0, upstream=True, itself=True)
    held = [*times.live("found"), *compiler.sight.seen("found", "ModelVersion"), *state.inside]
    statement = (
        f"CALL () {{ {each}{clause_of(held)}{state.behind('found')} "
        f"CALL (found) {{ {walk} }} "
        f"WITH version, collect(found) AS all WITH version, all WHERE {unknown(compiler)} "
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
        f"WITH version WHERE version:ModelVersion AND {unknown(compiler)} RETURN count(version)"
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
        state = compiler.times.state("shown", MET)
        fields = self._fields
        shapes = {
            name: list_shape(compiler.row(each.selection, "shown", row, veiled=True)) for name, each in fields.items()
        }
        size = compiler.parameter(lambda inputs: max(_size(inputs.arguments(each)) for each in fields.values()))
        walking = self._question.walking(compiler)
        statement = (
            f"CALL () {{ {_stopped(walking, upstream=self._upstream)} RETURN found, 1 AS stopped UNION ALL "
            f"CALL () {{ {_reached(walking, walking.hops, upstream=self._upstream)} }} RETURN found, 0 AS stopped }} "
            "WITH found, min(stopped) AS low, max(stopped) AS high WHERE low < high "
            f"WITH found ORDER BY {order_shown(compiler, 'found')}, found.uid LIMIT {size} "
            f"WITH found AS shown{state.clause} "
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
    compiler = walking.compiler
    types = walking.following.with_entries(("BUILT_FROM", "CONTAINS")) if upstream else walking.types
    held = clause_of(walking.conditions.said(compiler, "said", types))
    link = f"[said:{compiler.times.types(types)}]"
    arrow = f"(next)<-{link}-(found){held}" if upstream else f"(next)-{link}->(found){held}"
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
