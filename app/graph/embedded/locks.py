"""Locks on files that the kernel takes back from the dead."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class Lock:
    """A lock on a file, not yet taken.

    It is tied to this opening of the file: child programs do not inherit it, and it is gone when the process is.

    Raises:
        OSError: the file cannot be made or opened.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> bool:
        """Takes it alone, if nobody has it; at once."""
        return self._try(fcntl.LOCK_EX)

    def share(self) -> bool:
        """Takes it together with others who share it, if nobody has it alone; at once."""
        return self._try(fcntl.LOCK_SH)

    def release(self) -> None:
        """Gives it back; it can be taken again."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Gives it back for good."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _try(self, how: int) -> bool:
        try:
            fcntl.flock(self._fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_held(path: Path) -> bool:
    """Whether somebody holds this lock alone. Shares it for a moment to see.

    Raises:
        OSError: the file cannot be made or opened.
    """
    with Lock(path) as lock:
        return not lock.share()
