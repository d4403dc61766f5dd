"""What the numbers were measured on, without a word that tells whose machine it is."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts that another machine can be compared by.

    Attributes:
        cores: how many the bench may use; clients, service and engines share them.
        memory: in GiB.
        processor: its name, where the system tells it.
        system: the kernel's name and release.
        versions: what ran, by name.
    """

    cores: int
    memory: int
    processor: str
    system: str
    versions: dict[str, str]

    @classmethod
    def here(cls) -> "Machine":
        """This one."""
        names = (
            "pedigree",
            "neo4j",
            "neo4j-rust-ext",
            "graphql-core",
            "strawberry-graphql",
            "uvicorn",
            "arcadedb-embedded",
        )
        return cls(
            cores=len(os.sched_getaffinity(0)),
            memory=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            processor=_processor(),
            system=f"{platform.system()} {platform.release().split('-')[0]}",
            versions={"python": platform.python_version()} | {name: version(name) for name in names},
        )

    def sentence(self) -> str:
        """All of it in one line."""
        told = ", ".join(f"{name} {value}" for name, value in self.versions.items())
        return f"{self.cores} cores ({self.processor}), {self.memory} GiB, {self.system}; {told}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
