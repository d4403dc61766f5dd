"""Modules: each says what it is for, is named for what it does, and stands in a declared folder."""

import ast

from tests.architecture import tree

EMPTY_NAMES = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def test_every_module_says_what_it_is_for() -> None:
    silent = [path.as_posix() for path in tree.python_files() if not ast.get_docstring(tree.parsed(path))]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [
        p.as_posix() for p in tree.python_files() if EMPTY_NAMES & {part.removesuffix(".py") for part in p.parts}
    ] == []


def test_every_folder_with_python_is_declared() -> None:
    """A new one must be given its place among the layers, the types and the coverage first."""
    assert {path.parts[0] for path in tree.python_files()} <= set(tree.PYTHON_FOLDERS)


def test_every_folder_with_modules_is_a_package() -> None:
    """Else the import linter and the coverage would pass over it in silence."""
    folders = {path.parent for path in tree.python_files(*tree.PACKAGES)}
    assert [folder.as_posix() for folder in sorted(folders) if not (tree.ROOT / folder / "__init__.py").is_file()] == []
