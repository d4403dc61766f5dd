"""What lies where in the folder of an embedded graph."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

DATABASE = "pedigree"
USER = "root"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the engine listens, on this machine only.

    Attributes:
        bolt: the port of the Bolt protocol.
        http: the port of the engine's own interface.
        password: of `USER`; new at each start.
        pid: whose process it is; for people, nothing decides by it.
    """

    bolt: int
    http: int
    password: str = field(repr=False)
    pid: int


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one embedded graph, made for its owner's eyes only."""

    root: Path

    @property
    def engine_lock(self) -> Path:
        """Held by the host of the engine, alone."""
        return self.root / "engine.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by everyone who uses the graph."""
        return self.root / "users.lock"

    @property
    def address_file(self) -> Path:
        """Is there while the engine answers; of no worth when `engine.lock` is free."""
        return self.root / "engine.json"

    @property
    def databases(self) -> Path:
        """The data. The rest of the folder can be made again."""
        return self.root / "databases"

    @property
    def run(self) -> Path:
        """What the engine needs for one run; made anew at each start."""
        return self.root / "run"

    @property
    def host_log(self) -> Path:
        """What the host and its Java machine say beside the log; begun anew at each start."""
        return self.root / "host.log"

    @property
    def engine_log(self) -> Path:
        """The engine's own log. Two of these are kept, of a megabyte at most."""
        return self.root / "engine.log"

    def make(self) -> None:
        """Makes the folder where it is missing.

        Raises:
            OSError: it cannot be made.
        """
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def address(self) -> Address | None:
        """What the host has written; None where there is nothing, or nothing whole."""
        try:
            return Address(**json.loads(self.address_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def publish(self, address: Address) -> None:
        """Writes the address, whole or not at all, readable by its owner only."""
        written = self.address_file.with_suffix(".new")
        written.unlink(missing_ok=True)
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(address), file)
        written.replace(self.address_file)

    def last_words(self, lines: int = 12) -> str:
        """The last lines of the logs, for a message."""
        said: list[str] = []
        for log in (self.engine_log.with_name("engine.log.0"), self.host_log):
            try:
                said += log.read_text(errors="replace").splitlines()[-lines:]
            except OSError:
                continue
        return "\n".join(said[-lines:])
