"""Every setting, every command and every element of the published API is documented."""

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

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

from app.cli import app
from app.settings import Settings
from tests.architecture import tree

SETTINGS = Path("docs/guides/settings.md")
SCHEMA = tree.ROOT / "graph_schema" / "schema.graphql"
ROOTS = {"Query", "Mutation", "Subscription"}


def _pages() -> str:
    """Return what users read: the front page and docs, save the decisions, which are history."""
    pages = [path for path in tree.files(".md") if path.parts[0] in {"README.md", "docs"} and "adr" not in path.parts]
    return "\n".join(tree.text(path) for path in pages)


def _shown(default: object) -> str:
    """Return how the page of settings shows a default."""
    secret = default.get_secret_value() if isinstance(default, SecretStr) else default
    return "none" if secret in (None, "") else f"`{secret}`"


def test_every_setting_is_described_and_on_its_page_with_its_default() -> None:
    fields = Settings.model_fields
    page = tree.text(SETTINGS)
    rows = dict(re.findall(r"^\| `PEDIGREE_(\w+)` \| ([^|]+) \|", page, re.MULTILINE))
    assert [name for name, field in fields.items() if not field.description] == []
    expected = {name.upper(): _shown(field.default) for name, field in fields.items()}
    assert rows == expected | {"HOME": "the platform's folder for user data"}


def test_every_command_is_described_and_on_a_page() -> None:
    pages = _pages()
    commands = {name: app[name] for name in app if not name.startswith("-")}
    assert commands
    assert [name for name, command in commands.items() if not command.help] == []
    assert [name for name in commands if not re.search(rf"\bpedigree {re.escape(name)}\b", pages)] == []


def test_the_front_page_goes_with_the_package() -> None:
    project = tomllib.loads(tree.text(Path("pyproject.toml")))["project"]
    assert (tree.ROOT / project["readme"]).is_file()


def test_what_a_decision_says_holds_it_is_there() -> None:
    """Decisions are history, what holds them is not: each path that one names is a file or a folder of the checkout."""
    decisions = [path for path in tree.files(".md") if "adr" in path.parts]
    named = {
        f"{path.name}: {place}"
        for path in decisions
        for place in re.findall(r"`((?:app|docs|graph_schema|loaders|samples|tests)/[\w./]+)`", tree.text(path))
        if not (tree.ROOT / place).exists()
    }
    assert decisions
    assert named == set()


def test_every_error_code_is_on_its_page_with_its_meaning() -> None:
    page = tree.text(Path("docs/guides/http.md"))
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", page, re.MULTILINE))
    [codes] = [each for each in tree.parsed(Path("app/errors.py")).body if getattr(each, "name", "") == "ErrorCode"]
    assert isinstance(codes, ast.ClassDef)
    said = [ast.unparse(each.value) for each in codes.body if isinstance(each, ast.Assign | ast.Expr)][1:]
    meanings = {ast.literal_eval(code): ast.literal_eval(text) for code, text in pairwise(said) if code.isupper()}
    assert rows == meanings


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
    elements = dict(_elements(build_schema(SCHEMA.read_text(encoding="utf-8"))))
    assert elements
    assert [name for name, description in elements.items() if not (description or "").strip()] == []
