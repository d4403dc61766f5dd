"""What a load with files did, and the files that Pedigree then has."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit


@dataclass(frozen=True)
class Load:
    """Loads from MLflow with files.

    Attributes:
        source: under which name.
        where: the options that name the Pedigree.
        capsys: what is printed.
    """

    source: str
    where: list[str]
    capsys: pytest.CaptureFixture[str]

    def __call__(self, location: str, *words: str) -> tuple[int, Any]:
        """The exit code, and what the report says of files."""
        self.capsys.readouterr()
        code = self.run(location, "--json", *words)
        printed = self.capsys.readouterr()
        assert printed.err == ""
        return code, json.loads(printed.out)["artifacts"]

    def run(self, location: str, *words: str) -> int:
        """The exit code."""
        return run(["load", "mlflow", location, "--with-artifacts", "--source", self.source, *self.where, *words])

    def ref(self, name: str) -> str:
        """The REF of a version, as `model/1`."""
        return f"model-version:{self.source}/{name}"

    def pulled(self, name: str, into: Path) -> dict[str, bytes]:
        """The files that Pedigree has of a version."""
        assert run(["pull", self.ref(name), str(into), *self.where]) == Exit.DONE
        return files_in(into)


class Unwatched:
    """A progress that nobody watches."""

    def begin(self, what: str, total: int) -> None:
        """See `Progress.begin`."""

    def advance(self, count: int) -> None:
        """See `Progress.advance`."""


def files_in(folder: Path) -> dict[str, bytes]:
    """What each file holds, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
