"""What the operating system says of the folder of artifacts, turned into what its reader can do about it."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from app.artifacts.failures import ArtifactsError, PlaceUnknown, StoreFull, StoreReadOnly, StoreUnreachable


@contextmanager
def told(root: Path) -> Generator[None]:
    """Turns what the operating system says of a folder of artifacts into what its reader can do about it.

    Raises:
        ArtifactsError: with the reason and the remedy.
    """
    try:
        yield
    except OSError as error:
        raise meaning(root, error) from error


def meaning(root: Path, error: OSError) -> ArtifactsError:
    """The error of this program that one of the operating system stands for."""
    place = f"The folder of artifacts, {root},"
    if root.exists() and not root.is_dir():
        return StoreUnreachable(f"{place} is no folder.", remedy="Move away what is there in its place.")
    if not root.is_dir():
        return PlaceUnknown(
            f"{place} is not there.",
            remedy="Mount its disk again; where there was none, start Pedigree anew, which makes the folder.",
        )
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StoreFull(f"{place} is on a disk that is full.", remedy="Make room, or move the folder to another disk.")
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return StoreReadOnly(
            f"{place} cannot be written or read: {error.strerror}.", remedy="Let this user read and write all of it."
        )
    return StoreUnreachable(f"{place} cannot be used: {error.strerror or error}.", remedy="See to its disk.")
