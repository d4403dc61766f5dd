"""The Java development kits of this machine, found by asking."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MODULE = re.compile(r"^jdk\.compiler@(\d+)", re.MULTILINE)


class Missing(Exception):
    """A server cannot be had here, and why."""


@dataclass(frozen=True, order=True)
class Java:
    """A Java that can run a program from its source."""

    release: int
    program: Path


def java(oldest: int) -> Java:
    """The oldest Java that is new enough: servers are made for the releases of their time.

    Raises:
        Missing: there is none.
    """
    found = sorted(each for each in map(_ask, _programs()) if each is not None and each.release >= oldest)
    if not found:
        raise Missing(f"no Java development kit {oldest} or newer is installed (JAVA_HOME may name one)")
    return found[0]


def _programs() -> list[Path]:
    """What JAVA_HOME names, what is on the path, and what is installed beside them."""
    known = [
        Path(home) / "bin" / "java" for home in (os.environ.get("JAVA_HOME"), os.environ.get("PEDIGREE_JAVA")) if home
    ]
    if on_path := shutil.which("java"):
        known.append(Path(on_path))
    return sorted({program for each in known for program in _with_neighbours(each.resolve())})


def _with_neighbours(program: Path) -> Iterator[Path]:
    yield program
    yield from (each.resolve() for each in program.parent.parent.parent.glob("*/bin/java"))


def _ask(program: Path) -> Java | None:
    try:
        said = subprocess.run(
            [program, "--list-modules"], capture_output=True, text=True, check=True, timeout=60
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = _MODULE.search(said)
    return Java(int(found[1]), program) if found else None
