"""What is installed is pinned, hashed, and the same everywhere; every exception to the linter has its reason."""

import json
import re
import tomllib

import pytest

from tests.architecture import tree

PINNED = ("dev", "ml-metadata", "mlflow-server", "portal-client", "runtime")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)((?: ;[^\\]*)?)", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")
BUILD = {"hatchling", "editables"}


def _text(name: str) -> str:
    return (tree.ROOT / "requirements" / name).read_text(encoding="utf-8")


def _pins(name: str) -> set[tuple[str, str, str]]:
    return {(pin[1], pin[2], pin[3].strip(" ;\\")) for pin in PIN.finditer(_text(f"{name}.txt"))}


def _asked(name: str) -> set[str]:
    lines = (line.strip() for line in _text(f"{name}.in").splitlines())
    return {found.group() for line in lines if line and line[0] not in "#-" for found in [NAME.match(line)] if found}


@pytest.mark.parametrize("name", PINNED)
def test_every_requirement_is_pinned_with_its_hashes(name: str) -> None:
    entries = _text(f"{name}.txt").replace("\\\n", " ").splitlines()
    assert len(_pins(name)) == len([entry for entry in entries if "==" in entry.split(" --hash")[0]]) > 0
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert {pin[0] for pin in _pins(name)} >= {asked.lower().replace("_", "-") for asked in _asked(name)}


def test_all_agree_on_every_version() -> None:
    assert _pins("runtime") <= _pins("dev")


def test_the_package_asks_for_what_is_pinned() -> None:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {found.group() for entry in project["dependencies"] for found in [NAME.match(entry)] if found}
    assert names == _asked("runtime") - BUILD


def test_the_packages_of_the_explorer_are_pinned_with_hashes_and_without_addresses() -> None:
    folder = tree.ROOT / "app" / "portal" / "explorer"
    asked = json.loads((folder / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    locked = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    packages = {path: entry for path, entry in locked.items() if path}
    assert {version for version in asked.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == set()
    assert {name: packages[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert [path for path, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    assert [path for path, entry in packages.items() if "resolved" in entry] == []


def test_every_ignored_rule_has_its_reason() -> None:
    lint = (
        (tree.ROOT / "pyproject.toml")
        .read_text(encoding="utf-8")
        .partition("[tool.ruff.lint]")[2]
        .partition("[tool.pyright]")[0]
    )
    bare = [line.strip() for line in lint.splitlines() if re.fullmatch(r'\s+"[A-Z]+\d*",(?!\s*# \w+.*)\s*', line)]
    assert bare == []


def test_every_suppression_names_its_rule_and_its_reason() -> None:
    """A `noqa` or a `type: ignore` without both would hide more than was meant."""
    mark = re.compile(r"#\s*(noqa|type: ignore|pyright: ignore)\b(.*)")
    reasoned = re.compile(r"(: ?[A-Z]+\d+(, ?[A-Z]+\d+)*|\[[\w, -]+\])\s*(#|—|-|:)?\s*\S.*\s\S")
    bare = [
        f"{path.as_posix()}:{number}"
        for path in tree.python_files()
        if path.name != "test_requirements.py"
        for number, line in enumerate(tree.text(path).splitlines(), start=1)
        for found in [mark.search(line)]
        if found and not reasoned.match(found[2])
    ]
    assert bare == []
