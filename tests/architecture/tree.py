"""The checkout as data: which files there are, and what Python makes of them."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = ("app", "graph_schema", "loaders")
"""What is installed and runs for users."""

PYTHON_FOLDERS = (*PACKAGES, "samples", "tests")
"""Every folder at the top that may hold Python."""


def files(*suffixes: str) -> list[Path]:
    """Return the files that git tracks or would, relative to the root, with one of the suffixes (none: all)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = sorted({Path(name) for name in listed.split("\0") if name})
    return [path for path in paths if (not suffixes or path.suffix in suffixes) and (ROOT / path).is_file()]


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below the folders (none: all), relative to the root."""
    return [path for path in files(".py") if not folders or path.parts[0] in folders]


def text(path: Path) -> str:
    """Return what a file of the checkout holds."""
    return (ROOT / path).read_text(encoding="utf-8")


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file of the checkout."""
    return ast.parse(text(path), filename=str(path))


def imported(path: Path) -> set[str]:
    """Return the top-level names of the modules that a Python file imports, wherever in the file it does."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
