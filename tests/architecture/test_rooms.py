"""Who may touch what, as far as the import linter's contracts cannot say it."""

import ast
import re
import sys

from tests.architecture import exceptions, tree

DOORS = ("types.py", "service.py", "graph.py")
APP = tree.ROOT / "app"


def _rooms() -> list[str]:
    return sorted({path.parts[1] for path in tree.python_files("app") if len(path.parts) > 2})


def test_graph_schema_needs_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"graph_schema"}
    foreign = {path.as_posix(): tree.imported(path) - allowed for path in tree.python_files("graph_schema")}
    assert {path: names for path, names in foreign.items() if names} == {}


def test_the_capabilities_have_the_same_doors() -> None:
    rooms = [room for room in _rooms() if room not in exceptions.ROOMS_WITHOUT_DOORS]
    doors = {f"{room}/{door}" for room in rooms for door in DOORS}
    missing = {door for door in doors if not (APP / door).is_file() and not (APP / door.removesuffix(".py")).is_dir()}
    assert missing == {door for door in exceptions.MISSING_DOORS if door.split("/", maxsplit=1)[0] in rooms}


def test_no_package_imports_the_tests_or_the_samples() -> None:
    assert [
        path.as_posix() for path in tree.python_files(*tree.PACKAGES) if tree.imported(path) & {"tests", "samples"}
    ] == []


def test_text_becomes_a_statement_at_listed_places_only() -> None:
    """The driver takes `LiteralString`; a cast to it is where an injection would pass the type checker."""
    casts = [
        path.as_posix()
        for path in tree.python_files(*tree.PACKAGES)
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"cast", "typing.cast"}
        and "LiteralString" in ast.unparse(node.args[0])
    ]
    assert sorted(casts) == sorted(path for path in exceptions.STATEMENT_CASTS if (tree.ROOT / path).is_file())


def test_facts_are_not_deleted() -> None:
    """A statement that deletes stands only where it is listed, with what makes it no loss of a fact: ADR 5."""
    deleting = {
        path.as_posix()
        for path in tree.python_files(*tree.PACKAGES)
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\bDELETE\b", node.value)
    }
    assert deleting == {path for path in exceptions.DELETIONS if (tree.ROOT / path).is_file()}
