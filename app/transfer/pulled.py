"""What became of a pull."""

from dataclasses import dataclass, field

from app.artifacts.manifest import File, Manifest
from app.errors import PedigreeError


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be had.

    Attributes:
        path: of it.
        error: why.
    """

    path: str
    error: PedigreeError


@dataclass(slots=True)
class Pulled:
    """What became of a pull.

    Attributes:
        kept: the files that were there already.
        fetched: those that came now, or were copied from an equal one.
        fetched_bytes: of these files.
        failures: those that could not be had.
    """

    kept: list[File] = field(default_factory=list)
    fetched: list[File] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def fetched_bytes(self) -> int:
        """The bytes of what came now."""
        return sum(file.content.bytes for file in self.fetched)

    @property
    def manifest(self) -> Manifest | None:
        """Of what is there; None where nothing is."""
        files = [*self.kept, *self.fetched]
        return Manifest.of(files) if files else None
