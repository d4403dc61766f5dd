"""What can be said of relationships: of those of a type, and by an input that may become one of several types."""

from functools import cache

from graph_schema.assertions import ASSERTIONS, CLAIMABLE, Assertion
from graph_schema.declare import Kind, Property
from graph_schema.nodes import PROVENANCE
from graph_schema.relationships import SCHEMA, VALID_FROM, VALID_TO

_COMMON = tuple(
    Property("method", Kind.TEXT, each.description, choices=CLAIMABLE) if each.name == "method" else each
    for each in PROVENANCE
    if each.name in {"confidence", "method", "evidence"}
)


@cache
def by_name() -> dict[str, Assertion]:
    """The assertions by the names of their inputs."""
    return {assertion.name: assertion for assertion in ASSERTIONS}


@cache
def sayable(type_: str) -> tuple[Property, ...]:
    """What can be said of a relationship of that type."""
    declared = SCHEMA.relationship(type_)
    return (*_COMMON, *declared.properties, VALID_FROM, *((VALID_TO,) if declared.bounded else ()))


@cache
def sayable_of_others(type_: str, assertion: str) -> tuple[str, ...]:
    """What can be said by that input of relationships of other types, but not of that one."""
    known = {each.name for each in sayable(type_)}
    said = (each.name for other in by_name()[assertion].types for each in sayable(other))
    return tuple(dict.fromkeys(name for name in said if name not in known))


def said_of(type_: str) -> tuple[str, ...]:
    """The stored names of what can be said of a relationship of that type, its identity apart."""
    return tuple(each.stored_as for each in sayable(type_))
