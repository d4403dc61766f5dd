"""A service that knows its callers, and commands that each of them gives."""

import io
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.commands.exits import Exit
from tests.commands.contents import write
from tests.serving import Serving

ROLES = {
    "admin": ("ADMIN",),
    "approver": ("RISK_APPROVER",),
    "pipeline": ("ENGINEER",),
    "both": ("ADMIN", "RISK_APPROVER"),
}
"""Who has a token, and which roles that has."""


@dataclass(frozen=True)
class People:
    """A service, and who may ask it.

    Attributes:
        address: of the service.
        tokens: by name.
    """

    address: str
    tokens: Mapping[str, str]


@contextmanager
def knowing_people(home: Path) -> Generator[People]:
    """A service on that home, with a token for each of them."""
    with Serving(home, auth="tokens") as serving:
        tokens: dict[str, str] = {}
        for name, roles in ROLES.items():
            words = [word for role in roles for word in ("--role", role)]
            printed = io.StringIO()
            with redirect_stdout(printed):
                made = ["token", "create", name, "--actor", f"people/{name}", *words, "--grant", "--home", str(home)]
                assert run(made) == Exit.DONE
            tokens[name] = printed.getvalue().strip()
        yield People(serving.address, tokens)


@dataclass(frozen=True)
class Printed:
    """What a command printed.

    Attributes:
        out: on standard output.
        err: on standard error, its lines joined.
    """

    out: str
    err: str


class Asking:
    """Gives commands as one of the people.

    Args:
        people: the service.
        monkeypatch: sets the token of each.
        capsys: reads what is printed.
        folder: the working folder.
    """

    def __init__(
        self, people: People, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        self._people, self._monkeypatch, self._capsys, self._folder = people, monkeypatch, capsys, folder

    def __call__(self, who: str, *words: str, code: Exit = Exit.DONE) -> Printed:
        """What that command prints, which ends so."""
        self._monkeypatch.setenv("PEDIGREE_TOKEN", self._people.tokens[who])
        self._capsys.readouterr()
        ended = run([*words, "--server", self._people.address])
        printed = self._capsys.readouterr()
        assert ended == code, printed
        return Printed(printed.out, " ".join(printed.err.replace("│", " ").split()))

    def json(self, who: str, *words: str) -> Any:
        """What that command answers."""
        printed = self(who, *words, "--json")
        assert printed.err == ""
        return json.loads(printed.out)

    def push(self, *refs: str, size: int = 100) -> None:
        """Gives each of these versions a file that no other has."""
        for ref in refs:
            data = f"{ref} ".encode().ljust(size, b".")
            folder = write(self._folder / ref.partition(":")[2], {"weights.bin": data})
            self("pipeline", "push", ref, str(folder))

    def planned(self, policy: Path, who: str = "admin") -> Any:
        """A plan by that policy."""
        return self.json(who, "retention", "plan", str(policy))

    def approved(self, policy: Path) -> Any:
        """A plan by that policy, which a second person approved."""
        made = self.planned(policy)
        return self.json("approver", "retention", "approve", made["id"], made["digest"])
