"""The published schema, made once for the whole suite: no test changes it."""

from functools import cache

from graphql import DocumentNode, parse, validate

from app.schema import make_schema

PUBLISHED = make_schema()


@cache
def document(text: str) -> DocumentNode:
    """A document that the schema allows, read and validated once however often it is asked."""
    read = parse(text)
    assert validate(PUBLISHED, read) == []
    return read
