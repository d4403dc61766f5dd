"""Small files and functions: what is longer is listed with its reason."""

import ast
from pathlib import Path

import pytest

from tests.architecture import exceptions, tree

FILE_LINES = 300
FUNCTION_LINES = 40


def _functions(path: Path) -> dict[str, int]:
    """Return the lengths, in lines without the docstring, of the functions of a file by `path::name`."""
    lengths: dict[str, int] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}".lstrip(".")
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths[f"{path.as_posix()}::{name}"] = _lines(child)
            visit(child, name)

    visit(tree.parsed(path), "")
    return lengths


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return total
    docstring = function.body[0]
    return total - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def _expect(long: dict[str, int], listed: dict[str, str], limit: int, name: str) -> None:
    unlisted = {where: lines for where, lines in long.items() if where not in listed}
    assert not unlisted, (
        f"over {limit} lines: split them, or give the reason in tests/architecture/exceptions.py {name}"
    )
    assert not set(listed) - set(long), f"no longer over {limit} lines: take them out of {name}"


def test_files_are_small() -> None:
    lengths = {path.as_posix(): len(tree.text(path).splitlines()) for path in tree.python_files()}
    long = {path: lines for path, lines in lengths.items() if lines > FILE_LINES}
    _expect(long, exceptions.LONG_FILES, FILE_LINES, "LONG_FILES")


def test_functions_are_small() -> None:
    lengths = {where: lines for path in tree.python_files() for where, lines in _functions(path).items()}
    long = {where: lines for where, lines in lengths.items() if lines > FUNCTION_LINES}
    _expect(long, exceptions.LONG_FUNCTIONS, FUNCTION_LINES, "LONG_FUNCTIONS")


@pytest.mark.parametrize("listed", (exceptions.LONG_FILES, exceptions.LONG_FUNCTIONS), ids=("files", "functions"))
def test_each_exception_has_its_reason(listed: dict[str, str]) -> None:
    assert all(len(reason.split()) >= 4 for reason in listed.values())
