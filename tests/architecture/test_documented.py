"""Every setting, every command and every element of the published API is documented."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)
from pydantic import SecretStr

from tests.architecture import tree

SETTINGS = Path("docs/guides/settings.md")
SCHEMA = tree.ROOT / "graph_schema" / "schema.graphql"
ROOTS = {"Query", "Mutation", "Subscription"}


def _pages() -> str:
    """Return what users read: the front page and docs, save the decisions, which are history."""
    pages = [path for path in tree.files(".md") if path.parts[0] in {"README.md", "docs"} and "adr" not in path.parts]
    return "\n".join(tree.text(path) for path in pages)


def _module(name: str) -> Any:
    if not (tree.ROOT / f"{name.replace('.', '/')}.py").is_file():
        pytest.skip(f"{name} does not exist yet")
    return importlib.import_module(name)


def _shown(default: object) -> str:
    """Return how the page of settings shows a default."""
    secret = default.get_secret_value() if isinstance(default, SecretStr) else default
    return "none" if secret in (None, "") else f"`{secret}`"


def test_every_setting_is_described_and_on_its_page_with_its_default() -> None:
    fields = _module("app.settings").Settings.model_fields
    page = tree.text(SETTINGS)
    rows = dict(re.findall(r"^\| `PEDIGREE_(\w+)` \| ([^|]+) \|", page, re.MULTILINE))
    assert [name for name, field in fields.items() if not field.description] == []
    expected = {name.upper(): _shown(field.default) for name, field in fields.items()}
    assert rows == expected | {"HOME": "the platform's folder for user data"}


def test_every_command_is_described_and_on_a_page() -> None:
    application = _module("app.cli").app
    pages = _pages()
    commands = {name: application[name] for name in application if not name.startswith("-")}
    assert commands
    assert [name for name, command in commands.items() if not command.help] == []
    assert [name for name in commands if not re.search(rf"\bpedigree {re.escape(name)}\b", pages)] == []


def _members(owner: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in owner.fields.items():
            yield f"{owner.name}.{name}", field.description
            for argument, detail in field.args.items():
                yield f"{owner.name}.{name}({argument}:)", detail.description
    elif isinstance(owner, GraphQLInputObjectType):
        for name, entry in owner.fields.items():
            yield f"{owner.name}.{name}", entry.description
    elif isinstance(owner, GraphQLEnumType):
        for name, value in owner.values.items():
            yield f"{owner.name}.{name}", value.description


def _elements(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, owner in schema.type_map.items():
        if is_introspection_type(owner) or is_specified_scalar_type(owner):
            continue
        if name not in ROOTS:
            yield name, owner.description
        yield from _members(owner)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description


def test_every_element_of_the_api_is_described() -> None:
    if not SCHEMA.is_file():
        pytest.skip("schema.graphql does not exist yet")
    elements = dict(_elements(build_schema(SCHEMA.read_text(encoding="utf-8"))))
    assert elements
    assert [name for name, description in elements.items() if not (description or "").strip()] == []
