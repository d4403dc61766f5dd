"""What is generated is committed, made again here, and must not differ."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import tree

PEDIGREE = Path(sys.executable).with_name("pedigree")

GENERATED = {
    "graph_schema/schema.graphql": [str(PEDIGREE), "schema"],
    "docs/access.md": [str(PEDIGREE), "schema", "--access"],
    "docs/graph.md": [sys.executable, "-m", "graph_schema.reference"],
}
"""Each generated file, and the command that prints it."""


@pytest.mark.parametrize("path", GENERATED)
def test_it_is_what_its_source_says(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEDIGREE_HOME", str(tmp_path))
    made = subprocess.run(
        GENERATED[path], cwd=tree.ROOT, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout
    committed = tree.ROOT / path
    assert committed.is_file(), f"{path} is missing: make generate"
    assert committed.read_text(encoding="utf-8") == made, f"{path} is out of date: make generate"
